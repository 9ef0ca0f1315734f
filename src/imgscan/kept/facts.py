"""All that one scan has to do with a store of facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.progress import BytesRead
from imgscan.kept.layers import KeptLayers
from imgscan.kept.linked import KeptLinks
from imgscan.kept.secrecy import Secrecy
from imgscan.kept.units import ObserverUnits
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest
from imgscan.model.store import FactStore
from imgscan.model.timing import AnalyzerClock
from imgscan.survey.budget import SurveyBudget
from imgscan.survey.layers import LayerDone, survey_layers, wanted_blobs
from imgscan.survey.remote_survey import RemoteSurvey
from imgscan.survey.survey import Surveyor


class KeptFacts:
    """What one scan takes out of a store and puts into it."""

    def __init__(self, store: FactStore, surveyor: Surveyor, secrecy: Secrecy) -> None:
        units = ObserverUnits(surveyor)
        self._surveyor = surveyor
        self._units = units
        self.layers = KeptLayers(store, units, secrecy)
        self.links = KeptLinks(store, units, secrecy)

    def survey(
        self,
        archive: Archive,
        manifests: Sequence[ImageManifest],
        jobs: int,
        progress: BytesRead | None,
        facts: dict[str, LayerFacts],
        remote: RemoteSurvey | None,
        deadline: Deadline,
        clock: AnalyzerClock | None = None,
    ) -> Iterator[LayerDone]:
        """Do as ``survey_layers``, but read no more than the store lacks, and keep what it lacked."""
        events = self._surveyed(archive, manifests, jobs, progress, facts, remote, deadline, clock)
        total = len(wanted_blobs(manifests).keys() - archive.surveyed.keys())
        for number, event in enumerate(events, 1):
            if number <= total:  # what was surveyed once more after all is no other layer
                yield replace(event, done=number, total=total)
        self.layers.keep(archive, manifests, facts)

    def _surveyed(
        self,
        archive: Archive,
        manifests: Sequence[ImageManifest],
        jobs: int,
        progress: BytesRead | None,
        facts: dict[str, LayerFacts],
        remote: RemoteSurvey | None,
        deadline: Deadline,
        clock: AnalyzerClock | None = None,
    ) -> Iterator[LayerDone]:
        budget = SurveyBudget(self._surveyor.limits)
        survey = partial(survey_layers, archive, jobs=jobs, progress=progress, deadline=deadline, clock=clock)
        apart = remote is not None
        yield from self.layers.recall(archive, manifests, facts, jobs, budget, apart, progress, deadline)
        for missing, blobs in self.layers.lacking().items():
            surveyor = self._units.surveyor_of(missing)
            wanted = [_of_blobs(manifest, blobs) for manifest in manifests]
            fresh: dict[str, LayerFacts] = {}
            beside = remote.beside(surveyor) if remote is not None else None
            yield from survey(wanted, surveyor, facts=fresh, remote=beside, budget=budget)
            if remote is not None and beside is not None:
                remote.cpu_seconds += beside.cpu_seconds
            for blob in blobs:
                result = self.layers.complete(blob, fresh[blob]) if blob in fresh else None
                if result is not None:
                    facts[blob] = result
        yield from survey(manifests, self._surveyor, facts=facts, remote=remote, budget=budget)
        if self.layers.charged and budget.exhausted:
            # What was left may be less than it is without a store, even where nothing of it was of use in the end: a
            # report must not depend on one.
            self.layers.forget()
            facts.clear()
            yield from survey(manifests, self._surveyor, facts=facts, remote=remote)


def _of_blobs(manifest: ImageManifest, blobs: Sequence[str]) -> ImageManifest:
    return replace(manifest, layers=tuple(layer for layer in manifest.layers if layer.blob in blobs))
