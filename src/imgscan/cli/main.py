"""The console script: parse, run one command, turn what happened into an exit code."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from imgscan.cli.arguments import COMMANDS, build_parser
from imgscan.cli.output import forget_output
from imgscan.version import __version__

_COLLECT_EVERY = 50_000
"""New objects between collections, 700 by default: entries and facts are many, and none is part of a cycle."""

OK, FINDINGS, USAGE, UNREADABLE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (DESIGN section 6)."""
    _open_closed_streams()
    gc.set_threshold(_COLLECT_EVERY)
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "scan")
    try:
        arguments = build_parser(__version__).parse_args(words)
    except SystemExit as stop:  # argparse has written its message
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        return _run(arguments)
    except BrokenPipeError:  # the reader has gone (imgscan ls | head): not a fault
        forget_output()
        return OK
    except OSError as error:  # a full disk; what is read is read under errors of our own
        forget_output()
        print(f"imgscan: standard output cannot be written ({error.strerror})", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("imgscan: interrupted", file=sys.stderr)
        return INTERRUPTED


def _open_closed_streams() -> None:
    """Lead closed standard streams nowhere: Python has None for them, and the next open file would get their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (open until the process ends)


def _run(arguments: argparse.Namespace) -> int:
    from imgscan.cli import commands
    from imgscan.errors import ImgscanError, UsageError

    try:
        code = commands.RUN[arguments.command](arguments)
        sys.stdout.flush()
        return code
    except UsageError as error:
        print(f"imgscan: {error}", file=sys.stderr)
        return USAGE
    except ImgscanError as error:
        print(f"imgscan: {error}", file=sys.stderr)
        return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
