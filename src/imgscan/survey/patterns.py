"""All analyzers' content patterns in one database, scanned window by window.

Law: what is found does not depend on how the layer was cut into windows, compressed or archived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeAlias

from imgscan.analyzers.api import Analyzer, Match, Pattern
from imgscan.formats.multipattern import Expression, Hit, MultiPattern, compile_patterns
from imgscan.layer.decompress import Buffer
from imgscan.model.entry import Entry
from imgscan.model.limits import Limits
from imgscan.survey.pattern_cache import cached_patterns

_BATCH = 1 << 20
_IN_FLIGHT = 2

Span: TypeAlias = tuple[int, int, int, frozenset[int]]
"""Start and end of a file's content in the layer's tar, the entry's index, and the patterns that leave it out."""

_NOTHING: frozenset[int] = frozenset()


class _Flight(NamedTuple):
    """One buffer being scanned: hits that end in ``(told, limit]`` are told; ``lines`` precede it in its first file."""

    future: Future[list[Hit]]
    buffer: bytes
    base: int
    told: int
    limit: int
    spans: list[Span]
    lines: int


class PatternSet:
    """The compiled patterns of a set of analyzers."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], compiled: MultiPattern | None = None) -> None:
        self.patterns = tuple(patterns)
        self.before = max(pattern.before for _, pattern in patterns)
        self.after = max(pattern.after for _, pattern in patterns)
        compiled = compiled or compile_patterns(expressions_of(patterns))
        self.left_out = _left_out(patterns)
        self.new_scan, self.engine = compiled.new_scan, compiled.engine

    @classmethod
    def of(cls, analyzers: Sequence[Analyzer], cache: str | None = None) -> PatternSet | None:
        """Return the patterns of ``analyzers``, None when there are none; ``cache`` is a directory to keep them in."""
        found = [(number, item) for number, analyzer in enumerate(analyzers) for item in analyzer.interest.patterns]
        if not found:
            return None
        return cls(found, cached_patterns(expressions_of(found), cache) if cache else None)


def _left_out(patterns: Sequence[tuple[int, Pattern]]) -> dict[str, frozenset[int]]:
    """Return, for each ending that a pattern leaves out, the numbers of the patterns that do."""
    endings = {ending for _, pattern in patterns for ending in pattern.not_in}
    return {
        ending: frozenset(number for number, (_, pattern) in enumerate(patterns) if ending in pattern.not_in)
        for ending in endings
    }


def expressions_of(patterns: Sequence[tuple[int, Pattern]]) -> tuple[Expression, ...]:
    """Return what to compile for ``patterns``."""
    return tuple(Expression(pattern.expression, pattern.ignore_case) for _, pattern in patterns)


class PatternScan:
    """The scan of one layer: windows in, matches out, mapped to their entries and in the order of the tar.

    What lies between contents (headers, padding) is blanked, so that nothing matches across it. Windows overlap by
    the longest match and excerpt; each hit is told by the window in which its excerpt is whole. Scanning runs in a
    thread beside the caller's parsing.
    """

    def __init__(self, patterns: PatternSet, limits: Limits) -> None:
        self._set = patterns
        self._limits = limits
        self._scan = patterns.new_scan()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="imgscan-match")
        self._flying: list[_Flight] = []
        self._spans: list[Span] = []
        self._parts: list[Buffer] = []
        self._tail = b""
        self._at = 0  # offset in the tar of the end of what was put into buffers
        self._told = 0  # hits up to here are told
        self._lines = 0  # line ends of the file that crosses into the next buffer, up to that buffer's start
        self._counts: Counter[tuple[int, int]] = Counter()
        self.bytes = 0

    def add(self, place: int, entry: Entry) -> None:
        """Take note of a file whose content comes next in the tar."""
        if entry.size:
            path = entry.path
            dot = path.rfind(".")
            left_out = self._set.left_out.get(path[dot:].lower(), _NOTHING) if 0 < len(path) - dot < 16 else _NOTHING
            self._spans.append((entry.offset, entry.offset + entry.size, place, left_out))

    def feed(self, window: Buffer | None) -> Iterator[tuple[int, int, Match]]:
        """Take the next window, whose entries are added already, or None at the end of the tar.

        Yields: position of the analyzer, index of the entry, match.
        """
        if window is not None:
            self._parts.append(window)
            if sum(map(len, self._parts)) < _BATCH:
                return
        self._submit(final=window is None)
        while self._flying and (window is None or len(self._flying) > _IN_FLIGHT):
            yield from self._collect(self._flying.pop(0))
        if window is None:
            self._pool.shutdown()

    def _submit(self, final: bool) -> None:
        buffer = bytearray(b"".join((self._tail, *self._parts)))
        self._parts = []
        base = self._at - len(self._tail)
        self._at = end = base + len(buffer)
        spans = [span for span in self._spans if span[1] > base and span[0] < end]
        gap = base
        for start, stop, _, _ in spans:
            if start > gap:
                _blank(buffer, gap - base, start - base)
            gap = max(gap, stop)
        if gap < end:
            _blank(buffer, gap - base, end - base)
        limit = end if final else max(end - self._set.after, self._told)
        blanked = bytes(buffer)
        lines = self._lines
        future = self._pool.submit(self._scan, blanked)
        self._flying.append(_Flight(future, blanked, base, self._told, limit, spans, lines))
        self.bytes += end - base - len(self._tail)
        self._told = limit
        self._tail = blanked[-(self._set.before + self._set.after) :]
        keep = end - len(self._tail)
        self._spans = [span for span in self._spans if span[1] > keep]
        crossing = next((span for span in spans if span[0] < keep < span[1]), None)
        self._lines = 0
        if crossing is not None:
            start = max(crossing[0], base)
            self._lines = (lines if crossing[0] < base else 0) + blanked.count(b"\n", start - base, keep - base)

    def _collect(self, flight: _Flight) -> Iterator[tuple[int, int, Match]]:
        future, buffer, base, told, limit, spans, lines_before = flight
        at = 0
        counted, lines = -1, 0
        for end, number in sorted(future.result()):
            absolute = base + end
            if not told < absolute <= limit:
                continue
            while at < len(spans) and spans[at][1] < absolute:
                at += 1
            if at == len(spans) or spans[at][0] >= absolute:
                continue
            start, stop, place, left_out = spans[at]
            if number in left_out:
                continue
            analyzer, pattern = self._set.patterns[number]
            self._counts[place, number] += 1
            if self._counts[place, number] > self._limits.pattern_hits:
                continue
            if counted < start:
                counted, lines = max(start, base), lines_before if start < base else 0
            if absolute > counted:
                lines += buffer.count(b"\n", counted - base, end)
                counted = absolute
            first = max(absolute - pattern.before, start)
            last = min(absolute + pattern.after, stop)
            excerpt = buffer[first - base : last - base]
            yield analyzer, place, Match(pattern.id, absolute - start, first - start, excerpt, lines + 1)


def _blank(buffer: bytearray, start: int, stop: int) -> None:
    buffer[start:stop] = bytes(stop - start)
