"""Images as OCI layouts: archives, directories, nested indexes, attestations (OCI image-spec 1.1, image-layout.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imgscan.testing.image import ImageBuilder, digest_of, json_bytes
from imgscan.testing.tar import TarBuilder

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_IN_TOTO = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Index:
    """Several platforms of one name: an index inside the layout's own."""

    images: tuple[ImageBuilder, ...]
    reference: str = "1"


def oci_files(*items: ImageBuilder | Index, hybrid: bool = False) -> dict[str, bytes]:
    """Return the files of an OCI layout by name; with ``hybrid`` also the ``manifest.json`` that Docker 25 adds."""
    files: dict[str, bytes] = {}
    listed: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, Index):
            children = [child for image in item.images for child in _image(files, image, named=False)]
            index = _blob(files, _INDEX, {"schemaVersion": 2, "mediaType": _INDEX, "manifests": children})
            listed.append(index | {"annotations": {"org.opencontainers.image.ref.name": item.reference}})
        else:
            listed += _image(files, item, named=True)
    files["oci-layout"] = json_bytes({"imageLayoutVersion": "1.0.0"})
    files["index.json"] = json_bytes({"schemaVersion": 2, "mediaType": _INDEX, "manifests": listed})
    if hybrid:
        images = [image for item in items for image in (item.images if isinstance(item, Index) else (item,))]
        files["manifest.json"] = json_bytes([_docker(image) for image in images])
    return files


def oci_archive(*items: ImageBuilder | Index, prefix: str = "", hybrid: bool = False) -> bytes:
    """Return an OCI archive; ``prefix`` stands before every member's name."""
    tar = TarBuilder()
    for name, content in oci_files(*items, hybrid=hybrid).items():
        tar.file(prefix + name, content)
    return tar.build()


def write_files(files: Mapping[str, bytes], directory: Path) -> Path:
    """Write files below ``directory``, making folders, and return it."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory


def _blob(files: dict[str, bytes], media_type: str, content: Any) -> dict[str, Any]:
    """Keep a blob (bytes, or a document) and return its descriptor."""
    data = content if isinstance(content, bytes) else json_bytes(content)
    digest = digest_of(data)
    files[f"blobs/sha256/{digest[7:]}"] = data
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _image(files: dict[str, bytes], image: ImageBuilder, named: bool) -> list[dict[str, Any]]:
    """Keep an image's blobs and return its descriptor, once for each name, and its attestation's."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _blob(files, _CONFIG, image.config()),
        "layers": [_blob(files, layer.media_type, layer.blob) for layer in image.layers],
    }
    descriptor = _blob(files, _MANIFEST, manifest) | {"platform": _platform(image)}
    result = [descriptor]
    if named:
        result = [
            descriptor | {"annotations": {"org.opencontainers.image.ref.name": name}} for name in image.references
        ] or result
    if image.attestation is not None:
        result.append(_attestation(files, image.attestation, descriptor["digest"]))
    return result


def _platform(image: ImageBuilder) -> dict[str, str]:
    return dict(zip(("os", "architecture", "variant"), image.platform.split("/"), strict=False))


def _attestation(files: dict[str, bytes], content: bytes, subject: str) -> dict[str, Any]:
    """Return the descriptor of an attestation as BuildKit adds it (moby/buildkit, attestation-storage.md)."""
    layer = _blob(files, _IN_TOTO, content)
    config = _blob(files, _CONFIG, {"os": "unknown", "architecture": "unknown", "rootfs": {"diff_ids": []}})
    manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": [layer]}
    return _blob(files, _MANIFEST, manifest) | {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": subject,
        },
    }


def _docker(image: ImageBuilder) -> dict[str, Any]:
    return {
        "Config": f"blobs/sha256/{digest_of(image.config())[7:]}",
        "RepoTags": list(image.references),
        "Layers": [f"blobs/sha256/{layer.digest[7:]}" for layer in image.layers],
    }
