"""What a manifest and a config say of an image."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Platform(msgspec.Struct, frozen=True):
    """Operating system, architecture and variant, in Go's words (OCI image-spec, image-index.md, "platform")."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(msgspec.Struct, frozen=True, kw_only=True):
    """A pointer to a blob: media type, digest (``sha256:<hex>``, empty when unknown), size in bytes (-1: unknown)."""

    media_type: str = ""
    digest: str = ""
    size: int = -1
    annotations: dict[str, str] = {}
    artifact_type: str = ""
    platform: Platform | None = None
    urls: tuple[str, ...] = ()


class HistoryItem(msgspec.Struct, frozen=True):
    """One line of a config's history."""

    created_by: str
    empty_layer: bool
    created: str = ""
    comment: str = ""
    author: str = ""


class ImageConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Run settings, history and ``rootfs.diff_ids`` of one image (OCI image-spec, config.md).

    ``present`` is false where the source has no config (a root filesystem): every field is then unknown, not empty.
    ``raw`` is the document's ``config`` object as decoded, for keys that have no field here.
    """

    present: bool = False
    created: str | None = None
    os: str = ""
    architecture: str = ""
    variant: str = ""
    user: str | None = None
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    diff_ids: tuple[str, ...] = ()
    history: tuple[HistoryItem, ...] = ()
    raw: dict[str, Any] = {}

    @property
    def platform(self) -> Platform | None:
        """The platform the config names, or None."""
        return Platform(self.os, self.architecture, self.variant) if self.os or self.architecture else None

    @property
    def is_windows(self) -> bool:
        """Whether it is an image of Windows, whose files and accounts follow other rules than Unix's."""
        return self.os.lower() == "windows"

    def created_by(self) -> tuple[str, ...] | None:
        """Return one instruction a layer, or None where history and layers do not match in number."""
        made = tuple(item.created_by for item in self.history if not item.empty_layer)
        return made if len(made) == len(self.diff_ids) and made else None


class DisagreementClass(StrEnum):
    """How an image's documents can be taken for those of another image."""

    AMBIGUOUS_KEY = "ambiguous-key"
    """Two keys of one object are one field to Go, and two to other readers."""
    FOLDED_KEY = "folded-key"
    """A key is a field to Go, by folding alone, and none to other readers."""
    TWO_MANIFESTS = "two-manifests"
    """Two documents of the archive describe the image, each in its way."""
    DESCRIPTOR = "descriptor"
    """A descriptor says another size or media type than its blob has."""


class Disagreement(msgspec.Struct, frozen=True):
    """Something in an image's documents that readers take in different ways; the report shows what runtimes take.

    ``document`` is the member or blob it stands in.
    """

    type: DisagreementClass
    document: str
    text: str


class LayerRef(msgspec.Struct, frozen=True, kw_only=True):
    """Where one layer of an image is: ``blob`` is the archive's name of it, None when the archive lacks it.

    ``diff_id`` and ``descriptor.digest`` are what config and manifest promise, empty when they are silent; ``name`` is
    what the manifest calls the blob.
    """

    index: int
    blob: str | None
    descriptor: Descriptor
    diff_id: str = ""
    created_by: str | None = None
    name: str = ""


class ImageManifest(msgspec.Struct, frozen=True, kw_only=True):
    """One image of an archive: its names, its config and its layers from the bottom up.

    ``group`` numbers the top-level entry of the archive that it came from: images of one group are
    one name's platforms. ``image_id`` is the digest of the config.
    """

    references: tuple[str, ...]
    manifest_digest: str | None
    image_id: str | None
    platform: Platform | None
    config: ImageConfig
    layers: tuple[LayerRef, ...]
    group: int = 0
    annotations: dict[str, str] = {}
    disagreements: tuple[Disagreement, ...] = ()
    documents: tuple[str, ...] = ()
    """What the archive calls the documents that are this image's alone: its config and its manifest."""
    index_annotations: tuple[str, ...] = ()
    """What the indexes that lead to it say of it and of themselves, ``key=value`` (annotations.md)."""

    def title(self) -> str:
        """Return what to call the image in a list: its first name, or its digest."""
        name = self.references[0] if self.references else (self.manifest_digest or self.image_id or "unnamed")
        return f"{name} ({self.platform})" if self.platform else name
