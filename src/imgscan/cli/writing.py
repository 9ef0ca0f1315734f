"""How reports are written, and where to: a file, or standard output with its width, colours and encoding."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from imgscan.cli.output import readers_gone
from imgscan.errors import UsageError
from imgscan.report.writers import Style


def style_of(arguments: argparse.Namespace, target: str | None) -> Style:
    """Return how to write to ``target``, None being standard output: a terminal has colours and a width of its own."""
    terminal = target is None and sys.stdout.isatty()
    encoding = "utf-8" if target is not None else sys.stdout.encoding or "utf-8"
    return Style(
        color=terminal and not os.environ.get("NO_COLOR"),
        width=shutil.get_terminal_size().columns if terminal else 80,
        unicode=encoding.lower().replace("-", "") in ("utf8", "utf16", "utf32", "gb18030"),
        verbose=arguments.verbose,
        every=getattr(arguments, "all_images", False),
    )


def encoded(text: str, target: str | None) -> bytes:
    """Return ``text`` in the encoding of standard output, or in UTF-8 for a file."""
    encoding = (sys.stdout.encoding or "utf-8") if target is None else "utf-8"
    return text.encode(encoding, "backslashreplace")


def write_out(data: bytes, target: str | None) -> None:
    """Write to a file, or to standard output.

    Raises:
        UsageError: the file cannot be written.
    """
    if target is None:
        with readers_gone():
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        return
    try:
        with open(target, "wb") as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror})") from None
