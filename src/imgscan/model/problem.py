"""What could not be read or judged, and the log that keeps it bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from imgscan.errors import InputError


class Level(StrEnum):
    """How much a problem takes from the report: an error means that something was not read or merged."""

    ERROR = "error"
    WARNING = "warning"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Something that a reader of the report must know before trusting its silence.

    ``stage`` is the room that saw it (archive, layer, survey, rootfs, analyzer); ``code`` a stable word for its
    kind; ``offset`` in bytes, of the uncompressed layer when ``diff_id`` is given, else of ``source``. ``rules`` are
    those (or families, ``secrets.*``) whose silence proves nothing for it; empty: what its code leaves open
    (``model.ledger``).
    """

    level: Level
    stage: str
    code: str
    message: str
    source: str | None = None
    diff_id: str | None = None
    path: str | None = None
    offset: int | None = None
    rules: tuple[str, ...] = ()


def problem_from(error: InputError, stage: str, level: Level = Level.ERROR) -> Problem:
    """Return the problem that an absorbed error leaves in the report."""
    where = error.position
    return Problem(
        level=level,
        stage=stage,
        code=type(error).__name__.removesuffix("Error").lower(),
        message=error.message,
        source=where.source,
        diff_id=where.diff_id,
        path=where.path,
        offset=where.offset,
    )


class ProblemLog:
    """Collects problems of one stage; of each code and what it leaves open it keeps the first, and counts the rest."""

    def __init__(self, stage: str, per_kind: int) -> None:
        self._stage = stage
        self._per_kind = per_kind
        self._kept: list[Problem] = []
        self._seen: Counter[tuple[Level, str, tuple[str, ...]]] = Counter()

    def add(
        self,
        level: Level,
        code: str,
        message: str,
        path: str | None = None,
        offset: int | None = None,
        rules: tuple[str, ...] = (),
    ) -> None:
        """Note one problem, unless as many of its kind are kept already."""
        problem = Problem(
            level=level, stage=self._stage, code=code, message=message, path=path, offset=offset, rules=rules
        )
        self.note(problem)

    def warn(
        self,
        code: str,
        message: str,
        path: str | None = None,
        offset: int | None = None,
        rules: tuple[str, ...] = (),
    ) -> None:
        """Note a problem of level warning."""
        self.add(Level.WARNING, code, message, path, offset, rules)

    def error(self, code: str, message: str, path: str | None = None, offset: int | None = None) -> None:
        """Note a problem of level error."""
        self.add(Level.ERROR, code, message, path, offset)

    def note(self, problem: Problem) -> None:
        """Note a problem that another stage made, once."""
        key = (problem.level, problem.code, problem.rules)
        if self._seen[key] < self._per_kind and problem in self._kept:
            return
        self._seen[key] += 1
        if self._seen[key] <= self._per_kind:
            self._kept.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Note several problems that another stage made."""
        for problem in problems:
            self.note(problem)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was kept and, for each kind with more, one line that counts them."""
        left_out = [
            Problem(
                level=level,
                stage=self._stage,
                code=code,
                message=f"and {count - self._per_kind} more of this kind ({code})",
                rules=rules,
            )
            for (level, code, rules), count in self._seen.items()
            if count > self._per_kind
        ]
        return (*self._kept, *left_out)
