"""The console script: parse, run one command, turn what happened into an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from imgscan.cli.arguments import COMMANDS, build_parser
from imgscan.version import __version__

OK, FINDINGS, USAGE, UNREADABLE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (DESIGN section 6)."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] not in (*COMMANDS, "-h", "--help", "--version"):
        words.insert(0, "scan")
    try:
        arguments = build_parser(__version__).parse_args(words)
    except SystemExit as stop:  # argparse has written its message
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        return _run(arguments)
    except BrokenPipeError:
        # The reader has gone (imgscan ls | head): not a fault; keep Python from writing the rest at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("imgscan: interrupted", file=sys.stderr)
        return INTERRUPTED


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
