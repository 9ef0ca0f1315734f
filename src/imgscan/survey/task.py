"""The survey of one layer as a task for any process: what it takes and what it gives are plain values."""

from __future__ import annotations

import time
from functools import lru_cache

import msgspec

from imgscan.analyzers.registry import choose_analyzers
from imgscan.archive.place import BlobPlace
from imgscan.layer.budget import ExpansionBudget
from imgscan.model.fact import LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.survey.pattern_cache import compiler
from imgscan.survey.progress import Progress, counted
from imgscan.survey.survey import Surveyor


class SurveySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What of a scan's options a survey depends on."""

    analyzers: tuple[str, ...] | None
    skip: tuple[str, ...]
    rules: tuple[str, ...]
    pattern_cache: str | None
    digests: bool
    limits: Limits

    @classmethod
    def of(cls, options: ScanOptions) -> SurveySettings:
        """Return those of a scan."""
        return cls(**{name: getattr(options, name) for name in cls.__struct_fields__})

    def surveyor(self) -> Surveyor:
        """Return a new surveyor.

        Raises:
            UsageError: an analyzer does not exist, or a file of rules cannot be read.
        """
        compile_patterns = compiler(self.pattern_cache)
        options = ScanOptions(analyzers=self.analyzers, skip=self.skip, rules=self.rules)
        analyzers = choose_analyzers(options, compile_patterns)
        return Surveyor(analyzers, self.limits, self.digests, compile_patterns)


class LayerTask(msgspec.Struct, frozen=True):
    """A layer to survey.

    ``algorithms`` are those of the digests over the stored bytes and over the tar; ``expansion`` is how many bytes the
    layer may have beyond ``limits.layer_ratio``.
    """

    place: BlobPlace
    algorithms: tuple[str, str]
    settings: SurveySettings
    expansion: int = 0


class LayerResult(msgspec.Struct, frozen=True):
    """The facts of a layer, the bytes that it had beyond ``limits.layer_ratio``, the seconds of CPU that it took."""

    facts: LayerFacts
    expanded: int
    cpu_seconds: float


def survey_layer(task: LayerTask, progress: Progress | None = None) -> LayerResult:
    """Survey one layer: pure, whatever the process or the machine.

    Raises:
        InputError: the file cannot be opened. A fault further on is a problem among the facts.
        UsageError: an analyzer or a file of rules is not there.
    """
    begun = time.process_time()
    budget = ExpansionBudget(task.expansion)
    surveyor = kept_surveyor(task.settings)
    with task.place.opened() as chunks:
        facts = surveyor.survey(counted(chunks, progress), *task.algorithms, budget=budget)
    return LayerResult(facts, budget.drawn, time.process_time() - begun)


@lru_cache(maxsize=1)
def kept_surveyor(settings: SurveySettings) -> Surveyor:
    """Return the surveyor of the tasks of one scan: its patterns are compiled once in a process."""
    return settings.surveyor()
