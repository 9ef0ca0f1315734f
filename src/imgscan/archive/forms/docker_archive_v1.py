"""docker-archive of Docker before 1.10: ``repositories`` alone names images. Source: Docker image spec v1."""

from __future__ import annotations

from msgspec.structs import replace

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.opened import REPOSITORIES, Opened
from imgscan.errors import ManifestError, Position
from imgscan.formats.image.manifest import parse_config
from imgscan.formats.image.shapes import CONFIG, REPOSITORIES_FILE
from imgscan.model.image import Descriptor, Disagreement, HistoryItem, ImageManifest, LayerRef


class DockerArchiveV1:
    """``repositories``, and folders that each hold a layer and name their parent."""

    def bid(self, opened: Opened) -> bool:
        """Whether ``repositories`` is all that names its images."""
        evidence = opened.evidence
        return opened.has(REPOSITORIES) and evidence.image and not evidence.rootfs and not opened.is_folder

    def read(self, opened: Opened) -> Archive:
        """Read the chains of parents."""
        archive = opened.archive("docker-archive-v1", legacy_images(opened.documents))
        text = "no manifest.json: read by 'repositories'; such an archive has no digests"
        opened.log.warn("legacy-layout", text)
        return archive


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
    chain: list[tuple[str, dict[str, object]]] = []
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
        documents=tuple(f"{name}/json" for name, _ in chain),
    )
