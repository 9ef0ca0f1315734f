"""imgscan completion: what a shell needs to complete commands, options and files. shtab is wrapped here."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import shtab

from imgscan.cli.arguments import build_parser
from imgscan.cli.writing import encoded, write_out
from imgscan.version import __version__

_FILES = frozenset({"IMAGE", "FILE", "A", "B", "A=FILE"})
_FOLDERS = frozenset({"DIR", "FOLDER"})


def run_completion(arguments: argparse.Namespace) -> int:
    """Write the script for one shell."""
    write_out(encoded(script_for(arguments.shell), None))
    return 0


def script_for(shell: str) -> str:
    """Return the script that completes ``imgscan`` in a shell."""
    parser = build_parser(__version__)
    for action in _actions(parser):
        if action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # how shtab is told, by its documentation
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell=shell)).rstrip("\n") + "\n"


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for action in parser._actions:  # argparse has no other way to them, and shtab goes it too
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
