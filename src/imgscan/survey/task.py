"""The survey of one layer as a task for any process: what it takes and what it gives are plain values."""

from __future__ import annotations

import contextlib
import time
from functools import lru_cache
from hashlib import sha256

import msgspec

from imgscan.analyzers.registry import choose_analyzers
from imgscan.analyzers.secrets.foreign import LARGEST_RULES
from imgscan.archive.place import BlobPlace
from imgscan.archive.progress import Progress, counted
from imgscan.errors import LimitError, Position
from imgscan.files import regular_bytes
from imgscan.layer.budget import ExpansionBudget
from imgscan.model.fact import LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.survey.pattern_cache import compiler
from imgscan.survey.survey import Surveyor


class SurveySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What of a scan's options a survey depends on; ``rules_sha256`` are the digests of the files of rules."""

    analyzers: tuple[str, ...] | None
    skip: tuple[str, ...]
    rules: tuple[str, ...]
    rules_sha256: tuple[str, ...]
    pattern_cache: str | None
    digests: bool
    limits: Limits

    @classmethod
    def of(cls, options: ScanOptions) -> SurveySettings:
        """Return those of a scan."""
        return cls(
            analyzers=options.analyzers,
            skip=options.skip,
            rules=options.rules,
            rules_sha256=tuple(map(_sha256, options.rules)),
            pattern_cache=options.pattern_cache,
            digests=options.digests,
            limits=options.limits,
        )

    def surveyor(self) -> Surveyor:
        """Return a new surveyor.

        Raises:
            UsageError: an analyzer does not exist, or a file of rules cannot be read.
        """
        compile_patterns = compiler(self.pattern_cache)
        options = ScanOptions(analyzers=self.analyzers, skip=self.skip, rules=self.rules, limits=self.limits)
        analyzers = choose_analyzers(options, compile_patterns)
        return Surveyor(analyzers, self.limits, self.digests, compile_patterns)


class LayerTask(msgspec.Struct, frozen=True):
    """A layer to survey; ``algorithms`` are those of the digests over the stored bytes and over the tar."""

    place: BlobPlace
    algorithms: tuple[str, str]
    settings: SurveySettings


class LayerResult(msgspec.Struct, frozen=True):
    """The facts of a layer, and the seconds of CPU that it took."""

    facts: LayerFacts
    cpu_seconds: float


def survey_layer(task: LayerTask, progress: Progress | None = None) -> LayerResult:
    """Survey one layer: pure, whatever the process or the machine.

    Raises:
        InputError: the file cannot be opened, or is another one by now. A fault further on is a problem among the
            facts.
        LimitError: it grows more than ``limits.layer_ratio``: what all layers have beyond it is one budget, which a
            task does not know.
        UsageError: an analyzer or a file of rules is not there.
    """
    begun = time.process_time()
    budget = ExpansionBudget(0)
    surveyor = kept_surveyor(task.settings)
    with task.place.opened() as chunks:
        facts = surveyor.survey(counted(chunks, progress), *task.algorithms, budget=budget)
    if budget.drawn:
        raise LimitError("grows more than limits.layer_ratio", Position(source=task.place.name))
    return LayerResult(facts, time.process_time() - begun)


def _sha256(path: str) -> str:
    """Return the digest of a file's content; none of one that cannot be read, which whoever needs it tells."""
    with contextlib.suppress(OSError, ValueError):
        return sha256(regular_bytes(path, LARGEST_RULES)).hexdigest()
    return ""


@lru_cache(maxsize=1)
def kept_surveyor(settings: SurveySettings) -> Surveyor:
    """Return the surveyor of the tasks of one scan: its patterns are compiled once in a process."""
    return settings.surveyor()
