"""All layers of some images, surveyed side by side, and held against what their manifests promise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from threading import Event

import msgspec
from msgspec.structs import replace

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.documents import ALGORITHMS
from imgscan.archive.blobs.progress import BytesRead, with_progress
from imgscan.errors import ArchiveError, InputError
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem, problem_from
from imgscan.model.timing import AnalyzerClock
from imgscan.survey.budget import SurveyBudget
from imgscan.survey.remote_survey import RemoteSurvey
from imgscan.survey.survey import NOT_A_TAR, Surveyor, failed_layer
from imgscan.survey.task import LayerTask
from imgscan.wording import counted

SMALL = 8 << 20
"""Stored bytes of the smallest layer that is worth a task of its own."""


class LayerDone(msgspec.Struct, frozen=True):
    """A layer has been surveyed: which, of how many, and whether it was read to its end."""

    diff_id: str | None
    done: int
    total: int
    complete: bool


def survey_layers(
    archive: Archive,
    manifests: Sequence[ImageManifest],
    surveyor: Surveyor,
    jobs: int,
    progress: BytesRead | None,
    facts: dict[str, LayerFacts],
    remote: RemoteSurvey | None = None,
    deadline: Deadline | None = None,
    clock: AnalyzerClock | None = None,
    budget: SurveyBudget | None = None,
) -> Iterator[LayerDone]:
    """Survey every blob that the images name, each once, into ``facts``: several by ``remote``, others in threads.

    Those that have facts already are left alone. What is not read by the ``deadline`` is a problem of its layer.
    ``clock`` takes the time of each observer, ``budget`` is what all layers may have of hits and facts (None: one for
    this call).
    """
    deadline = deadline or Deadline(None)
    facts.update(archive.surveyed)
    wanted = {blob: algorithms for blob, algorithms in wanted_blobs(manifests).items() if blob not in facts}
    total = len(wanted)
    if remote is not None:
        tasks = _tasks(archive, wanted, remote)
        if tasks and surveyor.patterns is not None:
            surveyor.patterns.compiled()  # once, for all processes that are forked from this one
        for blob, result in remote.survey(tasks, progress, deadline):
            facts[blob] = result
            del wanted[blob]
            yield LayerDone(result.diff_id, total - len(wanted), total, result.complete)
    stopped = Event()

    def tell(count: int) -> None:
        if stopped.is_set():
            raise ArchiveError("reading was stopped")
        deadline.check()
        if progress is not None:
            progress(count)

    read = surveyor.in_common(deadline.check, clock, budget)

    def survey(blob: str, algorithms: tuple[str, str]) -> LayerFacts:
        try:
            return read(with_progress(archive.chunks(blob), tell), *algorithms)
        except InputError as error:
            return failed_layer(problem_from(error, "archive"))

    with ThreadPoolExecutor(jobs, thread_name_prefix="imgscan-layer") as pool:
        futures = {pool.submit(survey, blob, algorithms): blob for blob, algorithms in wanted.items()}
        try:
            for number, future in enumerate(as_completed(futures), total - len(futures) + 1):
                result = facts[futures[future]] = future.result()
                yield LayerDone(result.diff_id, number, total, result.complete)
        finally:  # nobody listens any more (an interrupt, an iteration left): end the reading soon
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)


def extent_of(archive: Archive, manifests: Sequence[ImageManifest]) -> tuple[int, int, int | None]:
    """Return how many layers there are, how many were read already, and their stored bytes (None: not known)."""
    layers = {layer.blob: layer for manifest in manifests for layer in manifest.layers if layer.blob is not None}
    if archive.surveyed:
        return len(layers), sum(blob in archive.surveyed for blob in layers), archive.stored_bytes
    total = 0
    for blob, layer in layers.items():
        size: int | None = layer.descriptor.size if layer.descriptor.size >= 0 else None
        if size is None:
            with suppress(InputError):  # told when it is read
                size = archive.size_of(blob)
        if size is None:
            return len(layers), 0, None
        total += size
    return len(layers), 0, total


def wanted_blobs(manifests: Sequence[ImageManifest]) -> dict[str, tuple[str, str]]:
    """Return the blobs that the images name, with the algorithms of the digests over the stored bytes and the tar."""
    result: dict[str, tuple[str, str]] = {}
    for manifest in manifests:
        for layer in manifest.layers:
            if layer.blob is not None:
                result.setdefault(layer.blob, (_algorithm(layer.descriptor.digest), _algorithm(layer.diff_id)))
    return result


def _algorithm(promised: str) -> str:
    name = promised.partition(":")[0]
    return name if name in ALGORITHMS else "sha256"


def _tasks(archive: Archive, wanted: dict[str, tuple[str, str]], remote: RemoteSurvey) -> dict[str, LayerTask]:
    """Return the tasks of the large blobs that other processes can read; none for a single one, which gains nothing."""
    locations = {}
    for blob in wanted:
        with suppress(InputError):  # told when it is read here
            location = archive.locate(blob)
            if location is not None and location.size >= SMALL:
                locations[blob] = location
    if len(locations) < 2:
        return {}
    return {
        blob: LayerTask(location, wanted[blob], remote.shared, timed=remote.clock is not None)
        for blob, location in locations.items()
    }


def facts_of_all(manifest: ImageManifest, facts: dict[str, LayerFacts], limits: Limits) -> list[LayerFacts]:
    """Return the facts of an image's layers from the bottom up.

    A small archive can name one layer any number of times. Beyond ``limits.repeated_entries`` a layer that comes right
    after itself has no entries, since it changes nothing; another one that came before, and any that takes the image
    over ``limits.image_entries``, has a problem instead of facts, as one that is not there.
    """
    result: list[LayerFacts] = []
    seen: set[str] = set()
    below: str | None = None
    entries = repeated = unlisted = 0
    for layer in manifest.layers:
        item = _facts_of(layer, facts)
        count = len(item.entries)
        if layer.blob is not None and layer.blob in seen:
            repeated += count
            if count and repeated > limits.repeated_entries:
                if layer.blob == below:
                    unlisted += 1
                    item = replace(item, entries=[], facts={}, problems=(), sha256=None, digests={}, outside={})
                else:
                    text = "comes again, which takes the image over limits.repeated_entries, and was left out"
                    item = failed_layer(_missing(layer, text))
        if item.entries:
            entries += count
            if entries > limits.image_entries:
                item = failed_layer(_missing(layer, "takes the image over limits.image_entries and was left out"))
        if layer.blob is not None and item.digest is not None:
            seen.add(layer.blob)
            below = layer.blob if count else below
        result.append(item)
    if unlisted:
        result[-1] = replace(result[-1], problems=(*result[-1].problems, _unlisted(unlisted)))
    return result


def _unlisted(count: int) -> Problem:
    text = f"{counted(count, 'layer')} that only repeat the layer below, which changes nothing: their entries, over "
    text += "limits.repeated_entries, are not listed again"
    return Problem(level=Level.WARNING, stage="archive", code="repeated-layer", message=text)


def _facts_of(layer: LayerRef, facts: dict[str, LayerFacts]) -> LayerFacts:
    if layer.blob is not None and layer.blob in facts:
        result = facts[layer.blob]
        media_type = layer.descriptor.media_type
        if "encrypted" in media_type and not result.entries:
            return failed_layer(_missing(layer, f"is encrypted and was not read ({media_type})"))
        if media_type and "tar" not in media_type and result.complete and not result.entries:
            # Of what is said to be a tar, nothing at all is an empty layer.
            text = "no tar entry, in a layer that is not said to be a tar"
            problem = Problem(level=Level.ERROR, stage="layer", code=NOT_A_TAR, message=text, offset=0)
            return replace(result, complete=False, problems=(*result.problems, problem))
        return result
    kind = layer.descriptor.media_type
    if "foreign" in kind or "nondistributable" in kind:
        return failed_layer(_missing(layer, f"is a foreign layer ({kind}) that the archive does not hold"))
    return failed_layer(_missing(layer, "has no blob in the archive"))


def _missing(layer: LayerRef, what: str) -> Problem:
    name = layer.name or layer.descriptor.digest or layer.diff_id
    return Problem(
        level=Level.ERROR,
        stage="archive",
        code="missing-layer",
        message=f"layer {layer.index} {what}",
        source=name or None,
        diff_id=layer.diff_id or None,
    )
