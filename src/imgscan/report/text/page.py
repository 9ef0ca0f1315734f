"""Lines of a terminal: colours, widths in columns, wrapping under a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from imgscan.printable import printable

LABEL = 11
"""Columns of the label that each part of the report begins with."""

_MIN_SIZE = 40
_WORD = re.compile(r"\(layer \d+\)|\S+")
_CODES = {
    "bold": "1",
    "dim": "2",
    "CRITICAL": "1;31",
    "HIGH": "31",
    "MEDIUM": "33",
    "LOW": "36",
    "INFO": "2",
    "PASS": "32",
    "WARN": "33",
    "FAIL": "1;31",
    "UNKNOWN": "35",
}


class Page:
    """How lines are written: ``color``, ``width`` in columns (40 at least), ``unicode`` beyond ASCII, ``verbose``."""

    def __init__(self, color: bool = False, width: int = 80, unicode: bool = True, verbose: bool = False) -> None:
        self.width = max(width, _MIN_SIZE)
        self.verbose = verbose
        self._color = color
        self._dots = "\u2026" if unicode else "..."

    def paint(self, text: str, kind: str) -> str:
        """Return ``text`` in the colour of a severity, of a status, or of ``bold`` and ``dim``."""
        code = _CODES.get(kind)
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and code else text

    def heading(self, text: str) -> str:
        """Return the label of a part of the report."""
        return self.paint(f"{text:<{LABEL}}", "bold") if len(text) < LABEL else self.paint(text, "bold")

    def wrapped(self, label: str, text: str, indent: int = LABEL, kind: str = "") -> Iterator[str]:
        """Yield ``label`` and ``text`` (made safe to show), continued under itself ``indent`` columns from the left."""
        lines = _wrap(printable(text), self.width - indent) or [""]
        yield label + self.paint(lines[0], kind)
        yield from (" " * indent + self.paint(line, kind) for line in lines[1:])

    def cut(self, text: str, limit: int) -> str:
        """Return ``text``, made safe to show and of at most ``limit`` columns."""
        text = printable(text)
        if columns(text) <= limit:
            return text
        kept = list(_fitting(text, limit - len(self._dots)))
        return "".join(kept) + self._dots


def columns(text: str) -> int:
    """Return how many columns a terminal needs for ``text``. Source: Unicode Standard Annex 11."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _fitting(text: str, limit: int) -> Iterator[str]:
    used = 0
    for char in text:
        used += _columns(char)
        if used > limit:
            return
        yield char


def _wrap(text: str, width: int) -> list[str]:
    """Return the lines of ``text``; a word longer than a line is not cut, so that it can be copied."""
    lines: list[str] = []
    used = 0
    for word in _WORD.findall(text):
        size = columns(word)
        if lines and used + 1 + size <= width:
            lines[-1] += " " + word
            used += 1 + size
        else:
            lines.append(word)
            used = size
    return lines
