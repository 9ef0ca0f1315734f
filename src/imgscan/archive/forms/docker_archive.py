"""docker-archive: what ``docker save`` writes, with ``manifest.json``, old and hybrid."""

from __future__ import annotations

import re
from hashlib import sha256

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.opened import INDEX, MANIFEST, Opened
from imgscan.archive.forms.hybrid import held_against_index
from imgscan.errors import InputError, LimitError, Position
from imgscan.formats.image.manifest import DockerManifest, is_docker_manifest, parse_docker_manifest
from imgscan.formats.image.shapes import MANIFEST_JSON
from imgscan.formats.path import base_name
from imgscan.model.image import Descriptor, Disagreement, ImageManifest, LayerRef
from imgscan.model.problem import problem_from

_HEX64 = re.compile(r"[0-9a-f]{64}")


class DockerArchive:
    """``manifest.json`` that lists configs and layers by their names."""

    def bid(self, opened: Opened) -> bool:
        """Whether docker load would follow its manifest.json."""
        return is_docker_manifest(opened.manifest()) if opened.is_folder else is_docker(opened)

    def read(self, opened: Opened) -> Archive:
        """Read what manifest.json lists; an index beside it is held against it."""
        images = docker_images(opened.documents)
        if opened.is_folder or not opened.has(INDEX):
            return opened.archive("docker-archive", images)
        return opened.archive("docker-archive", *held_against_index(images, opened.documents))


def is_docker(opened: Opened) -> bool:
    """Whether a tar has a manifest.json that is docker's, rather than some application's."""
    return opened.has(MANIFEST) and (not opened.evidence.rootfs or is_docker_manifest(opened.manifest()))


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
        documents=(item.config,),
    )


def _named_digest(name: str) -> str:
    """Return the digest that a config's name promises: ``<hex>.json``, ``sha256:<hex>`` or a blob's path."""
    base = base_name(name).removesuffix(".json").removeprefix("sha256:")
    return f"sha256:{base}" if _HEX64.fullmatch(base) else ""


def _blob_digest(name: str) -> str:
    """Return the digest that a layer's name promises; only ``blobs/sha256/`` promises one."""
    folder, _, base = name.rpartition("/")
    return f"sha256:{base}" if folder.endswith("blobs/sha256") and _HEX64.fullmatch(base) else ""
