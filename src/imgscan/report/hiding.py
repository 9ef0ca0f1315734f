"""Many texts replaced by one mark, in time that grows with the text and not with their number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from imgscan.model.hidden import Hidden

LEAST = 3
"""Characters of the shortest text that is replaced."""
BOUNDED = 8
"""A text of fewer characters is replaced only where it stands alone, not inside a longer word."""
_FEW = 64
_STEP = 16

Places = Mapping[str, frozenset[str]]
"""Texts, each with what must stand ahead of it; an empty text among these is anywhere."""


class Hiding(Protocol):
    """Replaces texts."""

    def sub(self, mark: str, text: str, /) -> str:
        """Return ``text`` with the longest of the texts that begins at a place replaced, from the left."""


def hiding(values: Sequence[str | Hidden]) -> Hiding | None:
    """Return what replaces ``values``, None where all are too short.

    A regular expression tries every alternative at every place: that serves a few, but an image that names ten thousand
    passwords would have its report read ten thousand times.
    """
    positions = positions_of(values)
    if not positions:
        return None
    return expression(positions) if sum(map(len, positions.values())) <= _FEW else Steps(positions)


def positions_of(values: Iterable[str | Hidden]) -> Places:
    """Return texts by what must stand ahead of them, the longest first; a plain one is hidden anywhere.

    Behind its name a text is hidden at any length: what it would tell by the hole is what the name tells.
    """
    result: dict[str, set[str]] = {}
    for value in values:
        item = Hidden(value) if isinstance(value, str) else value
        if item.text and (len(item.text) >= LEAST or item.before):
            result.setdefault(item.text, set()).add(item.before)
    ordered = sorted(result, key=lambda text: (-len(text), text))
    return {text: frozenset(("",)) if "" in result[text] else frozenset(result[text]) for text in ordered}


def expression(positions: Places) -> re.Pattern[str]:
    """Return texts, the longest first, as one expression."""
    parts = []
    for value, before in positions.items():
        text = re.escape(value)
        if before != {""}:
            ahead = "|".join(f"(?<={re.escape(word)})" for word in sorted(before))
            parts.append(rf"(?:{ahead}){text}(?![0-9A-Za-z])")
        elif len(value) < BOUNDED:
            parts.append(rf"(?<![0-9A-Za-z]){text}(?![0-9A-Za-z])")
        else:
            parts.append(text)
    return re.compile("|".join(parts))


class _Step:
    """What may follow: last pieces by their length, and the next steps by whole pieces."""

    __slots__ = ("ends", "more")

    def __init__(self) -> None:
        self.ends: dict[int, set[str]] = {}
        self.more: dict[str, _Step] = {}


class Steps:
    """Texts in pieces, the first of three characters: one look at a place where none of them begins."""

    def __init__(self, positions: Places) -> None:
        self._places = positions
        # Of a text with many names: what stands ahead is looked up by its length.
        self._lengths = {text: sorted({len(word) for word in before}) for text, before in positions.items()}
        self._heads: dict[str, _Step] = {}
        self._short = frozenset(text for text in positions if len(text) < LEAST)
        for value in positions:
            if len(value) < LEAST:
                continue
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
        last = len(text) - (1 if self._short else LEAST)
        while at <= last:
            step = heads.get(text[at : at + LEAST])
            end = self._longest(text, at, step) if step is not None else 0
            end = end or (self._shorter(text, at) if self._short else 0)
            if end:
                parts += (text[start:at], mark)
                at = start = end
            else:
                at += 1
        return "".join((*parts, text[start:])) if parts else text

    def _longest(self, text: str, start: int, step: _Step | None) -> int:
        """Return where the longest of the texts that begin at ``start`` ends, 0 for none."""
        at, result = start + LEAST, 0
        while step is not None:
            ends = (at + size for size, pieces in step.ends.items() if text[at : at + size] in pieces)
            result = max([result, *(end for end in ends if self._stands(text, start, end))])
            step, at = step.more.get(text[at : at + _STEP]), at + _STEP
        return result

    def _shorter(self, text: str, start: int) -> int:
        return max(
            (
                start + size
                for size in range(1, LEAST)
                if text[start : start + size] in self._short and self._stands(text, start, start + size)
            ),
            default=0,
        )

    def _stands(self, text: str, start: int, end: int) -> bool:
        """Whether a text that begins and ends there stands where it is hidden."""
        value = text[start:end]
        before = self._places[value]
        if before == {""}:
            return end - start >= BOUNDED or _stands_alone(text, start, end)
        ahead = any(text[max(start - size, 0) : start] in before for size in self._lengths[value])
        return ahead and not _is_word(text[end : end + 1])


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not _is_word(text[start - 1 : start] if start else "") and not _is_word(text[end : end + 1])


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()
