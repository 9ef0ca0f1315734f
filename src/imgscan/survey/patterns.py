"""All observers' content patterns in one database."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from imgscan.errors import UsageError
from imgscan.matching.multipattern import SLOW, Compiler, Expression, Hit, MultiPattern, Scan, compile_patterns
from imgscan.matching.pattern_width import width
from imgscan.model.interest import Pattern, left_out_by_ending
from imgscan.model.observer import Observer, OutsideObserver
from imgscan.model.problem import Level, Problem

__all__ = ["Hit", "PatternSet"]


class PatternSet:
    """The patterns of a set of observers, compiled when the first content comes; may be used from several threads.

    ``before`` and ``after`` are the greatest of all patterns, at least one byte: what stands behind a match decides
    whether a word or line ends there. ``left_out`` maps endings of names to the numbers of patterns not for them;
    ``outside``: somebody asks for hits in bytes that are no file's content.
    """

    def __init__(
        self, patterns: Sequence[tuple[int, Pattern]], compiler: Compiler = compile_patterns, outside: bool = False
    ) -> None:
        self.outside = outside
        self.patterns = tuple(patterns)
        self.before = max(pattern.before for _, pattern in patterns)
        self.after = max(1, *(pattern.after for _, pattern in patterns))
        self.left_out = left_out_by_ending([pattern for _, pattern in patterns])
        self._compiler = compiler
        self._compiled: MultiPattern | None = None
        self._lock = Lock()

    def hit_values(self, number: int) -> tuple[int, str, int, int, int]:
        """Return what telling a pattern's hit takes: observer, id, ``before``, ``after``, the longest match.

        Asked for each hit: few of the patterns ever have one, and to measure them all takes longer than a small layer.
        """
        observer, pattern = self.patterns[number]
        return observer, pattern.id, pattern.before, pattern.after, width(pattern.expression)[1]

    @classmethod
    def of(cls, observers: Sequence[Observer], compiler: Compiler = compile_patterns) -> PatternSet | None:
        """Return the patterns of ``observers``, None when there are none."""
        result = [(number, item) for number, observer in enumerate(observers) for item in observer.interest.patterns]
        outside = any(isinstance(observers[number], OutsideObserver) for number, _ in result)
        return cls(result, compiler, outside) if result else None

    def compiled(self) -> MultiPattern:
        """Return the compiled set, made by the first call.

        Raises:
            UsageError: a pattern cannot be compiled; the message names it.
        """
        with self._lock:
            if self._compiled is None:
                self._compiled = _compile(self.patterns, self._compiler)
        return self._compiled

    def new_scan(self) -> Scan:
        """Return a scan for one thread.

        Raises: as ``compiled``.
        """
        return self.compiled().new_scan()

    def problems(self) -> tuple[Problem, ...]:
        """Return what the reader must know of the search so far: that it was the slow one."""
        if self._compiled is None or self._compiled.engine != SLOW:
            return ()
        text = "hyperscan is not installed: contents are searched by Python's re, with the same findings, slowly"
        return (Problem(level=Level.WARNING, stage="survey", code="slow-patterns", message=text),)


def _compile(patterns: Sequence[tuple[int, Pattern]], compiler: Compiler) -> MultiPattern:
    expressions = tuple(Expression(pattern.expression, pattern.ignore_case) for _, pattern in patterns)
    try:
        return compiler(expressions)
    except ValueError:
        for (_, pattern), expression in zip(patterns, expressions, strict=True):
            try:
                compile_patterns((expression,))
            except ValueError as error:
                raise UsageError(f"the content pattern {pattern.id} cannot be compiled: {error}") from None
        raise
