"""The patterns' hits in one layer, scanned window by window and mapped to entries.

Law: what is found does not depend on how the layer was cut into windows, compressed or archived.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from imgscan.analyzers.api import Match
from imgscan.formats.multipattern import Scan
from imgscan.formats.pattern_width import width
from imgscan.formats.sparse import Segments
from imgscan.layer.decompress import Buffer
from imgscan.layer.tar_reader import HEAD
from imgscan.model.entry import Entry
from imgscan.model.limits import Limits
from imgscan.survey.patterns import Hit, PatternSet

_BATCH = 1 << 20
_IN_FLIGHT = 2
DIGESTED = 256 << 10
"""Bytes of the largest file whose digests are taken when something is found in it."""

_NOTHING: frozenset[int] = frozenset()


class Span(NamedTuple):
    """Stored content from ``start`` to ``stop`` of the tar, of entry ``place``, whose byte 0 would be at ``origin``."""

    start: int
    stop: int
    place: int
    origin: int
    left_out: frozenset[int] = frozenset()
    small: bool = False


class _Flight(NamedTuple):
    """A buffer being scanned: it begins at ``base``, and its hits behind ``told`` up to ``limit`` are to be told."""

    hits: Future[list[Hit]]
    buffer: bytearray
    base: int
    told: int
    limit: int
    spans: list[Span]
    lines: int  # line ends before ``base`` in the file that crosses it


class PatternScan:
    """The scan of one layer: windows in, matches out, in the order of the tar.

    What lies between contents (headers, padding) is blanked, with newlines at its edges, so that a file begins and
    ends a line. Windows overlap by the longest match and excerpt; each hit is told by the window in which these are
    whole, and only when the pattern is found again within its entry's own bytes, at most ``before`` of them: one that
    began in another file, or farther back than a window may reach, is none. Scanning runs in a thread beside the
    caller's parsing.
    """

    def __init__(self, patterns: PatternSet, limits: Limits) -> None:
        self._set = patterns
        self._limits = limits
        self._scan: Scan | None = None  # made when the first content comes, in the thread that scans: that takes long
        self._again: Scan | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="imgscan-match")
        self._flying: deque[_Flight] = deque()
        self._spans: deque[Span] = deque()
        self._parts: list[Buffer] = []
        self._held = 0  # bytes of the parts
        self._tail = bytearray()
        self._at = 0  # offset in the tar of the end of what was put into buffers
        self._told = 0  # hits up to here are told
        self._lines = 0  # line ends of the file that crosses into the next buffer, before that buffer
        self._last: dict[int, int] = {}  # where each pattern was last told
        self._counts: Counter[tuple[int, int]] = Counter()
        self._wanted: set[int] = set()
        self.bytes = 0
        self.digests: dict[int, dict[str, str]] = {}
        self._left = limits.layer_hits
        self.beyond = False
        """Whether there were more hits than ``limits.layer_hits``; those are told."""
        self.full: set[tuple[int, int]] = set()
        """Entry and number of the pattern of which it has more hits than ``limits.pattern_hits``; those are told."""

    def name(self, number: int) -> str:
        """Return the id of a pattern."""
        return self._set.patterns[number][1].id

    def want_digests(self, place: int, entry: Entry) -> None:
        """Take the digests of an entry in which something was found, into ``digests``; of a large one none are."""
        if entry.size <= DIGESTED and place not in self.digests:
            self._wanted.add(place)

    def add(self, place: int, entry: Entry, segments: Segments | None) -> None:
        """Take note of a file whose content comes next in the tar; of a sparse one the ``segments`` that are stored."""
        at = entry.offset
        name = entry.path
        dot = name.rfind(".")
        left_out = self._set.left_out.get(name[dot:].lower(), _NOTHING) if 0 < len(name) - dot < 16 else _NOTHING
        for offset, length in ((0, entry.size),) if segments is None else segments:
            if not length:
                continue
            last = self._spans[-1] if self._spans else None
            if last is not None and (last.place, last.stop, last.origin) == (place, at, at - offset):
                self._spans[-1] = last._replace(stop=at + length)
            else:
                small = segments is None and length <= DIGESTED
                self._spans.append(Span(at, at + length, place, at - offset, left_out, small))
            at += length

    def feed(self, window: Buffer | None) -> Iterator[tuple[int, int, Match]]:
        """Take the next window, whose entries are added already, or None at the end of the tar.

        Yields: position of the analyzer, index of the entry, match.
        """
        if window is not None:
            self._parts.append(window)
            self._held += len(window)
            self.bytes += len(window)
            if self._held < _BATCH:
                return
        self._submit(final=window is None)
        while self._flying and (window is None or len(self._flying) > _IN_FLIGHT):
            yield from self._collect(self._flying.popleft())
        if window is None:
            self._pool.shutdown()

    def _submit(self, final: bool) -> None:
        buffer = bytearray().join((self._tail, *self._parts))  # the one copy of all that passes
        self._parts = []
        if not final:  # an entry is added once its first bytes are known: they may be the last of this window
            self._parts.append(bytes(buffer[-HEAD:]))
            del buffer[-HEAD:]
        self._held = sum(map(len, self._parts))
        base = self._at - len(self._tail)
        self._at = end = base + len(buffer)
        spans = []
        gap = base
        for span in self._spans:
            if span.start >= end:
                break
            spans.append(span)
            _blank(buffer, gap - base, span.start - base)
            gap = span.stop
        _blank(buffer, gap - base, end - base)
        if final:
            buffer += b"\n"
        limit = end + 1 if final else max(end - self._set.after, self._told)
        if spans:
            future = self._pool.submit(self._hits, buffer)
            self._flying.append(_Flight(future, buffer, base, self._told, limit, spans, self._lines))
        self._told = limit
        keep = max(end - self._set.before - self._set.after - 2, base)
        # A small file is whole in the buffer that tells the last of it, for its digests.
        keep = min([keep, *(span.start for span in spans if span.small and span.start < keep < span.stop)])
        keep = max(keep, base)
        self._tail = buffer[keep - base : end - base]
        crossing = next((span for span in spans if span.start < keep < span.stop), None)
        before = self._lines if crossing is not None and crossing.start < base else 0
        start = max(crossing.start, base) if crossing is not None else keep
        self._lines = before + (buffer.count(b"\n", start - base, keep - base) if start < keep else 0)
        while self._spans and self._spans[0].stop <= keep:
            self._spans.popleft()

    def _hits(self, buffer: bytearray) -> list[Hit]:
        if self._scan is None:
            self._scan = self._set.new_scan()
        return self._scan(buffer)

    def _collect(self, flight: _Flight) -> Iterator[tuple[int, int, Match]]:
        hits, buffer, base, told, limit, spans, lines_before = flight
        view = memoryview(buffer)
        at = 0
        counted, lines = -1, 0
        for end, number in sorted(hits.result()):
            absolute = base + end
            if not told < absolute <= limit:
                continue
            # A match may take in the newline behind its file, so it may end one byte after it.
            while at + 1 < len(spans) and (spans[at].stop + 1 < absolute or spans[at + 1].start < absolute):
                at += 1
            if not spans or not spans[at].start < absolute <= spans[at].stop + 1:
                continue
            span = spans[at]
            if number in span.left_out:
                continue
            last = min(absolute, span.stop)
            analyzer, pattern = self._set.patterns[number]
            first = max(last - pattern.before, span.start)
            if self._last.get(number) == last or (span.place, number) in self.full:
                continue
            if not self._left:
                self.beyond = True
                break
            # A match that cannot reach farther back than ``first`` need not be looked at again.
            most = width(pattern.expression)[1]
            if absolute - most < first and not self._is_inside(flight, span, first, absolute, number):
                continue
            self._last[number] = last
            if self._counts[span.place, number] >= self._limits.pattern_hits:
                self.full.add((span.place, number))
                continue
            self._counts[span.place, number] += 1
            self._left -= 1
            if counted < span.start:
                counted, lines = max(span.start, base), lines_before if span.start < base else 0
            if last > counted:
                lines += buffer.count(b"\n", counted - base, last - base)
                counted = last
            excerpt = bytes(view[first - base : min(last + pattern.after, span.stop) - base])
            yield analyzer, span.place, Match(pattern.id, last - span.origin, first - span.origin, excerpt, lines + 1)
        for span in spans if self._wanted else ():
            if span.small and span.place in self._wanted and base <= span.start and span.stop <= base + len(buffer):
                self._wanted.discard(span.place)
                self.digests[span.place] = _digests(buffer[span.start - base : span.stop - base])

    def _is_inside(self, flight: _Flight, span: Span, first: int, end: int, number: int) -> bool:
        """Whether a pattern that ends at ``end`` is found in its span's bytes from ``first`` on, a byte around them."""
        buffer, base = flight.buffer, flight.base
        before = b"\n" if first == span.start else buffer[first - base - 1 : first - base]
        behind = b"\n" if end >= span.stop else buffer[end - base : end - base + 1]
        text = before + buffer[first - base : min(end, span.stop) - base] + behind
        if self._again is None:
            self._again = self._set.new_scan()
        return (1 + end - first, number) in self._again(text)


def _digests(content: bytearray) -> dict[str, str]:
    """Return the digests that package databases record."""
    return {name: hashlib.new(name, content, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256")}


def _blank(buffer: bytearray, start: int, stop: int) -> None:
    if stop > start:
        buffer[start:stop] = (b"\n" + bytes(max(stop - start - 2, 0)) + b"\n")[: stop - start]
