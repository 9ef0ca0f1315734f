"""All analyzers' content patterns in one database. hyperscan is wrapped here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from imgscan.analyzers.api import Analyzer, Pattern
from imgscan.errors import UsageError

Hit: TypeAlias = tuple[int, int]
"""Where a pattern's match ends in the buffer, and the pattern's number."""


class Scan(Protocol):
    """Finds all patterns in a buffer; one for each thread."""

    def __call__(self, data: bytes) -> list[Hit]:
        """Return where patterns end in ``data``."""


class PatternSet:
    """The compiled patterns of a set of analyzers.

    ``before`` and ``after`` are the greatest of all patterns, at least one byte: what stands behind a match decides
    whether a word or line ends there.
    """

    def __init__(self, patterns: Sequence[tuple[int, Pattern]]) -> None:
        self.patterns = tuple(patterns)
        self.before = max(pattern.before for _, pattern in patterns)
        self.after = max(1, *(pattern.after for _, pattern in patterns))
        self.new_scan, self.engine = _compile([pattern for _, pattern in patterns])

    @classmethod
    def of(cls, analyzers: Sequence[Analyzer]) -> PatternSet | None:
        """Return the patterns of ``analyzers``, None when there are none.

        Raises:
            UsageError: a pattern cannot be compiled; the message names it.
        """
        found = [(number, item) for number, analyzer in enumerate(analyzers) for item in analyzer.interest.patterns]
        return cls(found) if found else None


def _compile(patterns: Sequence[Pattern]) -> tuple[Callable[[], Scan], str]:
    try:
        import hyperscan
    except ImportError:  # no wheel for this platform: far slower
        return _compile_re(patterns), "re"

    def database_of(some: Sequence[Pattern]) -> hyperscan.Database:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[pattern.expression.encode() for pattern in some],
            ids=list(range(len(some))),
            elements=len(some),
            flags=[
                hyperscan.HS_FLAG_MULTILINE | (hyperscan.HS_FLAG_CASELESS if pattern.ignore_case else 0)
                for pattern in some
            ],
        )
        return database

    try:
        database = database_of(patterns)
    except hyperscan.error:
        for pattern in patterns:
            try:
                database_of([pattern])
            except hyperscan.error as error:
                raise UsageError(f"the content pattern {pattern.id} cannot be compiled: {error}") from None
        raise

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
    compiled = []
    for item in patterns:
        try:
            compiled.append(
                re.compile(item.expression.encode(), re.MULTILINE | (re.IGNORECASE if item.ignore_case else 0))
            )
        except re.error as error:
            raise UsageError(f"the content pattern {item.id} cannot be compiled: {error}") from None

    def scan(data: bytes) -> list[Hit]:
        return [(match.end(), number) for number, item in enumerate(compiled) for match in item.finditer(data)]

    return lambda: scan
