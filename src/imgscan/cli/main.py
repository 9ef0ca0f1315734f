"""The console script: parse, run one command, turn what happened into an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from imgscan.cli.codes import FAULT, INTERRUPTED, USAGE

_COLLECT_EVERY = 50_000
"""New objects between collections, 700 by default: entries and facts are many, and none is part of a cycle."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (docs/report.md).

    As the program (``argv`` None) it reads images in a process of their own, and does not come back from a fault or an
    interrupt: threads may be stuck then, and Python would wait for them.
    """
    program = argv is None
    try:
        code = _main(list(sys.argv[1:] if argv is None else argv), program)
    except KeyboardInterrupt:  # so early, or so late, that nobody was there to take it
        from imgscan.cli.guard import interrupted

        code = interrupted()
    if program:
        if code in (FAULT, INTERRUPTED):
            os._exit(code)
        _ignore_interrupts()  # all is written: nothing is left to be interrupted
    return code


def _main(words: list[str], program: bool) -> int:
    # Everything is imported under the eyes of the handlers: an import, too, can be interrupted or lack memory.
    try:
        from imgscan.cli.guard import guarded
    except MemoryError:
        os.write(2, b"imgscan: out of memory\n")
        return FAULT
    except ImportError as error:  # a library that no memory can be mapped for, or that is not installed
        os.write(2, f"imgscan: {error.name or 'a library'} cannot be loaded\n".encode(errors="replace"))
        return FAULT
    _open_closed_streams()
    gc.set_threshold(_COLLECT_EVERY)
    if program:
        gc.disable()  # until all is imported: nothing of that is ever garbage
    return guarded(lambda: _run(words, program))


def _run(words: list[str], program: bool) -> int:
    from imgscan.cli.arguments import COMMANDS, build_parser
    from imgscan.cli.output import finish
    from imgscan.version import __version__

    if words and words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "scan")
    try:
        arguments = build_parser(__version__).parse_args(words)
    except SystemExit as stop:  # argparse has written its message
        finish()
        return stop.code if isinstance(stop.code, int) else USAGE
    arguments.program = program
    from imgscan.cli import commands

    if program:
        gc.freeze()  # the modules' objects: looking through them for garbage took a twentieth of a small image's time
        gc.enable()
    code = commands.RUN[arguments.command](arguments)
    finish()
    return code


def _ignore_interrupts() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _open_closed_streams() -> None:
    """Lead closed standard streams nowhere: Python has None for them, and the next open file would get their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (open until the process ends)


if __name__ == "__main__":
    sys.exit(main())
