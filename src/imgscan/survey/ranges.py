"""Ranges of a content beyond its prefix: which ones several analyzers ask for, kept while the content passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from imgscan.model.interest import Buffer, Interest, Ranges
from imgscan.model.observed import Content

Plan: TypeAlias = tuple[int, Ranges]
"""How long a prefix an analyzer gets, and the function that names its ranges from it."""
Piece: TypeAlias = tuple[int, Buffer]
"""An offset in a content, and the bytes there."""


def plan_of(interest: Interest, content_bytes: int) -> Plan | None:
    """Return an analyzer's plan; ``content_bytes`` is the bound on any prefix."""
    if interest.ranges is None:
        return None
    return min(interest.max_content_bytes, content_bytes), interest.ranges


def planned(plans: Iterable[Plan], prefix: Buffer, size: int, limit: int) -> list[tuple[int, int]]:
    """Return the union of what the plans ask for behind ``prefix``, in order and disjoint, ``limit`` bytes at most."""
    wanted: set[tuple[int, int]] = set()
    for bound, ranges in dict.fromkeys(plans):
        if size > bound:
            wanted.update(_asked(ranges, prefix[:bound], size))
    result: list[tuple[int, int]] = []
    for first, last in _union(sorted(wanted), len(prefix), size):
        last = min(last, first + limit)
        if last > first:
            result.append((first, last))
            limit -= last - first
    return result


def _asked(ranges: Ranges, prefix: Buffer, size: int) -> tuple[tuple[int, int], ...]:
    try:
        return ranges(prefix, size)
    except Exception:  # noqa: BLE001 (foreign code: an analyzer that sees less must not end the scan)
        return ()


def _union(ranges: Iterable[tuple[int, int]], start: int, stop: int) -> Iterator[tuple[int, int]]:
    for first, last in ranges:
        first, last = max(first, start), min(last, stop)
        if last > first:
            yield first, last
            start = last


def narrowed(content: Content, interest: Interest, plans: Sequence[Plan]) -> tuple[Buffer, tuple[Piece, ...]]:
    """Return what one analyzer is to see of a content that was kept for several, as if it had been alone.

    That is the first bytes and the ranges behind them.
    """
    view, bound = content.view, interest.max_content_bytes
    fits = len(view) <= bound
    if fits and (not content.more or len(set(plans)) == 1):
        return view, content.more if interest.ranges is not None else ()
    data = view if fits else view[:bound]
    if interest.ranges is None or content.size <= bound:
        return data, ()
    pieces = [(0, view), *content.more]
    asked = _union(sorted(_asked(interest.ranges, data, content.size)), len(data), content.size)
    return data, tuple(part for first, last in asked for part in _joined(list(_cut(pieces, first, last))))


def _joined(parts: list[tuple[int, Buffer]]) -> list[tuple[int, Buffer]]:
    """Return parts of one range with those that touch as one: others' ranges may end in the middle of it."""
    if len(parts) < 2:
        return parts
    runs = [parts[:1]]
    for before, part in pairwise(parts):
        if before[0] + len(before[1]) == part[0]:
            runs[-1].append(part)
        else:
            runs.append([part])
    return [run[0] if len(run) == 1 else (run[0][0], b"".join(piece for _, piece in run)) for run in runs]


def _cut(pieces: Iterable[tuple[int, Buffer]], first: int, last: int) -> Iterator[tuple[int, Buffer]]:
    for offset, piece in pieces:
        start, stop = max(first, offset), min(last, offset + len(piece))
        if stop > start:
            yield start, piece[start - offset : stop - offset]


class RangeKeeper:
    """Keeps the bytes of ``ranges`` (in order, disjoint) of a content that passes; ``reserve`` gives the memory."""

    __slots__ = ("_at", "_base", "_ranges", "_room", "_seen")

    def __init__(self, ranges: Sequence[tuple[int, int]], reserve: Callable[[int], memoryview]) -> None:
        self._ranges = ranges
        self._room = reserve(sum(last - first for first, last in ranges))
        self._at = 0  # the range that is being filled
        self._base = 0  # where in the room it starts
        self._seen = 0  # how much of the content has passed

    def take(self, offset: int, data: memoryview) -> None:
        """Take bytes that start at ``offset`` of the content."""
        for position, first, last in self._within(offset, offset + len(data)):
            self._room[position : position + last - first] = data[first - offset : last - offset]

    def skip(self, offset: int, length: int) -> None:
        """Take zeros that start at ``offset``."""
        for position, first, last in self._within(offset, offset + length):
            self._room[position : position + last - first] = bytes(last - first)

    def pieces(self) -> tuple[tuple[int, memoryview], ...]:
        """Return what was kept: offset and bytes; of a content that was cut short less than was asked for."""
        result = []
        at = 0
        for first, last in self._ranges:
            stop = min(last, self._seen)
            if stop > first:
                result.append((first, self._room[at : at + stop - first]))
            at += last - first
        return tuple(result)

    def _within(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Yield what the ranges have in common with the bytes at hand, and where it goes in the room."""
        self._seen = stop
        while self._at < len(self._ranges):
            first, last = self._ranges[self._at]
            if first < stop and last > start:
                at = max(first, start)
                yield self._base + at - first, at, min(last, stop)
            if last > stop:
                return
            self._at += 1
            self._base += last - first
