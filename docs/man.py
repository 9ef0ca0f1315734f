"""Make the man page imgscan(1) out of the parser, so that it says what the command line does.

python docs/man.py            write docs/imgscan.1
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from imgscan.cli.arguments import build_parser
from imgscan.cli.settings import VARIABLES
from imgscan.version import __version__

PAGE = Path(__file__).parent / "imgscan.1"
_CODES = (
    ("0", "the image was read whole"),
    ("1", "there are findings at --fail-on, or controls that fail it"),
    ("2", "the command line or a configuration makes no sense"),
    ("3", "the image cannot be read"),
    ("4", "it was read in part: the report is incomplete"),
    ("70", "a fault of imgscan or of the machine: nothing was reported"),
)
_OPTIONS = {"formats": "format"}
"""Of the variables that are not called as their options are."""


def page() -> str:
    """Return the page in the man macros. Source: man(7), groff_man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    parser = build_parser(__version__)
    commands = _commands(parser)
    yield '.\\" made by docs/man.py from the parser: change that'
    # No date: the page is the same whenever it is made.
    yield f'.TH IMGSCAN 1 "" "imgscan {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "imgscan \\- analyze an exported container image, offline"
    yield ".SH SYNOPSIS"
    yield ".nf"
    yield from (
        f".B imgscan {name}\n{_text(f'[OPTIONS] {_usage(name, command)}'.strip())}" for name, command, _ in commands
    )
    yield ".fi"
    yield ".SH DESCRIPTION"
    yield _text(parser.description or "")
    yield ".SH COMMANDS"
    for name, command, told in commands:
        yield from _command(name, command, told)
    yield ".SH EXIT STATUS"
    for code, told in _CODES:
        yield from (".TP", f".B {code}", _text(told))
    yield ".SH ENVIRONMENT"
    yield "These say the same as the options of their names; the command line comes first."
    for name in (*VARIABLES, "sandbox"):
        yield from (".TP", f".B IMGSCAN_{name.upper()}", _text(f"as --{_OPTIONS.get(name, name).replace('_', '-')}"))
    yield ".SH FILES"
    yield from (".TP", ".B imgscan.toml", "Settings and policy of the current folder; imgscan init writes one.")


def _commands(parser: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser, str]]:
    """Return name, parser and line of each command."""
    (action,) = [item for item in parser._actions if isinstance(item, argparse._SubParsersAction)]
    told = {item.dest: item.help or "" for item in action._choices_actions}
    return [(name, inner, told.get(name, "")) for name, inner in action.choices.items()]


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    words = parser.format_usage().removeprefix("usage: ")
    shown = " ".join(words.split()).removeprefix(f"imgscan {name}")
    return re.sub(r" \[-(?:[^][]|\[[^][]*\])*\]", "", shown).strip()


def _command(name: str, parser: argparse.ArgumentParser, about: str) -> Iterator[str]:
    yield f'.SS "imgscan {name}"'
    yield _text(f"{about[:1].upper()}{about[1:]}.")
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner, its_parser in action.choices.items():
                line = next((item.help or "" for item in action._choices_actions if item.dest == inner), "")
                told = _usage(f"{name} {inner}", its_parser)
                words = f"{inner} {told}".strip()
                yield from (".TP", f".B {_text(words)}", _text(line))
        elif not isinstance(action, argparse._HelpAction):
            yield from (".TP", f".B {_text(_invocation(action))}", _text(_help(action)))


def _invocation(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    text = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return text
    return ", ".join(action.option_strings) + (f" {text}" if action.nargs != 0 else "")


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")


def _text(text: str) -> str:
    r"""Return text that groff takes as it is: no line is a macro, and a minus is one that can be copied."""
    text = re.sub(r"\\", r"\\e", text).replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
