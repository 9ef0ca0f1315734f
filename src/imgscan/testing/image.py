"""Images in memory, layer by layer, and the docker-archive that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, Self, TypeAlias

from imgscan.testing.compress import Compression, compress
from imgscan.testing.header import BLOCK
from imgscan.testing.tar import Files, TarBuilder, tar_of

LayerSource: TypeAlias = TarBuilder | bytes | Files


def tar_bytes(layer: LayerSource) -> bytes:
    """Return a layer's uncompressed tar, however it was given."""
    if isinstance(layer, TarBuilder):
        return layer.build()
    return layer if isinstance(layer, bytes) else tar_of(layer)


def digest_of(data: bytes) -> str:
    """Return ``sha256:<hex>``."""
    return "sha256:" + sha256(data).hexdigest()


def json_bytes(document: Any) -> bytes:
    """Return a document as JSON."""
    import msgspec

    return msgspec.json.encode(document)


@dataclass(frozen=True, slots=True)
class BuiltLayer:
    """One layer as stored, and what config and manifest promise of it."""

    blob: bytes
    diff_id: str
    compression: Compression
    media_type: str

    @property
    def digest(self) -> str:
        """The digest of the stored blob."""
        return digest_of(self.blob)


@dataclass
class ImageBuilder:
    """One image: names, platform (``os/architecture[/variant]``), run settings, layers from the bottom up, history.

    ``settings`` is the ``config`` object of the config document; ``extra`` is merged into the document itself.
    ``attestation`` adds an attestation manifest with this content beside the image in an OCI layout.
    """

    references: tuple[str, ...] = ("example.test/app:1",)
    platform: str = "linux/amd64"
    settings: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    layers: list[BuiltLayer] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    attestation: bytes | None = None

    def layer(
        self,
        content: LayerSource,
        compression: Compression = "none",
        created_by: str = "RUN make",
        *,
        blob: bytes | None = None,
        diff_id: str | None = None,
        media_type: str | None = None,
    ) -> Self:
        """Add a layer; ``blob`` and ``diff_id`` override what is stored and what is promised."""
        tar = tar_bytes(content)
        stored = compress(tar, compression) if blob is None else blob
        suffix = f"+{compression}" if compression in ("gzip", "zstd") else ""
        kind = media_type or f"application/vnd.oci.image.layer.v1.tar{suffix}"
        self.layers.append(BuiltLayer(stored, diff_id or digest_of(tar), compression, kind))
        self.history.append({"created": "2024-01-01T00:00:00Z", "created_by": created_by})
        return self

    def step(self, created_by: str) -> Self:
        """Add a history line without a layer."""
        self.history.append({"created": "2024-01-01T00:00:00Z", "created_by": created_by, "empty_layer": True})
        return self

    def config(self) -> bytes:
        """Return the config document."""
        system, _, rest = self.platform.partition("/")
        architecture, _, variant = rest.partition("/")
        document: dict[str, Any] = {
            "created": "2024-01-01T00:00:00Z",
            "os": system,
            "architecture": architecture,
            **({"variant": variant} if variant else {}),
            "config": self.settings,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]},
            "history": self.history,
            **self.extra,
        }
        return json_bytes(document)

    def docker_archive(self) -> bytes:
        """Return the image as ``docker save`` before version 25 writes it."""
        return docker_archive(self)


def docker_archive(
    *images: ImageBuilder,
    prefix: str = "",
    repeated: Literal["copy", "symlink", "hardlink"] = "copy",
    other_members: Mapping[str, bytes] | None = None,
    manifest_first: bool = False,
) -> bytes:
    """Return a docker-archive of ``images``.

    ``prefix`` stands before every member's name (``./``); ``repeated`` says how a layer is stored that occurred
    before; ``other_members`` are further members.
    """
    tar = TarBuilder()
    stored: dict[str, str] = {}
    manifest: list[dict[str, Any]] = []
    for number, image in enumerate(images):
        config = image.config()
        names = []
        for index, layer in enumerate(image.layers):
            folder = sha256(b"%d %d" % (number, index)).hexdigest()
            name = f"{folder}/layer.tar"
            names.append(name)
            first = stored.setdefault(layer.digest, name)
            if first == name or repeated == "copy":
                tar.file(prefix + name, layer.blob)
            elif repeated == "symlink":
                tar.symlink(prefix + name, f"../{first}")
            else:
                tar.hardlink(prefix + name, prefix + first)
        tar.file(f"{prefix}{digest_of(config)[7:]}.json", config)
        manifest.append(
            {"Config": f"{digest_of(config)[7:]}.json", "RepoTags": list(image.references), "Layers": names}
        )
    for name, content in (other_members or {}).items():
        tar.file(prefix + name, content)
    members = tar.build(0)
    head = TarBuilder().file(f"{prefix}manifest.json", json_bytes(manifest)).build(0)
    return (head + members if manifest_first else members + head) + bytes(2 * BLOCK)
