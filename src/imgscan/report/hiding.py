"""Many texts replaced by one mark, in time that grows with the text and not with their number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

LEAST = 3
"""Characters of the shortest text that is replaced."""
BOUNDED = 8
"""A text of fewer characters is replaced only where it stands alone, not inside a longer word."""
_FEW = 64
_STEP = 16


class Hiding(Protocol):
    """Replaces texts."""

    def sub(self, mark: str, text: str, /) -> str:
        """Return ``text`` with the longest of the texts that begins at a place replaced, from the left."""


def hiding(values: Sequence[str]) -> Hiding | None:
    """Return what replaces ``values``, None where all are too short.

    A regular expression tries every alternative at every place: that serves a few, but an image that names ten thousand
    passwords would have its report read ten thousand times.
    """
    kept = sorted({value for value in values if len(value) >= LEAST}, key=lambda value: (-len(value), value))
    if not kept:
        return None
    return expression(kept) if len(kept) <= _FEW else Steps(kept)


def expression(kept: Sequence[str]) -> re.Pattern[str]:
    """Return texts, the longest first, as one expression."""
    parts = []
    for value in kept:
        text = re.escape(value)
        parts.append(rf"(?<![0-9A-Za-z]){text}(?![0-9A-Za-z])" if len(value) < BOUNDED else text)
    return re.compile("|".join(parts))


class _Step:
    """What may follow: last pieces by their length, and the next steps by whole pieces."""

    __slots__ = ("ends", "more")

    def __init__(self) -> None:
        self.ends: dict[int, set[str]] = {}
        self.more: dict[str, _Step] = {}


class Steps:
    """Texts in pieces, the first of three characters: one look at a place where none of them begins."""

    def __init__(self, values: Sequence[str]) -> None:
        self._heads: dict[str, _Step] = {}
        for value in values:
            step = self._heads.setdefault(value[:LEAST], _Step())
            at = LEAST
            while len(value) - at >= _STEP:
                step = step.more.setdefault(value[at : at + _STEP], _Step())
                at += _STEP
            step.ends.setdefault(len(value) - at, set()).add(value[at:])

    def sub(self, mark: str, text: str, /) -> str:
        """Return ``text`` as the protocol says; the very same where nothing is replaced."""
        parts: list[str] = []
        heads, at, start = self._heads, 0, 0
        while at <= len(text) - LEAST:
            step = heads.get(text[at : at + LEAST])
            end = _longest(text, at, step) if step is not None else 0
            if end:
                parts += (text[start:at], mark)
                at = start = end
            else:
                at += 1
        return "".join((*parts, text[start:])) if parts else text


def _longest(text: str, start: int, step: _Step | None) -> int:
    """Return where the longest of the texts that begin at ``start`` ends, 0 for none."""
    at, found = start + LEAST, 0
    while step is not None:
        ends = (at + size for size, pieces in step.ends.items() if text[at : at + size] in pieces)
        found = max([found, *(end for end in ends if end - start >= BOUNDED or _stands_alone(text, start, end))])
        step, at = step.more.get(text[at : at + _STEP]), at + _STEP
    return found


def _stands_alone(text: str, start: int, end: int) -> bool:
    around = text[start - 1 : start] if start else "", text[end : end + 1]
    return not any(char.isascii() and char.isalnum() for char in around)
