"""Sources that pass in order: standard input, pipes, archives compressed as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from imgscan.archive.archive import WHOLE, Archive
from imgscan.archive.images import rootfs_image, take_images
from imgscan.archive.members import member_chunks, recognise
from imgscan.archive.oci_layout import INDEX, LAYOUT
from imgscan.archive.progress import Progress, with_progress
from imgscan.archive.raw import OnePass, Rereadable
from imgscan.archive.streamed_members import StreamedMembers, SurveyFunction
from imgscan.errors import ArchiveError, LimitError, ManifestError, Position, TruncatedError
from imgscan.layer.decompress import Buffer, compression_of, decompressed, unsupported_compression
from imgscan.model.fact import LayerFacts


def refuse(head: bytes) -> None:
    """Raise for what is plainly no tar."""
    if not head:
        raise ArchiveError("an empty file")
    packing = unsupported_compression(head)
    if packing:
        raise ArchiveError(f"not a tar but {packing}, which is not read", Position(offset=0))


def open_stream(
    archive: Archive,
    raw: OnePass | Rereadable,
    survey: SurveyFunction | None,
    jobs: int,
    passed: Progress | None,
) -> None:
    """Read an archive in order; its layers are surveyed as they pass, or, with ``survey`` None, left unread.

    Raises:
        InputError: it is no tar, or an image's archive without a readable manifest.
    """
    limits = archive.limits
    peeked = raw.peek()
    head = b""
    while len(head) < 16 and (chunk := next(peeked, b"")):
        head += chunk
    archive.compression = compression_of(head)
    if archive.compression == "none":
        refuse(head)
    evidence = recognise(decompressed(chain((head,), peeked), archive.compression, limits), limits)

    def windows() -> Iterator[Buffer]:
        return decompressed(with_progress(raw.all(), passed), archive.compression, limits)

    if raw.rereadable:
        archive.read_blob = lambda blob: raw.all() if blob == WHOLE else member_chunks(windows(), blob, limits)
    if evidence.image and not evidence.system:
        members = StreamedMembers(archive.source, survey or _unread, limits, jobs, archive.log)
        members.read(windows())
        archive.surveyed = members.surveyed() if survey is not None else {}
        if take_images(archive, members.store, members.evidence, members.fault):
            _survey_small(archive, members, survey)
            return
        if isinstance(members.fault, LimitError):  # the manifest may have been to come
            raise members.fault
        if not raw.rereadable:
            text = (
                "began like an image's archive and has no manifest; save it to a file to read it as a root filesystem"
            )
            raise ManifestError(text)
        archive.surveyed = {}
    archive.format = "rootfs-tar"
    archive.images = [rootfs_image()]
    if survey is not None:
        archive.surveyed = {WHOLE: survey(with_progress(raw.all(), passed))}
        if _also_an_image(archive.surveyed[WHOLE]):
            text = "read as a root filesystem, but it also has an image's manifest, which loaders would follow"
            archive.log.error("ambiguous-archive", text + "; unpack it, or save it to an uncompressed file")


def _also_an_image(facts: LayerFacts) -> bool:
    """Whether a stream that began like a root filesystem went on like an image, whose layers were not looked into."""
    return facts.loadable or {INDEX, LAYOUT} <= {entry.path for entry in facts.entries}


def _unread(chunks: Iterable[Buffer]) -> LayerFacts:
    """Let a blob pass unread; raises the truncation it may end in."""
    for _ in chunks:
        pass
    raise TruncatedError("not read")


def _survey_small(archive: Archive, members: StreamedMembers, survey: SurveyFunction | None) -> None:
    """Survey the layers that were kept as small blobs."""
    if survey is None:
        return
    for image in archive.images:
        for layer in image.layers:
            if layer.blob is not None and layer.blob in members.store.blobs and layer.blob not in archive.surveyed:
                archive.surveyed[layer.blob] = survey(members.store.chunks(layer.blob))
