"""A source to an ``Archive``: what kind it is is told by content, never by name."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from types import TracebackType

import msgspec

from imgscan.archive.directory_tar import tar_of_directory
from imgscan.archive.docker_archive import MANIFEST, REPOSITORIES, docker_images, legacy_images
from imgscan.archive.documents import Documents
from imgscan.archive.members import Evidence, MemberIndex, member_chunks, recognise
from imgscan.archive.oci_layout import INDEX, LAYOUT, Artifact, directory_image, oci_images
from imgscan.archive.store import DirectoryStore, Store, TarStore, file_chunks
from imgscan.archive.stream import StreamedMembers, SurveyFunction
from imgscan.errors import ArchiveError, InputError, ManifestError, Position, TruncatedError
from imgscan.formats.manifest import is_docker_manifest
from imgscan.layer.decompress import Buffer, compression_of, decompressed, unsupported_compression
from imgscan.model.fact import LayerFacts
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.model.problem import Problem, ProblemLog, problem_from

STDIN = "-"
WHOLE = "."
"""The blob name of a root filesystem: all of the source."""

_CHUNK = 1 << 20


class Archive:
    """An opened source: its images, and the stored bytes of any blob.

    ``format`` is one of docker-archive, docker-archive-v1, oci-archive, oci-layout, docker-dir, rootfs-tar,
    rootfs-directory. ``surveyed`` has the facts of blobs that passed while the source was opened: a stream shows them
    but once. ``artifacts`` are manifests that are no images. Close it, or use it in a ``with`` block.
    """

    def __init__(self, source: str, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.format = ""
        self.compression = "none"
        self.stored_bytes: int | None = None
        self.images: list[ImageManifest] = []
        self.artifacts: list[Artifact] = []
        self.surveyed: dict[str, LayerFacts] = {}
        self.log = ProblemLog("archive", limits.problems_per_kind)
        self._chunks: Callable[[str], Iterator[Buffer]] = _nothing
        self._descriptor: int | None = None

    def chunks(self, blob: str) -> Iterator[Buffer]:
        """Yield the stored bytes of a blob that a ``LayerRef`` names.

        Raises:
            InputError: they cannot be read, or cannot be read again.
        """
        return self._chunks(blob)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was odd or wrong on the way to the images."""
        return self.log.problems()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _nothing(blob: str) -> Iterator[Buffer]:
    raise ArchiveError("standard input can be read but once; save it to a file", Position(source=blob))


def open_archive(
    source: str,
    limits: Limits,
    survey: SurveyFunction | None = None,
    jobs: int = 1,
    passed: Callable[[int], None] | None = None,
) -> Archive:
    """Open ``source``, a path or ``-`` for standard input, and read its manifests.

    Args:
        survey: what to do with a layer's stored bytes where they can be read but once (standard input, an archive
            that is compressed as a whole); None opens the manifests alone, which standard input cannot do.
        jobs: how many layers of a stream to survey at a time.
        passed: called with the number of stored bytes of each chunk of a stream.

    Raises:
        ArchiveError: the source cannot be read or is of no known kind.
        ManifestError: a manifest or config is missing or malformed.
        LimitError: a bound of ``limits`` was hit before anything could be read.
    """
    archive = Archive(source, limits)
    try:
        _open(archive, survey, jobs, passed)
    except InputError as error:
        archive.close()
        raise _named(error, _shown_source(source)) from None
    except BaseException:
        archive.close()
        raise
    return archive


def _named(error: InputError, source: str) -> InputError:
    """Return the error with the archive's name in front of the member's: ``image.tar:manifest.json``."""
    where = error.position
    member = where.source if where.source and not where.source.startswith(source) else None
    return type(error)(error.message, replace(where, source=f"{source}:{member}" if member else where.source or source))


def _shown_source(source: str) -> str:
    return "standard input" if source == STDIN else source


def _open(archive: Archive, survey: SurveyFunction | None, jobs: int, passed: Callable[[int], None] | None) -> None:
    if archive.source == STDIN:
        _open_stream(archive, _OneShot(_read_all(sys.stdin.fileno(), "standard input")), survey, jobs, passed)
        return
    try:
        info = os.stat(archive.source)
    except (OSError, ValueError) as error:
        raise ArchiveError(getattr(error, "strerror", None) or "not a path") from None
    if stat.S_ISDIR(info.st_mode):
        _open_directory(archive)
        return
    if not (stat.S_ISREG(info.st_mode) or stat.S_ISFIFO(info.st_mode)):
        raise ArchiveError("a device or socket, neither file nor folder")
    try:
        descriptor = os.open(archive.source, os.O_RDONLY)
    except OSError as error:
        raise ArchiveError(f"cannot be opened ({error.strerror})") from None
    archive._descriptor = descriptor
    if stat.S_ISFIFO(info.st_mode):
        _open_stream(archive, _OneShot(_read_all(descriptor, archive.source)), survey, jobs, passed)
        return
    size = archive.stored_bytes = info.st_size
    head = os.pread(descriptor, 512, 0)
    archive.compression = compression_of(head)
    if archive.compression != "none":
        whole = _Again(lambda: file_chunks(descriptor, 0, size, _shown_source(archive.source)))
        _open_stream(archive, whole, survey, jobs, passed)
        return
    _refuse(head)
    _open_tar(archive, descriptor, size)


def _refuse(head: bytes) -> None:
    """Raise for what is plainly no tar."""
    if not head:
        raise ArchiveError("an empty file")
    packing = unsupported_compression(head)
    if packing:
        raise ArchiveError(f"not a tar but {packing}, which is not read", Position(offset=0))


# Folders


def _open_directory(archive: Archive) -> None:
    store = DirectoryStore(archive.source)
    documents = Documents(store, archive.limits, archive.log)
    archive._chunks = store.chunks
    manifest = documents.optional(MANIFEST) if store.find(MANIFEST) else None
    if store.find(INDEX) and (store.find(LAYOUT) or os.path.isdir(os.path.join(archive.source, "blobs"))):
        archive.format = "oci-layout"
        _take_oci(archive, documents)
    elif is_docker_manifest(manifest):
        archive.format = "docker-archive"
        archive.images = docker_images(documents)
    elif isinstance(manifest, dict) and "layers" in manifest and "config" in manifest:
        archive.format = "docker-dir"
        archive.images = [directory_image(documents)]
    else:
        archive.format = "rootfs-directory"
        archive.images = [rootfs_image()]
        archive._chunks = lambda _blob: iter(tar_of_directory(archive.source))


# Plain tars in a file


def _open_tar(archive: Archive, descriptor: int, size: int) -> None:
    quiet = ProblemLog("archive", archive.limits.problems_per_kind)
    index = MemberIndex(descriptor, size, archive.limits, quiet)
    store = TarStore(archive.source, descriptor, index.places, archive.limits)
    store.links = index.links
    archive._chunks = store.chunks
    if _take_images(archive, store, index.evidence, index.fault):
        archive.log.extend(quiet.problems())
        if index.fault is not None:
            archive.log.note(problem_from(index.fault.within(archive.source), "archive"))
        return
    archive._chunks = lambda _blob: file_chunks(descriptor, 0, size, archive.source)


def _take_images(archive: Archive, store: Store, evidence: Evidence, fault: InputError | None) -> bool:
    """Read the images that a store holds; false when it is a root filesystem.

    Raises:
        ManifestError: it is an image's archive and its manifest is missing or malformed.
    """
    documents = Documents(store, archive.limits, archive.log)
    if store.find(MANIFEST) and (is_docker_manifest(documents.optional(MANIFEST)) or not evidence.rootfs):
        archive.format = "docker-archive"
        archive.images = docker_images(documents)
        if store.find(INDEX):
            _compare_with_index(archive, documents)
    elif store.find(INDEX) and (store.find(LAYOUT) or not evidence.rootfs):
        archive.format = "oci-archive"
        _take_oci(archive, documents)
    elif store.find(REPOSITORIES) and evidence.image and not evidence.rootfs:
        archive.format = "docker-archive-v1"
        archive.images = legacy_images(documents)
        archive.log.warn("legacy-layout", "no manifest.json: read by 'repositories'; such an archive has no digests")
    elif evidence.image and not evidence.rootfs:
        if fault is not None:
            raise fault
        raise ManifestError("looks like an image's archive, but has no manifest.json or index.json")
    else:
        archive.format = "rootfs-tar"
        archive.images = [rootfs_image()]
        return False
    return True


def _take_oci(archive: Archive, documents: Documents) -> None:
    archive.images, archive.artifacts = oci_images(documents)


def _compare_with_index(archive: Archive, documents: Documents) -> None:
    """Take manifest digests and artifacts from the index of a hybrid archive; warn where the two do not agree."""
    with suppress(InputError):
        images, archive.artifacts = oci_images(documents)
        by_id = {image.image_id: image for image in images}
        known = {image.image_id for image in archive.images}
        for image in images:
            if image.image_id not in known:
                text = f"index.json has {image.title()}, manifest.json does not; loaders differ in which they follow"
                archive.log.warn("index-disagrees", text)
        archive.images = [
            _with_digest(image, by_id[image.image_id]) if image.image_id in by_id else image for image in archive.images
        ]


def _with_digest(image: ImageManifest, other: ImageManifest) -> ImageManifest:
    return msgspec.structs.replace(image, manifest_digest=other.manifest_digest, annotations=other.annotations)


def rootfs_image() -> ImageManifest:
    """Return the image that a bare root filesystem is: one layer, no config."""
    return ImageManifest(
        references=(),
        manifest_digest=None,
        image_id=None,
        platform=None,
        config=ImageConfig(),
        layers=(LayerRef(index=0, blob=WHOLE, descriptor=Descriptor()),),
    )


# Streams


def _read_all(descriptor: int, name: str) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, _CHUNK)
        except OSError as error:
            raise ArchiveError(f"cannot be read ({error.strerror})", Position(source=name)) from None
        if not chunk:
            return
        yield chunk


class _OneShot:
    """Chunks that come once: what recognising took is kept and given again."""

    again = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._kept: list[bytes] = []

    def peek(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._kept.append(chunk)
            yield chunk

    def all(self) -> Iterator[bytes]:
        while self._kept:
            yield self._kept.pop(0)
        yield from self._chunks


class _Again:
    """Chunks that can be read any number of times."""

    again = True

    def __init__(self, start: Callable[[], Iterator[bytes]]) -> None:
        self._start = start

    def peek(self) -> Iterator[bytes]:
        return self._start()

    def all(self) -> Iterator[bytes]:
        return self._start()


def _open_stream(
    archive: Archive,
    raw: _OneShot | _Again,
    survey: SurveyFunction | None,
    jobs: int,
    passed: Callable[[int], None] | None,
) -> None:
    limits = archive.limits
    peeked = raw.peek()
    head = b""
    while len(head) < 16 and (chunk := next(peeked, b"")):
        head += chunk
    archive.compression = compression_of(head)
    if archive.compression == "none":
        _refuse(head)
    evidence = recognise(decompressed(chain((head,), peeked), archive.compression, limits), limits)

    def windows() -> Iterator[Buffer]:
        return decompressed(_counted(raw.all(), passed), archive.compression, limits)

    if raw.again:
        archive._chunks = lambda blob: raw.all() if blob == WHOLE else member_chunks(windows(), blob, limits)
    if evidence.image and not evidence.rootfs:
        members = StreamedMembers(archive.source, survey or _unread, limits, jobs, archive.log)
        members.read(windows())
        archive.surveyed = members.surveyed() if survey is not None else {}
        if _take_images(archive, members.store, members.evidence, members.fault):
            _survey_small(archive, members, survey)
            return
        if not raw.again:
            text = (
                "began like an image's archive and has no manifest; save it to a file to read it as a root filesystem"
            )
            raise ManifestError(text)
        archive.surveyed = {}
    archive.format = "rootfs-tar"
    archive.images = [rootfs_image()]
    if survey is not None:
        archive.surveyed = {WHOLE: survey(_counted(raw.all(), passed))}
        if _also_an_image(archive.surveyed[WHOLE]):
            text = "read as a root filesystem, but it also has an image's manifest, which loaders would follow"
            archive.log.error("ambiguous-archive", text + "; unpack it, or save it to an uncompressed file")


def _also_an_image(facts: LayerFacts) -> bool:
    """Whether a stream that began like a root filesystem went on like an image, whose layers were not looked into."""
    top = {entry.path for entry in facts.entries if entry.path in (MANIFEST, INDEX, LAYOUT)}
    blobs = any(entry.path.startswith("blobs/") or entry.path.endswith("layer.tar") for entry in facts.entries)
    return {INDEX, LAYOUT} <= top or (MANIFEST in top and blobs)


def _counted(chunks: Iterable[bytes], passed: Callable[[int], None] | None) -> Iterator[bytes]:
    for chunk in chunks:
        if passed is not None:
            passed(len(chunk))
        yield chunk


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
