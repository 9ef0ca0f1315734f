"""All analyzers' content patterns in one database."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.analyzers.api import Analyzer, Pattern
from imgscan.errors import UsageError
from imgscan.formats.multipattern import Expression, Hit, MultiPattern, compile_patterns
from imgscan.survey.pattern_cache import cached_patterns

__all__ = ["Hit", "PatternSet"]


class PatternSet:
    """The compiled patterns of a set of analyzers.

    ``before`` and ``after`` are the greatest of all patterns, at least one byte: what stands behind a match decides
    whether a word or line ends there. ``left_out`` maps endings of names to the numbers of patterns not for them.
    """

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], cache: str | None = None) -> None:
        self.patterns = tuple(patterns)
        self.before = max(pattern.before for _, pattern in patterns)
        self.after = max(1, *(pattern.after for _, pattern in patterns))
        endings = {ending for _, pattern in patterns for ending in pattern.not_in}
        self.left_out = {
            ending: frozenset(number for number, (_, pattern) in enumerate(patterns) if ending in pattern.not_in)
            for ending in endings
        }
        compiled = _compile(patterns, cache)
        self.new_scan, self.engine = compiled.new_scan, compiled.engine

    @classmethod
    def of(cls, analyzers: Sequence[Analyzer], cache: str | None = None) -> PatternSet | None:
        """Return the patterns of ``analyzers``, None when there are none; ``cache`` is a directory to keep them in.

        Raises:
            UsageError: a pattern cannot be compiled; the message names it.
        """
        found = [(number, item) for number, analyzer in enumerate(analyzers) for item in analyzer.interest.patterns]
        return cls(found, cache) if found else None


def _compile(patterns: Sequence[tuple[int, Pattern]], cache: str | None) -> MultiPattern:
    expressions = tuple(Expression(pattern.expression, pattern.ignore_case) for _, pattern in patterns)
    try:
        return cached_patterns(expressions, cache) if cache else compile_patterns(expressions)
    except ValueError:
        for (_, pattern), expression in zip(patterns, expressions, strict=True):
            try:
                compile_patterns((expression,))
            except ValueError as error:
                raise UsageError(f"the content pattern {pattern.id} cannot be compiled: {error}") from None
        raise
