"""How reports are written, and where to: a file, or standard output with its width, colours and encoding."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from imgscan.agents import inert
from imgscan.cli.output import finish, send
from imgscan.cli.sandbox import Outcome
from imgscan.errors import UsageError
from imgscan.files import write_files
from imgscan.printable import printable
from imgscan.report.writers import Style

T = TypeVar("T")


def outputs_of(
    arguments: argparse.Namespace, formats: Sequence[str], writer_of: Callable[[str], T], sources: Sequence[str]
) -> list[tuple[T, str | None]]:
    """Return the writers of the formats asked for and where each goes; None is standard output.

    Raises:
        UsageError: no such format, two for one place, or one would overwrite one of ``sources``.
    """
    asked = [text.partition("=") for text in formats] or [("text", "", "")]
    result: list[tuple[T, str | None]] = [(writer_of(name), target or None) for name, _, target in asked]
    if arguments.output is not None:
        if len(result) > 1 or result[0][1] is not None:
            raise UsageError("-o names one file: give each of several formats its own with -f FORMAT=FILE")
        result = [(result[0][0], arguments.output)]
    if arguments.quiet:
        result = [(name, target) for name, target in result if target is not None]
    result = [(name, None if target == "-" else target) for name, target in result]
    if sum(target is None for _, target in result) > 1:
        raise UsageError("several formats for standard output: give them files with -f FORMAT=FILE")
    files = [os.path.realpath(target) for _, target in result if target is not None]
    if len(set(files)) < len(files):
        raise UsageError("two formats for one file")
    if any(os.path.realpath(source) in files for source in sources):
        raise UsageError("the report would overwrite the image")
    return result


def style_of(arguments: argparse.Namespace, target: str | None) -> Style:
    """Return how to write to ``target``, None being standard output: a terminal has colours and a width of its own."""
    terminal = target is None and sys.stdout.isatty()
    encoding = "utf-8" if target is not None else sys.stdout.encoding or "utf-8"
    return Style(
        color=terminal and not os.environ.get("NO_COLOR"),
        width=getattr(arguments, "width", None) or _width(terminal),
        unicode=encoding.lower().replace("-", "") in ("utf8", "utf16", "utf32", "gb18030"),
        verbose=arguments.verbose,
        every=getattr(arguments, "all_images", False),
        failing=_failing(arguments),
    )


def _failing(arguments: argparse.Namespace) -> frozenset[str]:
    words = getattr(arguments, "fail_on_status", None) or ""
    return frozenset({"FAIL", *(word.strip().upper() for word in words.split(",") if word.strip())})


def _width(terminal: bool) -> int:
    """Return the columns of a terminal; COLUMNS says how many also where none is there."""
    columns = os.environ.get("COLUMNS", "")
    if terminal or (columns.isascii() and columns.isdigit() and int(columns[:6]) > 0):
        return shutil.get_terminal_size().columns
    return 80


def encoded(text: str, target: str | None) -> bytes:
    """Return ``text``, for people, in the encoding of standard output, or in UTF-8 for a file."""
    encoding = (sys.stdout.encoding or "utf-8") if target is None else "utf-8"
    return inert(text).encode(encoding, "backslashreplace")


def write_all(outputs: Sequence[tuple[bytes, str | None]]) -> None:
    """Write what goes to files, all of it or nothing, then what goes to standard output (None).

    Raises:
        UsageError: a file cannot be written; none was changed.
    """
    try:
        write_files([(target, data) for data, target in outputs if target is not None])
    except OSError as error:
        raise UsageError(f"{printable(error.filename)} cannot be written ({error.strerror})") from None
    for data, target in outputs:
        if target is None:
            write_out(data)


def written(outcome: Outcome, outputs: Sequence[tuple[object, str | None]]) -> int:
    """Write what the work on an image made, in the order of ``outputs``, and return its exit code.

    Raises:
        UsageError: as ``write_all``.
    """
    if outcome.contents is not None:
        write_all([(data, target) for data, (_, target) in zip(outcome.contents, outputs, strict=True)])
    return outcome.code


def write_out(data: bytes) -> None:
    """Write to standard output.

    Raises:
        UsageError: it cannot be written.
    """
    send(data)
    finish()
