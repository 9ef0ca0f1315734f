"""Sources that pass in order: standard input, pipes, archives compressed as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from imgscan.archive.blobs.archive import WHOLE, Archive, Blobs, passed_once
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.members import member_chunks, recognise
from imgscan.archive.blobs.opened import INDEX, LAYOUT, Opened
from imgscan.archive.blobs.progress import BytesRead, with_progress
from imgscan.archive.blobs.raw import OnePass, Rereadable
from imgscan.archive.blobs.streamed_members import StreamedMembers, SurveyFunction
from imgscan.archive.forms.root_filesystem import RootFilesystem
from imgscan.archive.forms.table import read_images
from imgscan.errors import ArchiveError, LimitError, ManifestError, Position, TruncatedError
from imgscan.layer.decompress import Buffer, compression_of, decompressed, unsupported_compression
from imgscan.layer.file import first_bytes
from imgscan.layer.resumed import RESUMABLE, ResumedStream
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog


def refuse(head: bytes) -> None:
    """Raise for what is plainly no tar."""
    if not head:
        raise ArchiveError("an empty file")
    packing = unsupported_compression(head)
    if packing:
        raise ArchiveError(f"not a tar but {packing}, which is not read", Position(offset=0))


def open_stream(
    source: str,
    limits: Limits,
    log: ProblemLog,
    raw: OnePass | Rereadable,
    survey: SurveyFunction | None,
    jobs: int,
    passed: BytesRead | None,
    stored_bytes: int | None = None,
    descriptor: int | None = None,
) -> Archive:
    """Read an archive in order; its layers are surveyed as they pass, or, with ``survey`` None, left unread.

    Raises:
        InputError: it is no tar, or an image's archive without a readable manifest.
    """
    peeked = raw.peek()
    head = b""
    while len(head) < 16 and (chunk := next(peeked, b"")):
        head += chunk
    compression = compression_of(head)
    if compression == "none":
        refuse(head)
    evidence = recognise(decompressed(chain((head,), peeked), compression, limits), limits)

    def windows() -> Iterator[Buffer]:
        return decompressed(with_progress(raw.all(), passed), compression, limits)

    members = StreamedMembers(source, survey or _unread, limits, jobs, log)
    facts: dict[str, LayerFacts] = {}

    def surveyed(images: Sequence[ImageManifest]) -> Mapping[str, LayerFacts]:
        return facts if survey is None else {**facts, **_surveyed_small(images, members, facts, survey)}

    def whole_surveyed(_images: Sequence[ImageManifest]) -> Mapping[str, LayerFacts]:
        return {} if survey is None else {WHOLE: survey(with_progress(raw.all(), passed))}

    stretch = _stretch(raw, compression, limits) if isinstance(raw, Rereadable) else None

    def member_stretch(blob: str, start: int, size: int) -> Iterator[Buffer]:
        assert stretch is not None
        return stretch(members.store.offsets[blob] + start, min(size, members.store.sizes[blob] - start))

    opened = Opened(
        source=source,
        limits=limits,
        log=log,
        documents=Documents(members.store, limits, log),
        evidence=evidence,
        members=Blobs(
            (lambda blob: member_chunks(windows(), blob, limits)) if raw.rereadable else passed_once,
            size=members.store.sizes.get,
            stretch=member_stretch if stretch is not None else None,
        ),
        whole=Blobs(
            (lambda _blob: raw.all()) if raw.rereadable else passed_once,
            size=lambda _blob: stored_bytes,
            stretch=(lambda _blob, start, size: raw.medium.stretch(start, size))
            if isinstance(raw, Rereadable)
            else None,
        ),
        surveyed=surveyed,
        compression=compression,
        stored_bytes=stored_bytes,
        descriptor=descriptor,
    )
    if evidence.image and not evidence.system:
        members.read(windows())
        if survey is not None:
            facts |= members.surveyed()
        opened = replace(opened, evidence=members.evidence, fault=members.fault)
        archive = read_images(opened)
        if archive is not None:
            return archive
        if isinstance(members.fault, LimitError):  # the manifest may have been to come
            raise members.fault
        if not raw.rereadable:
            text = (
                "began like an image's archive and has no manifest; save it to a file to read it as a root filesystem"
            )
            raise ManifestError(text)
    archive = RootFilesystem().read(replace(opened, surveyed=whole_surveyed))
    if WHOLE in archive.surveyed and _also_an_image(archive.surveyed[WHOLE]):
        text = "read as a root filesystem, but it also has an image's manifest, which loaders would follow"
        log.error("ambiguous-archive", text + "; unpack it, or save it to an uncompressed file")
    return archive


def _stretch(raw: Rereadable, compression: str, limits: Limits) -> Callable[[int, int], Iterator[bytes]] | None:
    """Return how a range of an archive that is compressed as a whole is read; None for by its beginning alone."""
    if compression not in RESUMABLE:
        return None
    medium = raw.medium
    resumed = ResumedStream(lambda offset: medium.stretch(offset, medium.size - offset), compression, limits)
    return lambda start, size: first_bytes(resumed.pieces(start), size)


def _also_an_image(facts: LayerFacts) -> bool:
    """Whether a stream that began like a root filesystem went on like an image, whose layers were not looked into."""
    return facts.loadable or {INDEX, LAYOUT} <= {entry.path for entry in facts.entries}


def _unread(chunks: Iterable[Buffer]) -> LayerFacts:
    """Let a blob pass unread; raises the truncation it may end in."""
    for _ in chunks:
        pass
    raise TruncatedError("not read")


def _surveyed_small(
    images: Sequence[ImageManifest], members: StreamedMembers, facts: Mapping[str, LayerFacts], survey: SurveyFunction
) -> dict[str, LayerFacts]:
    """Return the facts of the layers that were kept as small blobs, which only the manifest tells from documents."""
    result: dict[str, LayerFacts] = {}
    for layer in chain.from_iterable(image.layers for image in images):
        if layer.blob in members.store.blobs and layer.blob not in facts and layer.blob not in result:
            result[layer.blob] = survey(members.store.chunks(layer.blob))
    return result
