"""All analyzers' content patterns in one database, scanned window by window. hyperscan is wrapped here.

Law: what is found does not depend on how the layer was cut into windows, compressed or archived.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeAlias

from imgscan.analyzers.api import Analyzer, Match, Pattern
from imgscan.layer.decompress import Buffer
from imgscan.model.entry import Entry
from imgscan.model.limits import Limits

_BATCH = 1 << 20
_IN_FLIGHT = 2

Hit: TypeAlias = tuple[int, int]
"""Where a pattern's match ends in the buffer, and the pattern's number."""

Span: TypeAlias = tuple[int, int, int]
"""Start and end of a file's content in the layer's tar, and the entry's index."""


class Scan(Protocol):
    """Finds all patterns in a buffer; one for each thread."""

    def __call__(self, data: bytes) -> list[Hit]:
        """Return where patterns end in ``data``."""


class PatternSet:
    """The compiled patterns of a set of analyzers."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]]) -> None:
        self.patterns = tuple(patterns)
        self.before = max(pattern.before for _, pattern in patterns)
        self.after = max(pattern.after for _, pattern in patterns)
        self.new_scan, self.engine = _compile([pattern for _, pattern in patterns])

    @classmethod
    def of(cls, analyzers: Sequence[Analyzer]) -> PatternSet | None:
        """Return the patterns of ``analyzers``, None when there are none."""
        found = [(number, item) for number, analyzer in enumerate(analyzers) for item in analyzer.interest.patterns]
        return cls(found) if found else None


def _compile(patterns: Sequence[Pattern]) -> tuple[Callable[[], Scan], str]:
    try:
        import hyperscan
    except ImportError:  # no wheel for this platform: the same hits, far slower
        return _compile_re(patterns), "re"
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.expression.encode() for pattern in patterns],
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_CASELESS if pattern.ignore_case else 0 for pattern in patterns],
    )

    def new_scan() -> Scan:
        scratch = hyperscan.Scratch(database)

        def scan(data: bytes) -> list[Hit]:
            hits: list[Hit] = []

            def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
                hits.append((end, number))

            database.scan(data, match_event_handler=hit, scratch=scratch)
            return hits

        return scan

    return new_scan, "hyperscan"


def _compile_re(patterns: Sequence[Pattern]) -> Callable[[], Scan]:
    compiled = [re.compile(item.expression.encode(), re.IGNORECASE if item.ignore_case else 0) for item in patterns]

    def scan(data: bytes) -> list[Hit]:
        return [(match.end(), number) for number, item in enumerate(compiled) for match in item.finditer(data)]

    return lambda: scan


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
        self._flying: list[tuple[Future[list[Hit]], bytes, int, int, int, list[Span]]] = []
        self._spans: list[Span] = []
        self._parts: list[Buffer] = []
        self._tail = b""
        self._at = 0  # offset in the tar of the end of what was put into buffers
        self._told = 0  # hits up to here are told
        self._counts: Counter[tuple[int, int]] = Counter()
        self.bytes = 0

    def add(self, place: int, entry: Entry) -> None:
        """Take note of a file whose content comes next in the tar."""
        if entry.size:
            self._spans.append((entry.offset, entry.offset + entry.size, place))

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
            yield from self._collect(*self._flying.pop(0))
        if window is None:
            self._pool.shutdown()

    def _submit(self, final: bool) -> None:
        buffer = bytearray(b"".join((self._tail, *self._parts)))
        self._parts = []
        base = self._at - len(self._tail)
        self._at = end = base + len(buffer)
        spans = [span for span in self._spans if span[1] > base and span[0] < end]
        gap = base
        for start, stop, _ in spans:
            if start > gap:
                _blank(buffer, gap - base, start - base)
            gap = max(gap, stop)
        if gap < end:
            _blank(buffer, gap - base, end - base)
        limit = end if final else max(end - self._set.after, self._told)
        blanked = bytes(buffer)
        self._flying.append((self._pool.submit(self._scan, blanked), blanked, base, self._told, limit, spans))
        self.bytes += end - base - len(self._tail)
        self._told = limit
        self._tail = blanked[-(self._set.before + self._set.after) :]
        keep = end - len(self._tail)
        self._spans = [span for span in self._spans if span[1] > keep]

    def _collect(
        self, future: Future[list[Hit]], buffer: bytes, base: int, told: int, limit: int, spans: list[Span]
    ) -> Iterator[tuple[int, int, Match]]:
        at = 0
        for end, number in sorted(future.result()):
            absolute = base + end
            if not told < absolute <= limit:
                continue
            while at < len(spans) and spans[at][1] < absolute:
                at += 1
            if at == len(spans) or spans[at][0] >= absolute:
                continue
            start, stop, place = spans[at]
            analyzer, pattern = self._set.patterns[number]
            self._counts[place, number] += 1
            if self._counts[place, number] > self._limits.pattern_hits:
                continue
            first = max(absolute - pattern.before, start)
            last = min(absolute + pattern.after, stop)
            excerpt = buffer[first - base : last - base]
            yield analyzer, place, Match(pattern.id, absolute - start, first - start, excerpt)


def _blank(buffer: bytearray, start: int, stop: int) -> None:
    buffer[start:stop] = bytes(stop - start)
