"""Images in every form they are exported in, as the files of an archive or folder; tars come from imgscan.testing."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import zstandard

from imgscan.testing import ImageBuilder, TarBuilder, oci_files


@dataclass(frozen=True)
class Link:
    """A member that leads to another one, by a symlink's text or a hardlink's name."""

    target: str
    symbolic: bool = True


Files: TypeAlias = dict[str, bytes | Link]
"""What an archive holds: name to content, in the order of writing."""

NET_RAW = bytes.fromhex("0100000200200000000000000000000000000000")
"""security.capability, revision 2: cap_net_raw=ep."""


# Compression


def gzip_members(data: bytes) -> bytes:
    """Return several gzip members in a row, one of them empty, with zeros behind the last as padding."""
    half = len(data) // 2
    return b"".join(gzip.compress(part, mtime=0) for part in (data[:half], b"", data[half:])) + bytes(100)


def zstd_frames(data: bytes) -> bytes:
    """Return two zstd frames between skippable ones, the second with a checksum."""
    half = len(data) // 2
    skippable = b"\x5e\x2a\x4d\x18" + (13).to_bytes(4, "little") + b"skip me, skip"
    first = zstandard.ZstdCompressor().compress(data[:half])
    second = zstandard.ZstdCompressor(write_checksum=True).compress(data[half:])
    return skippable + first + skippable + second + skippable


Pack: TypeAlias = Callable[[bytes], bytes]
PACKS: dict[str, Pack] = {
    "none": bytes,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "gzip-members": gzip_members,
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd-frames": zstd_frames,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}

# Documents

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'


def digest(data: bytes) -> str:
    return "sha256:" + sha256(data).hexdigest()


def blob(data: bytes) -> str:
    """Return a blob's name in an OCI layout."""
    return "blobs/sha256/" + sha256(data).hexdigest()


def descriptor(data: bytes, media_type: str = "", **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def document(**items: Any) -> bytes:
    return orjson.dumps({"schemaVersion": 2, **items})


def index(*descriptors: dict[str, Any]) -> bytes:
    return document(mediaType=INDEX, manifests=list(descriptors))


def loads(content: bytes | Link) -> Any:
    assert isinstance(content, bytes)
    return orjson.loads(content)


# Images


def image_of(*layers: bytes, pack: str = "none", **more: Any) -> ImageBuilder:
    """Return an image of these tars, stored as ``pack`` says."""
    image = ImageBuilder(settings={"Cmd": ["/bin/sh"], "User": "app"}, **more)
    kind = pack.partition("-")[0]
    media_type = LAYER + (f"+{kind}" if kind in ("gzip", "zstd") else "")
    for number, layer in enumerate(layers):
        image.layer(layer, blob=PACKS[pack](layer), media_type=media_type, created_by=f"RUN step {number}")
    return image.step('CMD ["/bin/sh"]')


def docker_old(*images: ImageBuilder) -> Files:
    """Docker before 25: a folder for each layer, its id made of nothing that can be verified."""
    files: Files = {}
    manifest = []
    for image in images:
        config = digest(image.config())[7:] + ".json"
        files[config] = image.config()
        names = []
        for layer in image.layers:
            folder = sha256(layer.diff_id.encode()).hexdigest()
            files |= {f"{folder}/VERSION": b"1.0", f"{folder}/json": b"{}", f"{folder}/layer.tar": layer.blob}
            names.append(f"{folder}/layer.tar")
        manifest.append({"Config": config, "RepoTags": list(image.references), "Layers": names})
    return {**files, "manifest.json": orjson.dumps(manifest)}


def oci(*images: ImageBuilder) -> Files:
    """An OCI layout."""
    return {**oci_files(*images)}


def docker_hybrid(*images: ImageBuilder) -> Files:
    """Docker from 25 on: an OCI layout with a manifest.json that names its blobs."""
    return {**oci_files(*images, hybrid=True), "repositories": b"{}"}


def manifest_of(image: ImageBuilder) -> bytes:
    """Return the image manifest that an OCI layout of ``image`` holds."""
    files = oci_files(image)
    return files["blobs/sha256/" + loads(files["index.json"])["manifests"][0]["digest"][7:]]


def blobs(*images: ImageBuilder) -> Files:
    """Return all blobs of an OCI layout, without its index."""
    return {name: content for name, content in oci_files(*images).items() if name.startswith("blobs/")}


def docker_dir(image: ImageBuilder) -> Files:
    """What skopeo writes to ``dir:``: blobs beside the manifest, named by their hex."""
    manifest = manifest_of(image)
    files = {name.rpartition("/")[2]: content for name, content in blobs(image).items() if name != blob(manifest)}
    return {"version": b"Directory Transport Version: 1.1\n", "manifest.json": manifest, **files}


def artifact(config: bytes, config_type: str, layer_type: str, **more: Any) -> tuple[bytes, Files]:
    """Return a manifest that is no image, and its blobs."""
    layer = b'{"payload": true}'
    layers = [descriptor(layer, layer_type)]
    manifest = document(mediaType=MANIFEST, config=descriptor(config, config_type), layers=layers, **more)
    return manifest, {blob(content): content for content in (config, layer, manifest)}


# Places


def as_tar(files: Files, prefix: str = "") -> bytes:
    """Return an archive of ``files`` in their order, every name with ``prefix`` in front."""
    tar = TarBuilder()
    for name, content in files.items():
        if isinstance(content, bytes):
            tar.file(prefix + name, content)
        elif content.symbolic:
            tar.symlink(prefix + name, content.target)
        else:
            tar.hardlink(prefix + name, content.target)
    return tar.build()


def as_folder(files: Files, path: Path) -> Path:
    """Write ``files`` below ``path`` and return it."""
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.symlink_to(content.target)
    return path


def save(path: Path, data: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(data)
    return path
