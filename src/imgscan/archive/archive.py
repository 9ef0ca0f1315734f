"""An opened source."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from types import TracebackType

from imgscan.archive.location import BlobLocation
from imgscan.archive.oci_layout import Artifact
from imgscan.errors import ArchiveError, Position
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
        self.read_blob: Callable[[str], Iterator[Buffer]] = _nothing
        self.locate: Callable[[str], BlobLocation | None] = _nowhere
        """Where a blob's bytes lie, None when no other process could find them."""
        self.descriptor: int | None = None

    def chunks(self, blob: str) -> Iterator[Buffer]:
        """Yield the stored bytes of a blob that a ``LayerRef`` names.

        Raises:
            InputError: they cannot be read, or cannot be read again.
        """
        return self.read_blob(blob)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was odd or wrong on the way to the images."""
        return self.log.problems()

    def close(self) -> None:
        """Close the file."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _nowhere(blob: str) -> BlobLocation | None:
    """Return None: what passes once, or is made while it is read, lies nowhere."""
    return None


def _nothing(blob: str) -> Iterator[Buffer]:
    raise ArchiveError("standard input can be read but once; save it to a file", Position(source=blob))
