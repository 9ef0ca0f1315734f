"""A source to an ``Archive``: what kind it is is told by content, never by name."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from itertools import islice

from imgscan.archive.archive import STDIN, Archive, shown_source
from imgscan.archive.collection import begins_like_image, images_in
from imgscan.archive.directory_tar import tar_of_directory
from imgscan.archive.docker_archive import MANIFEST, docker_images
from imgscan.archive.documents import Documents
from imgscan.archive.images import AMBIGUOUS, rootfs_image, take_images, take_oci
from imgscan.archive.location import file_chunks, read_at, unreadable
from imgscan.archive.members import SYSTEM_FOLDERS, MemberIndex, note_sparse
from imgscan.archive.oci_layout import INDEX, LAYOUT, directory_image
from imgscan.archive.progress import Progress
from imgscan.archive.raw import OnePass, Rereadable, read_all
from imgscan.archive.store import DirectoryStore, TarStore
from imgscan.archive.streamed import open_stream, refuse
from imgscan.archive.streamed_members import SurveyFunction
from imgscan.errors import ArchiveError, InputError, UnreadableError
from imgscan.formats.image.manifest import is_docker_manifest, is_image_manifest
from imgscan.formats.image.shapes import MANIFEST_JSON
from imgscan.layer.decompress import compression_of
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog, problem_from
from imgscan.printable import printable
from imgscan.wording import counted, listed

_MAX_LOOKS = 100
"""Members of a tar that are looked at for whether they are images."""


def open_archive(
    source: str,
    limits: Limits,
    survey: SurveyFunction | None = None,
    jobs: int = 1,
    passed: Progress | None = None,
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
        raise _named(error, shown_source(source)) from None
    except BaseException:
        archive.close()
        raise
    return archive


def _named(error: InputError, source: str) -> InputError:
    """Return the error with the archive's name in front of the member's: ``image.tar:manifest.json``."""
    where = error.position
    inside = where.source and where.source != source and not where.source.startswith((f"{source}:", f"{source}/"))
    member = where.source if inside else None
    return type(error)(error.message, where._replace(source=f"{source}:{member}" if member else where.source or source))


def _open(archive: Archive, survey: SurveyFunction | None, jobs: int, passed: Progress | None) -> None:
    if archive.source == STDIN:
        open_stream(archive, OnePass(read_all(sys.stdin.fileno(), "standard input")), survey, jobs, passed)
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
        raise UnreadableError(f"cannot be opened ({error.strerror})") from None
    archive.descriptor = descriptor
    if stat.S_ISFIFO(info.st_mode):
        open_stream(archive, OnePass(read_all(descriptor, archive.source)), survey, jobs, passed)
        return
    size = archive.stored_bytes = info.st_size
    head = read_at(descriptor, 512, 0, None)
    archive.compression = compression_of(head)
    if archive.compression != "none":
        whole = Rereadable(lambda: file_chunks(descriptor, 0, size, shown_source(archive.source)))
        open_stream(archive, whole, survey, jobs, passed)
        return
    refuse(head)
    _open_tar(archive, descriptor, size)


def _open_directory(archive: Archive) -> None:
    store = DirectoryStore(archive.source)
    documents = Documents(store, archive.limits, archive.log)
    archive.read_blob = store.chunks
    names = _names_in(archive.source)
    system = bool(names & SYSTEM_FOLDERS)
    manifest = documents.optional(MANIFEST, MANIFEST_JSON) if store.find(MANIFEST) else None
    if LAYOUT in names or (INDEX in names and ("blobs" in names or not system)):
        archive.format = "oci-layout"
        take_oci(archive, documents)
    elif is_docker_manifest(manifest):
        archive.format = "docker-archive"
        archive.images = docker_images(documents)
    elif is_image_manifest(manifest) or (MANIFEST in names and not system):
        archive.format = "docker-dir"
        archive.images = [directory_image(documents)]
    else:
        if not system:
            _refuse_collection(archive)
        archive.format = "rootfs-directory"
        archive.images = [rootfs_image()]
        archive.read_blob = lambda _blob: tar_of_directory(archive.source, archive.log)
        return
    archive.locate = store.locate
    if system:
        archive.log.error("ambiguous-archive", AMBIGUOUS)


def _refuse_collection(archive: Archive) -> None:
    """Raise for a folder of images, which is no root filesystem; note images in one that holds other files, too."""
    found = images_in(archive.source, archive.limits)
    if not found.images:
        return
    if found.others:
        names = listed([printable(name) for name in found.images])
        text = f"read as a root filesystem, but it holds images that were not looked into: {names}"
        archive.log.error("ambiguous-archive", text)
        return
    raise ArchiveError(_name_one("a folder", found.images))


def _name_one(what: str, images: Sequence[str]) -> str:
    names = listed([printable(name) for name in images])
    return f"{what} that holds {counted(len(images), 'image archive')}, not an image: name one of them: {names}"


def _names_in(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError as error:
        raise unreadable(error, None) from None


def _open_tar(archive: Archive, descriptor: int, size: int) -> None:
    quiet = ProblemLog("archive", archive.limits.problems_per_kind)
    index = MemberIndex(descriptor, size, archive.limits, quiet)
    store = TarStore(archive.source, descriptor, index.locations, archive.limits)
    store.links = index.links
    archive.read_blob = store.chunks
    if take_images(archive, store, index.evidence, index.fault):
        archive.locate = store.locate
        for entry in index.sparse:
            note_sparse(quiet, entry)
        archive.log.extend(quiet.problems())
        if index.fault is not None:
            archive.log.note(problem_from(index.fault.within(archive.source), "archive"))
        return
    if not index.evidence.rootfs:
        members = index.locations.items()
        found = [
            name
            for name, location in islice(members, _MAX_LOOKS)
            if begins_like_image(descriptor, *location, archive.limits)
        ]
        if found:
            raise ArchiveError(_name_one("a tar", found))
    archive.read_blob = lambda _blob: file_chunks(descriptor, 0, size, archive.source)
