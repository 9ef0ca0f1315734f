"""Where the contents stand in a layer's tar, and what lies between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from imgscan.formats.archives.sparse import Segments
from imgscan.formats.lines import has_lines
from imgscan.formats.path import ending_of
from imgscan.model.entry import Entry

DIGESTED = 256 << 10
"""Bytes of the largest file whose digests are taken when something is found in it."""

_NOTHING: frozenset[int] = frozenset()
_SHORT = 1024  # padding and a header: most gaps


class Span(msgspec.Struct, frozen=True, gc=False):
    """Stored content from ``start`` to ``stop`` of the tar, of entry ``index``, whose byte 0 would be at ``origin``.

    ``left_out`` are the patterns not for this file; of a ``small`` one digests may be asked for; ``lines``: not binary.
    """

    start: int
    stop: int
    index: int
    origin: int
    left_out: frozenset[int]
    small: bool
    lines: bool


class Spans:
    """The contents that have been announced and not yet passed, in the order of the tar."""

    def __init__(self, left_out: Mapping[str, frozenset[int]]) -> None:
        self._left_out = left_out
        self._spans: deque[Span] = deque()

    def add(self, index: int, entry: Entry, segments: Segments | None, head: bytes | None) -> None:
        """Take note of a file; of a sparse one the ``segments`` that are stored, one span for those that touch."""
        lines = head is None or has_lines(head)
        left_out = self._left_out.get(ending_of(entry.path), _NOTHING)
        at, size = entry.offset, entry.size
        if segments is None:
            if size:
                self._spans.append(Span(at, at + size, index, at, left_out, size <= DIGESTED, lines))
            return
        for offset, length in segments:
            last = self._spans[-1] if self._spans else None
            if length and last is not None and (last.index, last.stop, last.origin) == (index, at, at - offset):
                self._spans[-1] = Span(last.start, at + length, index, last.origin, left_out, False, lines)
            elif length:
                self._spans.append(Span(at, at + length, index, at - offset, left_out, False, lines))
            at += length

    def before(self, end: int) -> list[Span]:
        """Return those that begin before ``end``."""
        result = []
        for span in self._spans:
            if span.start >= end:
                break
            result.append(span)
        return result

    def forget(self, end: int) -> None:
        """Drop those that stop at ``end`` or before it."""
        spans = self._spans
        while spans and spans[0].stop <= end:
            spans.popleft()


def blank_between(view: memoryview, spans: Sequence[Span], base: int) -> None:
    """Blank what of ``view``, which begins at ``base`` of the tar, no span covers, with newlines at its edges."""
    at = 0
    for span in spans:
        start = span.start - base
        if start > at:
            _blank(view, at, start)
        at = span.stop - base
    if at < len(view):
        _blank(view, at, len(view))


def _blank(view: memoryview, start: int, stop: int) -> None:
    length = stop - start
    view[start:stop] = _short_gap(length) if length <= _SHORT else _gap(length)


def _gap(length: int) -> bytes:
    return (b"\n" + bytes(max(length - 2, 0)) + b"\n")[:length]


_short_gap = lru_cache(maxsize=_SHORT + 1)(_gap)
