"""The survey of one layer as a task for any process: what it takes and what it gives are plain values."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

import msgspec

from imgscan.archive.blobs.location import BlobLocation
from imgscan.archive.blobs.progress import BytesRead, with_progress
from imgscan.errors import LimitError, Position, UsageError
from imgscan.files import regular_bytes
from imgscan.layer.budget import ExpansionBudget
from imgscan.matching.multipattern import Compiler
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.observer import Observer
from imgscan.model.options import MAX_RULES_BYTES, ScanOptions
from imgscan.model.timing import AnalyzerClock, AnalyzerTime
from imgscan.survey.pattern_cache import compiler
from imgscan.survey.survey import Surveyor

Roster: TypeAlias = Callable[[ScanOptions, Compiler], Sequence[Observer]]
"""A function of a module that makes the observers that options ask for: it is sent to other processes by its name."""


class SurveySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What of a scan's options a survey depends on; ``rules_sha256`` are the digests of the files of rules."""

    analyzers: tuple[str, ...] | None
    skip: tuple[str, ...]
    rules: tuple[str, ...]
    rules_sha256: tuple[str, ...]
    pattern_cache: str | None
    digests: bool
    limits: Limits
    roster: Roster

    @classmethod
    def of(cls, options: ScanOptions, roster: Roster) -> SurveySettings:
        """Return those of a scan."""
        return cls(
            analyzers=options.analyzers,
            skip=options.skip,
            rules=options.rules,
            rules_sha256=tuple(map(_sha256, options.rules)),
            pattern_cache=options.pattern_cache,
            digests=options.digests,
            limits=options.limits,
            roster=roster,
        )

    def surveyor(self) -> Surveyor:
        """Return a new surveyor.

        Raises:
            UsageError: an analyzer does not exist, or a file of rules cannot be read, or is another one by now.
        """
        if tuple(map(_sha256, self.rules)) != self.rules_sha256:  # an engine may live for days
            raise UsageError("a file of rules has changed since the scan's rules were read")
        compile_patterns = compiler(self.pattern_cache)
        options = ScanOptions(analyzers=self.analyzers, skip=self.skip, rules=self.rules, limits=self.limits)
        return Surveyor(self.roster(options, compile_patterns), self.limits, self.digests, compile_patterns)


class SharedSurveyor:
    """The surveyor of one scan, as its tasks carry it: in this process as it is, to another one by its settings."""

    def __init__(self, surveyor: Surveyor, settings: SurveySettings) -> None:
        self.surveyor = surveyor
        self.settings = settings

    def __reduce__(self) -> tuple[Callable[[SurveySettings], SharedSurveyor], tuple[SurveySettings]]:
        return shared_surveyor, (self.settings,)


@lru_cache(maxsize=1)
def shared_surveyor(settings: SurveySettings) -> SharedSurveyor:
    """Return the surveyor that settings describe, in a process that tasks are sent to: its patterns are compiled once.

    The process that makes the tasks does not come here: what it keeps belongs to its scan.
    """
    return SharedSurveyor(settings.surveyor(), settings)


class LayerTask(msgspec.Struct, frozen=True):
    """A layer to survey; ``algorithms`` are those of the digests over the stored bytes and over the tar.

    ``seconds`` is how long it may take once it is begun, None for as long as it needs.
    """

    location: BlobLocation
    algorithms: tuple[str, str]
    shared: SharedSurveyor
    seconds: float | None = None
    timed: bool = False
    """Whether to take the time of each observer."""


class LayerResult(msgspec.Struct, frozen=True):
    """The facts of a layer, and the seconds of CPU that it took: in all, and of each observer where that was asked."""

    facts: LayerFacts
    cpu_seconds: float
    times: tuple[AnalyzerTime, ...] = ()


def survey_layer(task: LayerTask, progress: BytesRead | None = None) -> LayerResult:
    """Survey one layer: pure, whatever the process or the machine.

    Raises:
        InputError: the file cannot be opened, or is another one by now. A fault further on is a problem among the
            facts.
        LimitError: it grows more than ``limits.layer_ratio``: what all layers have beyond it is one budget, which a
            task does not know.
        UsageError: an analyzer or a file of rules is not there.
    """
    begun = time.process_time()
    deadline = Deadline(task.seconds)
    budget = ExpansionBudget(0)
    surveyor = task.shared.surveyor
    clock = AnalyzerClock() if task.timed else None
    with task.location.opened() as chunks:
        passed = with_progress(chunks, deadline.watching(progress))
        facts = surveyor.survey(passed, *task.algorithms, budget=budget, check=deadline.check, clock=clock)
    if budget.drawn:
        raise LimitError("grows more than limits.layer_ratio", Position(source=task.location.name))
    return LayerResult(facts, time.process_time() - begun, clock.times() if clock is not None else ())


def _sha256(path: str) -> str:
    """Return the digest of a file's content; none of one that cannot be read, which whoever needs it tells."""
    with contextlib.suppress(OSError, ValueError):
        return sha256(regular_bytes(path, MAX_RULES_BYTES)).hexdigest()
    return ""
