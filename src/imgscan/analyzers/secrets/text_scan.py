"""The window scan for bytes already in memory: config values, decoded texts, members of archives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from threading import local

from imgscan.analyzers.api import Match, Pattern
from imgscan.formats.multipattern import Compiler, Expression, Scan
from imgscan.model.finding import CROWDED

_HITS = 10_000


class TextScan:
    """The scan of one set of patterns, compiled when first asked; may be used from several threads."""

    def __init__(self, patterns: tuple[Pattern, ...], compiler: Compiler) -> None:
        self._patterns = patterns
        self._compiler = compiler
        self._threads = local()  # a scan's scratch memory serves one thread

    def matches(self, data: bytes, skipped: Counter[str] | None = None) -> Iterator[Match]:
        """Yield the hits of all patterns, at most 10,000 of each where ``skipped`` counts the texts with more."""
        counts: Counter[int] = Counter()
        lines, counted = 0, 0
        for end, number in sorted(self._scan()(data)):
            counts[number] += 1
            if skipped is not None and counts[number] > _HITS:
                continue
            lines += data.count(b"\n", counted, end)
            counted = end
            pattern = self._patterns[number]
            start = max(end - pattern.before, 0)
            yield Match(pattern.id, end, start, data[start : end + pattern.after], lines + 1)
        if skipped is not None and any(count > _HITS for count in counts.values()):
            skipped[CROWDED] += 1

    def _scan(self) -> Scan:
        kept: Scan | None = getattr(self._threads, "scan", None)
        if kept is None:
            items = tuple(Expression(pattern.expression, pattern.ignore_case) for pattern in self._patterns)
            kept = self._threads.scan = self._compiler(items).new_scan()
        return kept
