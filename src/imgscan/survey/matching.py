"""The patterns' hits in one layer, scanned window by window and mapped to entries.

Law: what is found does not depend on how the layer was cut into windows, compressed or archived.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from imgscan.formats.archives.sparse import Segments
from imgscan.formats.lines import Lines, count_lines
from imgscan.layer.decompress import Buffer
from imgscan.layer.tar_reader import HEAD
from imgscan.matching.multipattern import Scan
from imgscan.model.entry import Entry
from imgscan.model.limits import Limits
from imgscan.model.observed import Match
from imgscan.survey.between import BetweenContents
from imgscan.survey.budget import LayerShare, usual_hits
from imgscan.survey.joined_texts import JoinedTexts, TextHit
from imgscan.survey.patterns import Hit, PatternSet
from imgscan.survey.spans import DIGESTED, Span, Spans, blank_between

_BATCH = 1 << 20
_IN_FLIGHT = 2
_LINE_END = ord("\n")


class _Flight(NamedTuple):
    """A buffer being scanned, ``base`` to ``end`` of the tar, of which hits up to ``reported`` went out already, and
    those up to ``limit`` will.

    ``between`` are what was gathered of what lies between contents, scanned with it.
    """

    hits: Future[tuple[list[Hit], list[Hit]]]
    buffer: bytearray
    base: int
    end: int
    reported: int
    limit: int
    spans: list[Span]
    lines: int  # line ends before ``base`` in the file that crosses it
    between: JoinedTexts | None


class PatternScan:
    """The scan of one layer: windows in, matches out, in the order of the tar.

    What lies between contents (headers, padding) is blanked, with newlines at its edges, so that a file begins and
    ends a line. Windows overlap by the longest match and excerpt; each hit is told by the window in which these are
    whole, and only when the pattern is found again within its entry's own bytes, at most ``before`` of them: one that
    began in another file, or farther back than a window may reach, is none. Scanning runs in a thread beside the
    caller's parsing. What was blanked is searched apart, for analyzers that ask for it: ``outside`` gives the hits.
    """

    def __init__(self, patterns: PatternSet, limits: Limits, budget: LayerShare) -> None:
        self._set = patterns
        self._limits = limits
        self._scan: Scan | None = None  # made when the first content comes, in the thread that scans: that takes long
        self._again: Scan | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="imgscan-match")
        self._flying: deque[_Flight] = deque()
        self._free: list[bytearray] = []  # used again: fresh memory for each window costs as much as filling it
        self._spans = Spans(patterns.left_out)
        self._between = BetweenContents(patterns.before, patterns.after) if patterns.outside else None
        self._outside: deque[tuple[JoinedTexts, list[Hit]]] = deque()
        self.full_outside: set[int] = set()
        """Patterns of which no more such hits are wanted."""
        self._parts: list[Buffer] = []
        self._held = 0  # bytes of the parts
        self._tail = b""
        self._at = 0  # offset in the tar of the end of what was put into buffers
        self._reported = 0  # hits up to here are told
        self._lines = 0  # line ends of the file that crosses into the next buffer, before that buffer
        self._last: dict[int, int] = {}  # where each pattern was last told
        self._counts: Counter[tuple[int, int]] = Counter()
        self._wanted: set[int] = set()
        self.bytes = 0
        self.digests: dict[int, dict[str, str]] = {}
        self._budget = budget
        self._usual = 0  # hits that the layer's size accounts for
        self.beyond = False
        """Whether there were more hits than ``limits.layer_hits``; those are told."""
        self.full: set[tuple[int, int]] = set()
        """Entry and number of the pattern of which it has more hits than ``limits.pattern_hits``; those are told."""

    def name(self, number: int) -> str:
        """Return the id of a pattern."""
        return self._set.patterns[number][1].id

    @property
    def looks_outside(self) -> bool:
        """Whether an analyzer asks for hits in bytes that are no content."""
        return self._between is not None

    def want_digests(self, index: int, entry: Entry) -> None:
        """Take the digests of an entry in which something was found, into ``digests``; of a large one none are."""
        if entry.size <= DIGESTED and index not in self.digests:
            self._wanted.add(index)

    def add(self, index: int, entry: Entry, segments: Segments | None, head: bytes | None) -> None:
        """Take note of a file whose content comes next in the tar; of a sparse one the ``segments`` that are stored."""
        self._spans.add(index, entry, segments, head)

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
            flight = self._flying.popleft()
            yield from self._collect(flight)
            self._free.append(flight.buffer)
        if window is None:
            self._pool.shutdown()

    def close(self) -> None:
        """Give back the buffers and the scratch memory, megabytes for each layer, without waiting for the collector."""
        self._pool.shutdown()
        self._flying.clear()
        self._free.clear()
        self._parts.clear()
        self._tail = b""
        self._scan = self._again = None

    def _submit(self, final: bool) -> None:
        buffer, size = self._filled()
        base = self._at - len(self._tail)
        held = 0 if final else min(HEAD, size)  # an entry is added once its first bytes are known: here, or behind
        size -= held
        self._parts = [bytes(buffer[size : size + held])]
        self._held = held
        self._at = end = base + size
        spans = self._spans.before(end)
        between = None
        if self._between is not None:
            self._between.take(memoryview(buffer)[:size], spans, base, base + len(self._tail))
            between = self._between.batch(final)
        limit = end + 1 if final else max(end - self._set.after, self._reported)
        keep = max(end - self._set.before - self._set.after - 2, base)
        crossing = next((span for span in reversed(spans) if span.start < keep < span.stop), None)
        if crossing is not None and crossing.small:  # whole in the buffer that tells the last of it, for its digests
            keep, crossing = max(crossing.start, base), None
        if spans:
            blank_between(memoryview(buffer)[:size], spans, base)
            if final:
                buffer[size] = _LINE_END
            first = max(
                self._reported - self._set.before - 2 - base, 0
            )  # what precedes it was scanned for all it holds
            size_to_scan = size + final
        else:
            first, size_to_scan = 0, 0
        if spans or between is not None:
            hits = self._pool.submit(self._hits, buffer, first, size_to_scan, between)
            self._flying.append(_Flight(hits, buffer, base, end, self._reported, limit, spans, self._lines, between))
        else:
            self._free.append(buffer)
        self._reported = limit
        self._tail = bytes(buffer[keep - base : size])
        if crossing is not None and crossing.lines:
            before = self._lines if crossing.start < base else 0
            self._lines = before + count_lines(buffer, max(crossing.start - base, 0), keep - base)
        self._spans.forget(keep)

    def _filled(self) -> tuple[bytearray, int]:
        """Return a buffer with the tail and the parts, and how much of it they are."""
        size = len(self._tail) + self._held
        buffer = self._free.pop() if self._free else bytearray()
        if len(buffer) <= size:  # one byte more, for the end of the last line
            buffer = bytearray(max(size + 1, _BATCH + self._set.before + self._set.after + DIGESTED + 2 * HEAD))
        at = 0
        with memoryview(buffer) as view:  # the one copy of all that passes
            for part in (self._tail, *self._parts):
                view[at : at + len(part)] = part
                at += len(part)
        return buffer, size

    def _hits(
        self, buffer: bytearray, first: int, size: int, between: JoinedTexts | None
    ) -> tuple[list[Hit], list[Hit]]:
        if self._scan is None:
            self._scan = self._set.new_scan()
        outside = self._scan(between.text) if between is not None else []
        hits = self._scan(memoryview(buffer)[first:size]) if size else []
        hits.sort()
        return [(end + first, number) for end, number in hits] if first else hits, outside

    def _collect(self, flight: _Flight) -> Iterator[tuple[int, int, Match]]:
        """Yield the hits of one buffer; places are from its start on."""
        (hits, outside), buffer, base, spans = flight.hits.result(), flight.buffer, flight.base, flight.spans
        if flight.between is not None and outside:
            self._outside.append((flight.between, outside))
        description, limit = flight.reported - base, flight.limit - base
        starts = [span.start - base for span in spans]
        view, lines = memoryview(buffer), Lines(buffer)
        start = stop = reach = 0
        for end, number in hits:
            if not description < end <= limit:
                continue
            if not start < end <= reach:
                at = bisect_left(starts, end) - 1
                if at < 0:
                    continue
                span, start = spans[at], starts[at]
                stop = span.stop - base
                # A match may take in the newline behind its file, so it may end one byte after it.
                reach = min(stop + 1, starts[at + 1]) if at + 1 < len(starts) else stop + 1
                if end > reach:
                    continue
            if number in span.left_out:
                continue
            last = min(end, stop)
            entry = (span.index, number)
            if self._last.get(number) == base + last or entry in self.full:
                continue
            if self.beyond:
                continue
            analyzer, name, before, after, longest = self._set.hit_values(number)
            first = max(last - before, start)
            # A match that cannot reach farther back than ``first`` need not be looked at again.
            if end - longest < first and not self._is_inside(buffer, (start, first, end, stop), number):
                continue
            self._last[number] = base + last
            if self._counts[entry] >= self._limits.pattern_hits:
                self.full.add(entry)
                continue
            if self._usual < usual_hits(base + last):
                self._usual += 1
            elif not self._budget.take_hit():
                self.beyond = True
                continue  # and no end of it: how much of the layer was in this buffer must not count
            self._counts[entry] += 1
            line = partial(lines.line, max(start, 0), flight.lines if start < 0 else 0, last) if span.lines else None
            excerpt = bytes(view[first : min(last + after, stop)])
            shift = base - span.origin
            yield analyzer, span.index, Match(name, last + shift, first + shift, excerpt, line)
        lines.close()
        if self._wanted:
            self._take_digests(flight)

    def _is_inside(self, buffer: bytearray, bounds: tuple[int, int, int, int], number: int) -> bool:
        """Whether a pattern that ends at ``end`` is found in its file's bytes from ``first`` on, a byte around them."""
        start, first, end, stop = bounds
        before = b"\n" if first == start else buffer[first - 1 : first]
        behind = b"\n" if end >= stop else buffer[end : end + 1]
        text = before + buffer[first : min(end, stop)] + behind
        return (1 + end - first, number) in self._scan_again(text)

    def _scan_again(self, text: bytes | bytearray | memoryview) -> list[Hit]:
        if self._again is None:
            self._again = self._set.new_scan()
        return self._again(text)

    def outside(self) -> Iterator[TextHit]:
        """Yield the hits in bytes that are no content, by their offset in the tar, that came since the last call.

        Each is made when it is asked for: with the bytes around it, thousands would take hundreds of megabytes.
        """
        while self._outside:
            texts, hits = self._outside.popleft()
            yield from texts.hits(hits, self._set, self._scan_again, self.full_outside)

    def search(self, texts: Sequence[bytes], bases: Sequence[int]) -> Iterator[TextHit]:
        """Yield the hits in texts that begin at ``bases``, each apart from the others."""
        joined = JoinedTexts(texts, bases)
        hits = self._scan_again(joined.text)
        if hits:
            yield from joined.hits(hits, self._set, self._scan_again, self.full_outside)

    def _take_digests(self, flight: _Flight) -> None:
        for span in flight.spans:
            if span.index in self._wanted and span.small and flight.base <= span.start and span.stop <= flight.end:
                self._wanted.discard(span.index)
                content = flight.buffer[span.start - flight.base : span.stop - flight.base]
                self.digests[span.index] = _digests(content)


def _digests(content: bytearray) -> dict[str, str]:
    """Return the digests that package databases record."""
    return {name: hashlib.new(name, content, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256")}
