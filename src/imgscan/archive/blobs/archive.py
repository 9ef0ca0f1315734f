"""An opened source."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from types import TracebackType
from typing import NamedTuple, TypeAlias

import msgspec

from imgscan.archive.blobs.location import BlobLocation
from imgscan.archive.blobs.store import Store
from imgscan.errors import ArchiveError, LimitError, Position, UsageError
from imgscan.layer.decompress import Buffer
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest
from imgscan.model.limits import Limits
from imgscan.model.problem import Problem, ProblemLog

STDIN = "-"
WHOLE = "."
"""The blob name of a root filesystem: all of the source."""


def shown_source(source: str) -> str:
    """Return what errors call a source."""
    return "standard input" if source == STDIN else source


class Artifact(msgspec.Struct, frozen=True):
    """A manifest that is no image: an attestation, a signature, an SBOM; ``subject`` is the digest it speaks of."""

    digest: str
    kind: str
    subject: str | None


def nowhere(blob: str) -> BlobLocation | None:
    """Return None: what passes once, or is made while it is read, lies nowhere."""
    return None


def unknown(blob: str) -> int | None:
    """Return None: what passes once, or is made while it is read, has no size before."""
    return None


def passed_once(blob: str) -> Iterator[Buffer]:
    """Raise ArchiveError: a stream that cannot be read again."""
    raise ArchiveError("standard input can be read but once; save it to a file", Position(source=blob))


Stretch: TypeAlias = Callable[[str, int, int], Iterator[Buffer]]
"""Yields so many stored bytes of a blob from an offset on."""


class Blobs(NamedTuple):
    """How blobs are read."""

    chunks: Callable[[str], Iterator[Buffer]]
    """Yields the stored bytes of a blob."""
    locate: Callable[[str], BlobLocation | None] = nowhere
    """Says where a blob's bytes lie, None when no other process could find them."""
    size: Callable[[str], int | None] = unknown
    """Says how many stored bytes a blob has, None where that is not known before it is read."""
    stretch: Stretch | None = None
    """Yields a range of a blob's stored bytes; None where they can be read from their beginning alone."""


class Archive:
    """An opened source: its images, and the stored bytes of any blob.

    ``format`` is one of docker-archive, docker-archive-v1, oci-archive, oci-layout, docker-dir, rootfs-tar,
    rootfs-directory. ``surveyed`` has the facts of blobs that passed while the source was opened: a stream shows them
    but once. ``artifacts`` are manifests that are no images. Close it, or use it in a ``with`` block.
    """

    def __init__(
        self,
        *,
        source: str,
        limits: Limits,
        log: ProblemLog,
        form: str,
        images: Sequence[ImageManifest],
        blobs: Blobs,
        artifacts: Sequence[Artifact] = (),
        surveyed: Mapping[str, LayerFacts] | None = None,
        compression: str = "none",
        stored_bytes: int | None = None,
        descriptor: int | None = None,
        store: Store | None = None,
    ) -> None:
        self.source = source
        self.limits = limits
        self.format = form
        self.images: tuple[ImageManifest, ...] = tuple(images)
        self.artifacts: tuple[Artifact, ...] = tuple(artifacts)
        self.surveyed: dict[str, LayerFacts] = dict(surveyed or {})
        self.compression = compression
        self.stored_bytes = stored_bytes
        self._blobs = blobs
        self._log = log
        self._descriptor = descriptor
        self._store = store
        self._lock = Lock()
        self._readers = 0
        self._closed = False

    def chunks(self, blob: str) -> Iterator[Buffer]:
        """Yield the stored bytes of a blob that a ``LayerRef`` names.

        Raises:
            InputError: they cannot be read, or cannot be read again.
            UsageError: the source was closed, if only after the first bytes.
        """
        return self._guarded(lambda: self._blobs.chunks(blob))

    def _guarded(self, begin: Callable[[], Iterator[Buffer]]) -> Iterator[Buffer]:
        chunks: Iterator[Buffer] | None = None
        while True:
            with self._reading():
                chunks = chunks or begin()
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def stretch(self, blob: str, start: int, size: int) -> Iterator[Buffer] | None:
        """Yield ``size`` stored bytes from ``start`` on; None where a blob can be read from its beginning alone.

        Raises: as ``chunks``.
        """
        location = self.locate(blob)
        if location is not None:
            if start + size > location.size:
                return None
            return self._stretched(location._replace(offset=location.offset + start, size=size))
        stretch = self._blobs.stretch
        return None if stretch is None else self._guarded(lambda: stretch(blob, start, size))

    def _stretched(self, location: BlobLocation) -> Iterator[Buffer]:
        self.check_open()
        with location.opened() as chunks:
            for chunk in chunks:
                yield chunk
                self.check_open()

    def check_open(self) -> None:
        """Raise UsageError where the source was closed."""
        if self._closed:
            raise UsageError(f"{shown_source(self.source)} was closed: read an image before that")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        # The number of a closed descriptor is soon that of another file: nobody may read by it, and so it is closed
        # after the reads that run in other threads.
        with self._lock:
            self.check_open()
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1
                self._release()

    def document(self, name: str, limit: int) -> bytes | None:
        """Return a member whole, of a stream too where it was small enough to keep; None where there is none.

        Raises:
            LimitError: it has more than ``limit`` bytes.
            InputError: it cannot be read, or cannot be read again.
        """
        with self._reading():
            key = self._store.find(name) if self._store is not None else None
            if self._store is None or key is None:
                return None
            if (size := self._store.size(key)) > limit:
                raise LimitError(f"a document of {size} bytes, over {limit}", Position(source=name))
            return b"".join(map(bytes, self._store.chunks(key)))

    def size_of(self, blob: str) -> int | None:
        """Return how many stored bytes a blob has, None where that is not known before it is read.

        Raises:
            InputError: its source cannot say.
        """
        return self._blobs.size(blob)

    def locate(self, blob: str) -> BlobLocation | None:
        """Return where a blob's bytes lie, None when no other process could find them.

        Raises:
            InputError: they cannot be found any more.
        """
        return self._blobs.locate(blob)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was odd or wrong on the way to the images, and in reading a folder."""
        return self._log.problems()

    def close(self) -> None:
        """Close the file; whoever goes on reading gets a UsageError."""
        with self._lock:
            self._closed = True
            self._release()

    def _release(self) -> None:
        if self._closed and not self._readers and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
