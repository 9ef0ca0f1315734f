"""A source to an ``Archive``: its form shows in its content, never in its name."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice

from imgscan.archive.blobs.archive import STDIN, Archive, Blobs, passed_once, shown_source
from imgscan.archive.blobs.directory_tar import tar_of_directory
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.location import read_at, unreadable
from imgscan.archive.blobs.medium import Medium, medium_of_file
from imgscan.archive.blobs.members import SYSTEM_FOLDERS, Evidence, MemberIndex, note_sparse
from imgscan.archive.blobs.opened import Opened
from imgscan.archive.blobs.progress import BytesRead
from imgscan.archive.blobs.raw import OnePass, Rereadable, read_all
from imgscan.archive.blobs.store import DirectoryStore, TarStore
from imgscan.archive.blobs.streamed_members import SurveyFunction
from imgscan.archive.collection import begins_like_image, images_in
from imgscan.archive.forms.root_filesystem import RootFilesystem
from imgscan.archive.forms.table import read_images
from imgscan.archive.source import (
    BinaryFile,
    SourceLike,
    SourceStore,
    is_seekable,
    medium_of_bytes,
    medium_of_file_object,
    name_of,
    pieces_of,
)
from imgscan.archive.streamed import open_stream, refuse
from imgscan.errors import ArchiveError, CollectionError, InputError, UnreadableError
from imgscan.layer.decompress import compression_of
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog, problem_from
from imgscan.printable import printable
from imgscan.wording import counted, listed

_MAX_LOOKS = 100
"""Members of a tar that are looked at for whether they are images."""


def open_archive(
    source: SourceLike,
    limits: Limits,
    survey: SurveyFunction | None = None,
    jobs: int = 1,
    passed: BytesRead | None = None,
) -> Archive:
    """Open ``source`` (a path, ``-`` for standard input, bytes, a file object, named blobs) and read its manifests.

    Args:
        survey: what to do with a layer's stored bytes where they can be read but once (standard input, an archive
            that is compressed as a whole); None opens the manifests alone, which standard input cannot do.
        jobs: how many layers of a stream to survey at a time.
        passed: called with the number of stored bytes of each chunk of a stream.

    Raises:
        TypeError: ``source`` is nothing that an image can be read from.
        ArchiveError: the source cannot be read or is of no known kind.
        ManifestError: a manifest or config is missing or malformed.
        LimitError: a bound of ``limits`` was hit before anything could be read.
    """
    name = name_of(source)
    with ExitStack() as stack:
        try:
            archive = _open(source, name, limits, survey, jobs, passed, stack)
        except InputError as error:
            raise _named(error, shown_source(name)) from error.__cause__
        stack.pop_all()  # from here on the archive closes the file
        return archive


def _named(error: InputError, source: str) -> InputError:
    """Return the error with the archive's name in front of the member's: ``image.tar:manifest.json``."""
    where = error.position
    inside = where.source and where.source != source and not where.source.startswith((f"{source}:", f"{source}/"))
    member = where.source if inside else None
    return error.at(where._replace(source=f"{source}:{member}" if member else where.source or source))


def _open(
    source: SourceLike,
    name: str,
    limits: Limits,
    survey: SurveyFunction | None,
    jobs: int,
    passed: BytesRead | None,
    stack: ExitStack,
) -> Archive:
    """Open a source of any kind; ``stack`` closes the file if that fails."""
    log = ProblemLog("archive", limits.problems_per_kind)
    if isinstance(source, str | os.PathLike):
        return _open_path(name, limits, log, survey, jobs, passed, stack)
    if isinstance(source, bytes | bytearray | memoryview):
        return _open_medium(medium_of_bytes(source), limits, log, survey, jobs, passed)
    if isinstance(source, BinaryFile):
        if is_seekable(source):
            return _open_medium(medium_of_file_object(source), limits, log, survey, jobs, passed)
        return open_stream(name, limits, log, OnePass(pieces_of(source)), survey, jobs, passed)
    return _open_blobs(SourceStore(source), limits, log)


def _open_path(
    source: str,
    limits: Limits,
    log: ProblemLog,
    survey: SurveyFunction | None,
    jobs: int,
    passed: BytesRead | None,
    stack: ExitStack,
) -> Archive:
    if source == STDIN:
        once = OnePass(read_all(sys.stdin.fileno(), "standard input"))
        return open_stream(source, limits, log, once, survey, jobs, passed)
    try:
        info = os.stat(source)
    except (OSError, ValueError) as error:
        raise ArchiveError(getattr(error, "strerror", None) or "not a path") from None
    if stat.S_ISDIR(info.st_mode):
        return _open_directory(source, limits, log)
    if not (stat.S_ISREG(info.st_mode) or stat.S_ISFIFO(info.st_mode)):
        raise ArchiveError("a device or socket, neither file nor folder")
    try:
        descriptor = os.open(source, os.O_RDONLY)
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({error.strerror})") from None
    stack.callback(os.close, descriptor)
    if stat.S_ISFIFO(info.st_mode):
        once = OnePass(read_all(descriptor, source))
        return open_stream(source, limits, log, once, survey, jobs, passed, None, descriptor)
    medium = medium_of_file(source, descriptor, info.st_size)
    return _open_medium(medium, limits, log, survey, jobs, passed)


def _open_medium(
    medium: Medium,
    limits: Limits,
    log: ProblemLog,
    survey: SurveyFunction | None,
    jobs: int,
    passed: BytesRead | None,
) -> Archive:
    """Open what can be read from anywhere: where it is compressed as a whole, by passing through it."""
    head = read_at(medium.reads, 512, 0, None)
    if compression_of(head) != "none":
        whole = Rereadable(medium)
        return open_stream(medium.name, limits, log, whole, survey, jobs, passed, medium.size, medium.descriptor)
    refuse(head)
    return _open_tar(medium, limits, log)


def _open_blobs(store: SourceStore, limits: Limits, log: ProblemLog) -> Archive:
    evidence = Evidence()
    evidence.image = True  # blobs by names are no root filesystem
    opened = Opened(
        source=store.source,
        limits=limits,
        log=log,
        documents=Documents(store, limits, log),
        evidence=evidence,
        members=Blobs(store.chunks, size=store.size, stretch=store.stretch if store.is_ranged else None),
        whole=Blobs(passed_once),  # never asked for
    )
    archive = read_images(opened)
    assert archive is not None  # without a manifest that raises
    return archive


def _open_directory(source: str, limits: Limits, log: ProblemLog) -> Archive:
    store = DirectoryStore(source)
    names = _names_in(source)
    evidence = Evidence()
    evidence.system = bool(names & SYSTEM_FOLDERS)
    opened = Opened(
        source=source,
        limits=limits,
        log=log,
        documents=Documents(store, limits, log),
        evidence=evidence,
        members=Blobs(store.chunks, store.locate, store.size),
        whole=Blobs(lambda _blob: tar_of_directory(source, log)),
        names=frozenset(names),
    )
    archive = read_images(opened)
    if archive is not None:
        return archive
    if not evidence.system:
        _refuse_collection(source, limits, log)
    return RootFilesystem().read(opened)


def _refuse_collection(folder: str, limits: Limits, log: ProblemLog) -> None:
    """Raise for a folder of images, which is no root filesystem; note images in one that holds other files, too."""
    result = images_in(folder, limits)
    if not result.images:
        return
    if result.others:
        names = listed([printable(name) for name in result.images])
        text = f"read as a root filesystem, but it holds images that were not looked into: {names}"
        log.error("ambiguous-archive", text)
        return
    raise CollectionError(_name_one("a folder", result.images), images=result.images)


def _name_one(what: str, images: Sequence[str]) -> str:
    names = listed([printable(name) for name in images])
    return f"{what} that holds {counted(len(images), 'image archive')}, not an image: name one of them: {names}"


def _names_in(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError as error:
        raise unreadable(error, None) from None


def _open_tar(medium: Medium, limits: Limits, log: ProblemLog) -> Archive:
    quiet = ProblemLog("archive", limits.problems_per_kind)
    index = MemberIndex(medium.reads, medium.size, limits, quiet)
    store = TarStore(medium, index.locations, limits)
    store.links = index.links
    opened = Opened(
        source=medium.name,
        limits=limits,
        log=log,
        documents=Documents(store, limits, log),
        evidence=index.evidence,
        members=Blobs(store.chunks, store.locate, store.size, store.stretch),
        whole=Blobs(
            lambda _blob: medium.chunks(),
            lambda _blob: medium.locate(0, medium.size, medium.name),
            lambda _blob: medium.size,
            lambda _blob, start, size: medium.stretch(start, size),
        ),
        fault=index.fault,
        stored_bytes=medium.size,
        descriptor=medium.descriptor,
    )
    archive = read_images(opened)
    if archive is not None:
        for entry in index.sparse:
            note_sparse(quiet, entry)
        log.extend(quiet.problems())
        if index.fault is not None:
            log.note(problem_from(index.fault.within(medium.name), "archive"))
        return archive
    if not index.evidence.rootfs:
        members = islice(index.locations.items(), _MAX_LOOKS)
        images = [name for name, location in members if begins_like_image(medium.reads, *location, limits)]
        if images:
            raise ArchiveError(_name_one("a tar", images))
    return RootFilesystem().read(opened)
