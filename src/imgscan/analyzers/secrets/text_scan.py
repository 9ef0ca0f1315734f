"""The window scan for bytes already in memory: config values, decoded texts, members of archives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from threading import local

from imgscan.analyzers.api import Match, Pattern
from imgscan.formats.multipattern import Expression, Scan, compile_patterns

_HITS = 200
_threads = local()  # a scan's scratch memory serves one thread


def matches(patterns: tuple[Pattern, ...], data: bytes) -> Iterator[Match]:
    """Yield the hits of all patterns, at most 200 of each."""
    counts: Counter[int] = Counter()
    lines, counted = 0, 0
    for end, number in sorted(_scan(patterns)(data)):
        counts[number] += 1
        if counts[number] > _HITS:
            continue
        lines += data.count(b"\n", counted, end)
        counted = end
        pattern = patterns[number]
        start = max(end - pattern.before, 0)
        yield Match(pattern.id, end, start, data[start : end + pattern.after], lines + 1)


def _scan(patterns: tuple[Pattern, ...]) -> Scan:
    expressions = tuple(Expression(pattern.expression, pattern.ignore_case) for pattern in patterns)
    kept = getattr(_threads, "kept", None)
    if kept is None or kept[0] != expressions:
        kept = _threads.kept = (expressions, compile_patterns(expressions).new_scan())
    scan: Scan = kept[1]
    return scan
