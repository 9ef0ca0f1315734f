"""docker-archive: ``manifest.json`` (docker save, old and hybrid), and the older layout with ``repositories`` alone."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from imgscan.archive.documents import Documents
from imgscan.errors import InputError, LimitError, ManifestError, Position
from imgscan.formats.image.manifest import DockerManifest, parse_config, parse_docker_manifest
from imgscan.formats.image.shapes import CONFIG, MANIFEST_JSON, REPOSITORIES_FILE
from imgscan.formats.path import base_name
from imgscan.model.image import Descriptor, Disagreement, HistoryItem, ImageManifest, LayerRef
from imgscan.model.problem import problem_from

MANIFEST = "manifest.json"
REPOSITORIES = "repositories"

_HEX64 = re.compile(r"[0-9a-f]{64}")


def docker_images(documents: Documents) -> list[ImageManifest]:
    """Return the images that ``manifest.json`` lists; one that cannot be read is noted and the others go on.

    Raises:
        ManifestError: it, or every config it names, is missing or malformed.
        LimitError: it lists more than ``limits.images``.
    """
    read = documents.read(MANIFEST, MANIFEST_JSON)
    items = parse_docker_manifest(read.value, MANIFEST)
    if len(items) > documents.limits.images:
        raise LimitError("more images than limits.images", Position(source=MANIFEST))
    images: list[ImageManifest] = []
    fault: InputError | None = None
    for group, item in enumerate(items):
        try:
            images.append(_image(documents, item, group, read.disagreements))
        except InputError as error:
            fault = fault or error
            documents.problems.note(problem_from(error, "archive"))
    if not images and fault is not None:
        raise fault
    return images


def _image(
    documents: Documents, item: DockerManifest, group: int, disagreements: tuple[Disagreement, ...]
) -> ImageManifest:
    read = documents.config(item.config)
    config, data = read.config, read.data
    promised = _named_digest(item.config)
    if promised:
        documents.check(item.config, data, Descriptor(digest=promised))
    documents.check_layers(item.config, len(item.layers), len(config.diff_ids))
    instructions = config.created_by()
    layers = []
    for index, name in enumerate(item.layers):
        diff_id = config.diff_ids[index] if index < len(config.diff_ids) else ""
        source = item.sources.get(diff_id, Descriptor())
        digest = _blob_digest(name)
        layers.append(
            LayerRef(
                index=index,
                blob=documents.store.find(name),
                descriptor=Descriptor(
                    media_type=source.media_type, digest=digest, size=source.size if source.digest == digest else -1
                ),
                diff_id=diff_id,
                created_by=instructions[index] if instructions and index < len(instructions) else None,
                name=name,
            )
        )
    return ImageManifest(
        references=item.references,
        manifest_digest=None,
        image_id="sha256:" + sha256(data).hexdigest(),
        platform=config.platform,
        config=config,
        layers=tuple(layers),
        group=group,
        disagreements=(*disagreements, *read.disagreements),
    )


def _named_digest(name: str) -> str:
    """Return the digest that a config's name promises: ``<hex>.json``, ``sha256:<hex>`` or a blob's path."""
    base = base_name(name).removesuffix(".json").removeprefix("sha256:")
    return f"sha256:{base}" if _HEX64.fullmatch(base) else ""


def _blob_digest(name: str) -> str:
    """Return the digest that a layer's name promises; only ``blobs/sha256/`` promises one."""
    folder, _, base = name.rpartition("/")
    return f"sha256:{base}" if folder.endswith("blobs/sha256") and _HEX64.fullmatch(base) else ""


def legacy_images(documents: Documents) -> list[ImageManifest]:
    """Return the images of a ``docker save`` older than 1.10: ``repositories`` and a chain of ``<id>/json``.

    Such an image promises no digest: nothing of it can be verified.

    Raises:
        ManifestError: the chain is broken or circular, or no image is named.
    """
    named = documents.read(REPOSITORIES, REPOSITORIES_FILE).value
    tops: dict[str, list[str]] = {}
    if isinstance(named, dict):
        for repository, tags in named.items():
            for tag, top in tags.items() if isinstance(tags, dict) else ():
                if isinstance(top, str):
                    tops.setdefault(top, []).append(f"{repository}:{tag}")
    if not tops:
        raise ManifestError("names no image", Position(source=REPOSITORIES))
    return [_legacy_image(documents, top, tuple(names), group) for group, (top, names) in enumerate(tops.items())]


def _legacy_image(documents: Documents, top: str, references: tuple[str, ...], group: int) -> ImageManifest:
    chain: list[tuple[str, dict[str, Any]]] = []
    disagreements: tuple[Disagreement, ...] = ()
    current: object = top
    while isinstance(current, str) and current:
        if any(current == known for known, _ in chain) or len(chain) >= documents.limits.layers:
            raise ManifestError("a chain of parents without an end", Position(source=f"{current}/json"))
        read = documents.read(f"{current}/json", CONFIG)
        document = read.value
        disagreements += read.disagreements
        if not isinstance(document, dict):
            raise ManifestError("not an object", Position(source=f"{current}/json"))
        chain.append((current, document))
        current = document.get("parent")
    chain.reverse()
    config = parse_config(chain[-1][1], f"{top}/json")
    commands = [parse_config({"config": item.get("container_config")}, name).cmd or () for name, item in chain]
    history = tuple(HistoryItem(" ".join(command), empty_layer=False) for command in commands)
    layers = [
        LayerRef(
            index=index,
            blob=documents.store.find(f"{name}/layer.tar"),
            descriptor=Descriptor(),
            created_by=history[index].created_by or None,
        )
        for index, (name, _) in enumerate(chain)
    ]
    return ImageManifest(
        references=references,
        manifest_digest=None,
        image_id=top,
        platform=config.platform,
        config=replace(config, history=history),
        layers=tuple(layers),
        group=group,
        disagreements=disagreements,
    )
