"""The window scan for bytes already in memory: config values, decoded texts, members of archives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from threading import local

from imgscan.analyzers.secrets.context import name_inside
from imgscan.formats.lines import Lines, has_lines
from imgscan.formats.path import ending_of
from imgscan.matching.multipattern import Compiler, Expression, Scan
from imgscan.model.interest import Pattern, left_out_by_ending
from imgscan.model.observed import Match

_HITS = 10_000
_ALIKE = 48  # bytes on both sides that make two hits one

CROWDED = "texts inside archives and encodings, of config or history with more than 10,000 hits of one pattern"
"""Why some of these hits were not looked at."""


class TextScan:
    """The scan of one set of patterns, compiled when first asked; may be used from several threads."""

    def __init__(self, patterns: tuple[Pattern, ...], compiler: Compiler) -> None:
        self._patterns = patterns
        self._told = tuple((pattern.id, pattern.before, pattern.after) for pattern in patterns)
        self._left_out = left_out_by_ending(patterns)
        self._compiler = compiler
        self._threads = local()  # a scan's scratch memory serves one thread

    def matches(self, data: bytes, skipped: Counter[str] | None = None, path: str = "") -> Iterator[Match]:
        """Yield the hits of all patterns, at most 10,000 of each where ``skipped`` counts the texts with more.

        ``path`` is that of the file that holds the text, and the chain that leads to it: patterns leave out some by
        their ending, ``.py`` for ``x.py.gz!``.
        """
        hits = self._scan()(data)
        if not hits:
            return  # most: of thousands of small texts
        hits.sort()
        left_out = self._left_out.get(ending_of(name_inside(path)))
        if left_out:
            hits = [hit for hit in hits if hit[1] not in left_out]
        # Mostly so few that none can have too many.
        counts = Counter(number for _, number in hits) if skipped is not None and len(hits) > _HITS else {}
        crowded = {number: _HITS for number, count in counts.items() if count > _HITS}
        # What stands in the same text again is the same again: the bound is for what differs.
        seen = set[tuple[int, bytes]]()
        left = False
        lines = Lines(data) if has_lines(data) else None
        for end, number in hits:
            if number in crowded:
                around = (number, data[max(end - _ALIKE, 0) : end + _ALIKE])
                if around in seen:
                    continue
                if not crowded[number]:
                    left = True
                    continue
                crowded[number] -= 1
                seen.add(around)
            name, before, after = self._told[number]
            start = max(end - before, 0)
            line = partial(lines.line, 0, 0, end) if lines is not None else None
            yield Match(name, end, start, data[start : end + after], line)
        if skipped is not None and left:
            skipped[CROWDED] += 1

    def _scan(self) -> Scan:
        kept: Scan | None = getattr(self._threads, "scan", None)
        if kept is None:
            items = tuple(Expression(pattern.expression, pattern.ignore_case) for pattern in self._patterns)
            kept = self._threads.scan = self._compiler(items).new_scan()
        return kept
