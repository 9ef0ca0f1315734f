"""The tasks of a fleet, as they run in any process on any machine that sees the fleet's folder and the sources."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.opener import open_archive
from imgscan.archive.select import select_images
from imgscan.archive.source import SourceLike
from imgscan.engine.conclude import report_on
from imgscan.errors import CollectionError, ImgscanError, InputError, SelectionError
from imgscan.fleet.brought import result_of
from imgscan.fleet.files import write_whole
from imgscan.fleet.job import Job
from imgscan.fleet.naming import ending_of, report_stem
from imgscan.fleet.remote import RemoteFile
from imgscan.fleet.session import Session, session_of
from imgscan.fleet.sources import opened
from imgscan.fleet.values import (
    Claim,
    Collected,
    ImageResult,
    Plan,
    PlannedLayer,
    Refused,
    Reported,
    Share,
    Surveyed,
)
from imgscan.layer.budget import ExpansionBudget
from imgscan.layer.decompress import Buffer, compression_of
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.model.timing import Stopwatch
from imgscan.report.document import Report
from imgscan.report.handover import selected, with_details
from imgscan.report.writers import Style, writer_of
from imgscan.survey.layers import survey_layers

_IMAGES_AT_ONCE = 8
"""Images of one source in a task: each task opens the source, and that reads all of its manifests."""

_HEAD_BYTES = 16


def plan_source(job: Job, source: str) -> Plan | Collected | Refused:
    """Read a source's manifests, and say which layers there are to survey and which images to report on.

    A source that is compressed as a whole is read but once, by the task that reports on it: nothing is planned of it.
    """
    session, limits = session_of(job), job.options.limits
    try:
        with opened(source) as readable:
            if _is_compressed(readable):
                return Plan((), (Share((), ()),))
            with open_archive(readable, limits) as archive:
                manifests = select_images(archive.images, None, job.options.platform, every=True)
                _refuse_many(manifests, limits)
                return _planned(archive, manifests, session)
    except CollectionError as error:
        return Collected(tuple(os.path.join(source, name) for name in error.images))
    except (InputError, SelectionError) as error:
        return _refused(source, error)


def _is_compressed(readable: SourceLike) -> bool:
    try:
        if isinstance(readable, RemoteFile):
            head = readable.read(_HEAD_BYTES)
            readable.seek(0)
        elif isinstance(readable, str) and os.path.isfile(readable):
            with open(readable, "rb") as file:  # noqa: PTH123 (paths are texts here)
                head = file.read(_HEAD_BYTES)
        else:
            return False
    except Exception:  # noqa: BLE001 (of whatever library: who reads it next says what is wrong)
        return False
    return compression_of(head) != "none"


def _refuse_many(manifests: Sequence[ImageManifest], limits: Limits) -> None:
    if len(manifests) > max(limits.reports, 1):
        raise SelectionError(f"{len(manifests)} images, more than limits.reports ({limits.reports})")


def _planned(archive: Archive, manifests: Sequence[ImageManifest], session: Session) -> Plan:
    positions = {id(manifest): number for number, manifest in enumerate(archive.images)}
    layers: dict[str, PlannedLayer] = {}
    shares = []
    for start in range(0, len(manifests), _IMAGES_AT_ONCE):
        group = manifests[start : start + _IMAGES_AT_ONCE]
        blobs: dict[str, None] = {}
        for layer in (layer for manifest in group for layer in manifest.layers):
            if layer.blob is not None and layer.blob not in layers:
                planned = _planned_layer(archive, layer.blob, layer, session)
                if planned is not None:
                    layers[layer.blob] = planned
            if layer.blob in layers:
                blobs[layer.blob] = None
        shares.append(Share(tuple(positions[id(manifest)] for manifest in group), tuple(blobs)))
    return Plan(tuple(layers.values()), tuple(shares))


def _planned_layer(archive: Archive, blob: str, layer: LayerRef, session: Session) -> PlannedLayer | None:
    """Return a layer that can be surveyed by itself: one that a digest names, and none but of the usual kind."""
    promised = layer.descriptor.digest or layer.diff_id
    if not all(digest.startswith("sha256:") for digest in (layer.descriptor.digest, layer.diff_id) if digest):
        return None
    try:
        location = archive.locate(blob)
    except InputError:
        return None  # whoever reads it says so
    if not promised:
        return None
    return PlannedLayer(
        blob=blob,
        claim=Claim(promised, location.size if location is not None else layer.descriptor.size),
        digest=layer.descriptor.digest,
        diff_id=layer.diff_id,
        location=location,
        kept=session.facts.has(promised),
    )


def survey_layer(job: Job, source: str, layer: PlannedLayer) -> Surveyed:
    """Survey a layer, and keep its facts where it is what was promised and was read whole.

    What is wrong with another one is seen again, and said, by the task that reports on its image.
    """
    session, begun = session_of(job), time.process_time()
    if session.facts.has(layer.claim.digest):  # a task that ran before, on a machine that was lost after it was done
        return Surveyed(layer.claim.digest, 0, 0.0, known=True)
    deadline = Deadline(job.options.timeout).reading()
    budget = ExpansionBudget(0)
    try:
        with _chunks_of(source, layer, job.options.limits) as chunks:
            facts = session.prepared.surveyor.survey(chunks, budget=budget, check=deadline.check)
    except InputError:
        return Surveyed(None, 0, time.process_time() - begun)
    whole = not budget.drawn and _is_as_promised(facts, layer.digest, layer.diff_id)
    if whole:
        session.facts.put(facts)
    return Surveyed(facts.digest if whole else None, facts.uncompressed_bytes, time.process_time() - begun)


def _is_as_promised(facts: LayerFacts, digest: str, diff_id: str) -> bool:
    """Whether a layer was read whole, by all who looked at it, and is what manifest and config say."""
    promised = digest in ("", facts.digest) and diff_id in ("", facts.diff_id)
    return promised and facts.complete and not facts.failed and facts.digest is not None


@contextmanager
def _chunks_of(source: str, layer: PlannedLayer, limits: Limits) -> Iterator[Iterator[Buffer]]:
    if layer.location is not None:
        with layer.location.opened() as chunks:
            yield chunks
        return
    with opened(source) as readable, open_archive(readable, limits) as archive:
        yield archive.chunks(layer.blob)


def report_on_share(job: Job, source: str, share: Share, known: Mapping[str, tuple[str, bool]]) -> Reported | Refused:
    """Report on some images of a source, with the facts that are kept on their layers.

    ``known`` has for blobs the digest under which there may be facts, and whether that was computed from these very
    bytes in this run: all others are read and held against it. Layers without facts are surveyed here.
    """
    session, options, begun = session_of(job), job.options, time.process_time()
    surveyor = session.prepared.surveyor
    deadline = Deadline(options.timeout)
    reading = deadline.reading()
    survey = surveyor.in_common(reading.check)
    passed = reading.watching(None)
    images: list[ImageResult] = []
    refused: list[Refused] = []
    try:
        with opened(source) as readable, open_archive(readable, options.limits, survey, 1, passed) as archive:
            manifests = _of_share(archive, share, options.platform)
            _refuse_many([manifest for _, manifest in manifests], options.limits)
            facts = dict(archive.surveyed)
            hashed = _take_kept(archive, [manifest for _, manifest in manifests], known, session, facts, reading.check)
            taken = set(facts)
            for _ in survey_layers(archive, [item for _, item in manifests], surveyor, 1, None, facts, None, reading):
                pass
            _keep(facts, taken, [manifest for _, manifest in manifests], session)
            for position, manifest in manifests:
                try:
                    report = report_on(archive, manifest, facts, session.prepared, Stopwatch(), deadline)
                except InputError as error:
                    several = len(archive.images) > 1
                    refused.append(_refused(f"{source}@{position}" if several else source, error))
                else:
                    images.append(_written(job, source, position, report))
    except (InputError, SelectionError) as error:
        return _refused(source, error)
    seconds = time.process_time() - begun
    return Reported(tuple(images), tuple(refused), len(facts) - len(taken), hashed, seconds)


def _of_share(archive: Archive, share: Share, platform: str | None) -> list[tuple[int, ImageManifest]]:
    """Return the images of a share with their positions.

    Raises:
        SelectionError: the source has them no more.
    """
    if not share.positions:
        chosen = {id(manifest) for manifest in select_images(archive.images, None, platform, every=True)}
        return [(number, item) for number, item in enumerate(archive.images) if id(item) in chosen]
    if share.positions[-1] >= len(archive.images):
        raise SelectionError("another archive by now")
    return [(position, archive.images[position]) for position in share.positions]


def _take_kept(
    archive: Archive,
    manifests: Sequence[ImageManifest],
    known: Mapping[str, tuple[str, bool]],
    session: Session,
    facts: dict[str, LayerFacts],
    check: Callable[[], None],
) -> int:
    """Add the facts that are kept on layers of these images; return how many bytes were read to be sure of them."""
    hashed = 0
    for blob in dict.fromkeys(layer.blob for manifest in manifests for layer in manifest.layers):
        if blob is None or blob in facts or blob not in known:
            continue
        digest, computed = known[blob]
        if not computed:
            if not session.facts.has(digest):
                continue
            try:
                count, actual = _digest_of(archive.chunks(blob), check)
            except InputError:
                continue  # it is read once more, by the survey, which says what is wrong and keeps what can be read
            hashed += count
            if actual != digest:
                continue
        kept = session.facts.get(digest)
        if kept is not None:
            facts[blob] = kept
    return hashed


def _digest_of(chunks: Iterator[Buffer], check: Callable[[], None]) -> tuple[int, str]:
    digest, size = sha256(), 0
    for chunk in chunks:
        check()
        digest.update(chunk)
        size += len(chunk)
    return size, f"sha256:{digest.hexdigest()}"


def _keep(
    facts: Mapping[str, LayerFacts], taken: set[str], manifests: Sequence[ImageManifest], session: Session
) -> None:
    """Keep the facts of layers that were surveyed here, for images of other sources."""
    for layer in (layer for manifest in manifests for layer in manifest.layers):
        result = None if layer.blob is None or layer.blob in taken else facts.get(layer.blob)
        promised = layer.descriptor.digest, layer.diff_id
        if result is not None and any(promised) and _is_as_promised(result, *promised):
            session.facts.put(result)


def _written(job: Job, source: str, position: int, report: Report) -> ImageResult:
    code = job.code_of(report)  # before anything is left out of it
    handed = report if job.least is None else selected(report, job.least)
    handed = with_details(handed, job.date, job.details)
    stem, names = report_stem(source, position), {}
    for form in job.formats:
        names[form] = f"reports/{stem}.{ending_of(form)}"
        write_whole(os.path.join(job.out, names[form]), writer_of(form)((handed,), Style()))
    return result_of(report, position, names, code)


def _refused(source: str, error: ImgscanError) -> Refused:
    return Refused(source, error.message if isinstance(error, InputError) else str(error))
