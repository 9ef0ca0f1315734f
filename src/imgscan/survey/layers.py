"""All layers of some images, surveyed side by side, and held against what their manifests promise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from threading import Event

import msgspec
from msgspec.structs import replace

from imgscan.archive.archive import WHOLE, Archive, shown_source
from imgscan.archive.documents import ALGORITHMS
from imgscan.archive.progress import Progress, counted
from imgscan.errors import ArchiveError, InputError, Position
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem, problem_from
from imgscan.survey.spread import Spread
from imgscan.survey.survey import Surveyor, failed_layer
from imgscan.survey.task import LayerTask

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
    progress: Progress | None,
    facts: dict[str, LayerFacts],
    spread: Spread | None = None,
) -> Iterator[LayerDone]:
    """Survey every blob that the images name, each once, into ``facts``: several by ``spread``, others in threads."""
    facts.update(archive.surveyed)
    wanted: dict[str, tuple[str, str]] = {}
    for manifest in manifests:
        for layer in manifest.layers:
            if layer.blob is not None and layer.blob not in facts:
                wanted.setdefault(layer.blob, (_algorithm(layer.descriptor.digest), _algorithm(layer.diff_id)))

    total = len(wanted)
    if spread is not None:
        tasks = _tasks(archive, wanted, spread)
        if tasks and surveyor.patterns is not None:
            surveyor.patterns.compiled()  # once, for all processes that are forked from this one
        for blob, found in spread.survey(tasks, progress):
            facts[blob] = found
            del wanted[blob]
            yield LayerDone(found.diff_id, total - len(wanted), total, found.complete)
    stopped = Event()

    def tell(count: int) -> None:
        if stopped.is_set():
            raise ArchiveError("reading was stopped")
        if progress is not None:
            progress(count)

    read = surveyor.in_common()

    def survey(blob: str, algorithms: tuple[str, str]) -> LayerFacts:
        try:
            return read(counted(archive.chunks(blob), tell), *algorithms)
        except InputError as error:
            return failed_layer(problem_from(error, "archive"))

    with ThreadPoolExecutor(jobs, thread_name_prefix="imgscan-layer") as pool:
        futures = {pool.submit(survey, blob, algorithms): blob for blob, algorithms in wanted.items()}
        try:
            for number, future in enumerate(as_completed(futures), total - len(futures) + 1):
                found = facts[futures[future]] = future.result()
                yield LayerDone(found.diff_id, number, total, found.complete)
        finally:  # nobody listens any more (an interrupt, an iteration left): end the reading soon
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _algorithm(promised: str) -> str:
    name = promised.partition(":")[0]
    return name if name in ALGORITHMS else "sha256"


def _tasks(archive: Archive, wanted: dict[str, tuple[str, str]], spread: Spread) -> dict[str, LayerTask]:
    """Return the tasks of the large blobs that other processes can read; none for a single one, which gains nothing."""
    places = {}
    for blob in wanted:
        with suppress(InputError):  # told when it is read here
            place = archive.place(blob)
            if place is not None and place.size >= SMALL:
                places[blob] = place
    if len(places) < 2:
        return {}
    return {blob: LayerTask(place, wanted[blob], spread.settings) for blob, place in places.items()}


def facts_of_all(manifest: ImageManifest, facts: dict[str, LayerFacts], limits: Limits) -> list[LayerFacts]:
    """Return the facts of an image's layers from the bottom up.

    A layer that is not there has none but a problem; nor have those from the one on that takes the image over
    ``limits.image_entries``: a small archive can name one layer any number of times.
    """
    found: list[LayerFacts] = []
    entries = 0
    for layer in manifest.layers:
        item = _facts_of(layer, facts)
        entries += len(item.entries)
        if entries > limits.image_entries:
            item = failed_layer(_missing(layer, "takes the image over limits.image_entries and was left out"))
        found.append(item)
    return found


def _facts_of(layer: LayerRef, facts: dict[str, LayerFacts]) -> LayerFacts:
    if layer.blob is not None and layer.blob in facts:
        found = facts[layer.blob]
        if "encrypted" in layer.descriptor.media_type and not found.entries:
            return failed_layer(_missing(layer, "is encrypted and was not read"))
        return found
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


def equal(promised: str, computed: str | None) -> bool | None:
    """Whether a computed digest is the promised one; None where the two cannot be compared."""
    if not promised or computed is None or promised.partition(":")[0] != computed.partition(":")[0]:
        return None
    return promised == computed


def layer_problems(manifest: ImageManifest, layers: Sequence[LayerFacts]) -> list[Problem]:
    """Return the layers' own problems, completed with their place, and what does not verify."""
    found: list[Problem] = []
    for ref, facts in zip(manifest.layers, layers, strict=True):
        diff_id = ref.diff_id or facts.diff_id
        source = ref.blob if ref.blob not in (None, WHOLE) else None
        found += [
            replace(problem, source=problem.source or source, diff_id=problem.diff_id or diff_id)
            for problem in facts.problems
        ]
        for what, promised, computed in (
            ("digest", ref.descriptor.digest, facts.digest),
            ("diff_id", ref.diff_id, facts.diff_id),
        ):
            if equal(promised, computed) is False:
                text = f"layer {ref.index}: its {what} is {computed}, promised was {promised}"
                found.append(_layer_error("digest-mismatch", text, source, diff_id))
            elif promised and computed is not None and equal(promised, computed) is None:
                text = f"layer {ref.index}: its {what} is promised as {promised}, which could not be verified"
                found.append(_layer_error("digest-unverified", text, source, diff_id))
        if ref.descriptor.size not in (-1, facts.stored_bytes) and facts.digest is not None:
            text = f"layer {ref.index}: {facts.stored_bytes} stored bytes, its descriptor says {ref.descriptor.size}"
            found.append(_layer_error("size-mismatch", text, source, diff_id))
    return found


def _layer_error(code: str, text: str, source: str | None, diff_id: str | None) -> Problem:
    return Problem(level=Level.ERROR, stage="layer", code=code, message=text, source=source, diff_id=diff_id)


def refuse_unread(archive: Archive, manifest: ImageManifest, layers: Sequence[LayerFacts]) -> None:
    """Raise ArchiveError for a root filesystem of which not one entry could be read: it is none."""
    if [layer.blob for layer in manifest.layers] != [WHOLE] or layers[0].entries:
        return
    if not layers[0].complete or not layers[0].problems:
        problem = next((problem for problem in layers[0].problems if problem.level is Level.ERROR), None)
        message = problem.message if problem else "a tar without entries"
        where = Position(source=shown_source(archive.source), offset=problem.offset if problem else 0)
        raise ArchiveError(f"neither an image nor a root filesystem: {message}", where)
