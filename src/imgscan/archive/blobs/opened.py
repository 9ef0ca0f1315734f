"""A source that was opened, before anybody knows what it holds: what forms bid on, and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from imgscan.archive.blobs.archive import Archive, Artifact, Blobs
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.members import Evidence
from imgscan.errors import InputError
from imgscan.formats.image.shapes import MANIFEST_JSON
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

MANIFEST = "manifest.json"
INDEX = "index.json"
LAYOUT = "oci-layout"
REPOSITORIES = "repositories"

Surveyed = Callable[[Sequence[ImageManifest]], Mapping[str, LayerFacts]]
"""Gives the facts of blobs of these images that passed while the source was opened, by the blob's name."""


def none_surveyed(images: Sequence[ImageManifest]) -> Mapping[str, LayerFacts]:
    """Return nothing: the source can be read again."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is known of a source by its members alone."""

    source: str
    limits: Limits
    log: ProblemLog
    documents: Documents
    evidence: Evidence
    members: Blobs
    """How the members are read."""
    whole: Blobs
    """How all of it is read, as one tar."""
    names: frozenset[str] | None = None
    """What lies in a folder; None for a tar."""
    fault: InputError | None = None
    """What ended the reading of its members early."""
    surveyed: Surveyed = none_surveyed
    compression: str = "none"
    stored_bytes: int | None = None
    descriptor: int | None = None
    """The open file, which the archive closes."""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, not a tar."""
        return self.names is not None

    def has(self, name: str) -> bool:
        """Whether it has a member of this name."""
        return name in self.names if self.names is not None else self.documents.store.find(name) is not None

    def manifest(self) -> object:
        """Return what ``manifest.json`` is decoded into; None where there is none, or it is not JSON."""
        result = self.documents.store.find(MANIFEST)
        return self.documents.optional(MANIFEST, MANIFEST_JSON) if result is not None else None

    def archive(
        self, form: str, images: Sequence[ImageManifest], artifacts: Sequence[Artifact] = (), whole: bool = False
    ) -> Archive:
        """Return the archive with these images, whose layers are members or, with ``whole``, all of it."""
        return Archive(
            source=self.source,
            limits=self.limits,
            log=self.log,
            form=form,
            images=images,
            artifacts=artifacts,
            blobs=self.whole if whole else self.members,
            surveyed=self.surveyed(images),
            compression=self.compression,
            stored_bytes=self.stored_bytes,
            descriptor=self.descriptor,
            store=self.documents.store,
        )
