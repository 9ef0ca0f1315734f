"""OCI image layouts (image-layout.md) and skopeo's ``dir:`` folders, which are one manifest beside its blobs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from imgscan.archive.blobs.archive import Artifact
from imgscan.archive.blobs.documents import Documents, blob_name
from imgscan.archive.blobs.opened import INDEX, LAYOUT
from imgscan.errors import InputError, LimitError, ManifestError, Position
from imgscan.formats.image.manifest import (
    Manifest,
    is_index,
    parse_index,
    parse_manifest,
)
from imgscan.formats.image.shapes import LAYOUT_FILE, MANIFEST_JSON, OCI_DOCUMENT
from imgscan.formats.json import member
from imgscan.model.image import Descriptor, Disagreement, DisagreementClass, ImageManifest, LayerRef, Platform
from imgscan.model.problem import problem_from
from imgscan.printable import printable
from imgscan.wording import counted, listed

_TOP = ""
"""Stands for the digest of index.json."""
_LAYOUT_VERSION = "1.0.0"

_REFERENCE_KEYS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_ATTESTATION = "vnd.docker.reference.type"
_ATTESTED = "vnd.docker.reference.digest"
_TAG = re.compile(r"(?:.*:)?(sha256|sha512)-([0-9a-f]{64,128})(?:\.(?:sig|att|sbom))?")
"""The tag that cosign gives what speaks of an image, and the referrers' tag of distribution-spec 1.1."""
_UNKNOWN = ("", "unknown")


def oci_images(documents: Documents) -> tuple[list[ImageManifest], list[Artifact]]:
    """Return the images of a layout's index, nested ones included, and apart from them what is no image.

    Raises:
        ManifestError: ``index.json`` is missing or malformed, or no image in it can be read.
    """
    reader = _IndexReader(documents)
    _check_layout(documents)
    index = documents.read(INDEX, OCI_DOCUMENT)
    reader.annotated(_TOP, index.value)
    for group, descriptor in enumerate(parse_index(index.value, INDEX)):
        reader.take(descriptor, _references(descriptor), group, (), index.disagreements)
    reader.unmask()
    if not reader.images and reader.artifacts:
        raise ManifestError(f"lists no image, but {_named(reader.artifacts)}", Position(source=INDEX))
    if not reader.images and reader.fault is not None:
        raise reader.fault
    if not reader.images:
        raise ManifestError("lists no image", Position(source=INDEX))
    return list(reader.merged()), reader.artifacts


def _check_layout(documents: Documents) -> None:
    """Note a layout file of another version than the one there is; umoci and skopeo refuse such a layout."""
    if documents.store.find(LAYOUT) is None:
        return
    layout = documents.optional(LAYOUT, LAYOUT_FILE)
    version = layout.get("imageLayoutVersion") if isinstance(layout, dict) else None
    if version != _LAYOUT_VERSION:
        text = f"{LAYOUT} does not say imageLayoutVersion {_LAYOUT_VERSION}: some loaders refuse such a layout"
        documents.problems.warn("layout-version", text)


def directory_image(documents: Documents) -> ImageManifest:
    """Return the image of a docker-dir: blobs are named by the hex of their digest.

    Raises:
        ManifestError: its manifest or config is missing or malformed.
    """
    read = documents.read("manifest.json", MANIFEST_JSON)
    manifest = parse_manifest(read.value, "manifest.json")
    descriptor = Descriptor(digest="sha256:" + sha256(read.data).hexdigest())
    return _image(documents, manifest, descriptor, (), 0, read.disagreements, _hex, "manifest.json")


def _lines(annotations: object) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in annotations.items()) if isinstance(annotations, dict) else ()


def _hex(digest: str) -> str:
    return digest.partition(":")[2]


class _IndexReader:
    """Walks nested indexes within bounds."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._limits = documents.limits
        self._seen: set[tuple[str, int]] = set()
        self._missing: set[str] = set()
        self._annotations: dict[str, tuple[str, ...]] = {}
        self._masked: list[tuple[str, Callable[[], ImageManifest]]] = []
        self.images: list[ImageManifest] = []
        self.artifacts: list[Artifact] = []
        self.fault: InputError | None = None

    def annotated(self, digest: str, index: Any) -> None:
        """Keep what an index says of itself."""
        self._annotations[digest] = _lines(member(index, "annotations"))

    def take(
        self,
        descriptor: Descriptor,
        references: tuple[str, ...],
        group: int,
        above: tuple[str, ...],
        disagreements: tuple[Disagreement, ...],
    ) -> None:
        """Read what a descriptor points to; a fault is noted and the rest goes on.

        ``above`` are the digests of the indexes that led to it, ``disagreements`` those of these documents.
        """
        try:
            self._take(descriptor, references, group, above, disagreements)
        except InputError as error:
            self._failed(error)

    def _take(
        self,
        descriptor: Descriptor,
        references: tuple[str, ...],
        group: int,
        above: tuple[str, ...],
        disagreements: tuple[Disagreement, ...],
    ) -> None:
        name = blob_name(descriptor.digest)
        if descriptor.digest in above:
            raise ManifestError("an index that contains itself", Position(source=name))
        if len(above) > self._limits.index_depth:
            raise LimitError("indexes nested deeper than limits.index_depth", Position(source=name))
        if (descriptor.digest, group) in self._seen:
            return
        self._seen.add((descriptor.digest, group))
        if len(self._seen) > self._limits.images:
            raise LimitError("more manifests than limits.images", Position(source=name))
        if descriptor.annotations.get(_ATTESTATION):
            self._artifact(descriptor, descriptor.annotations[_ATTESTATION])
            return
        if self._documents.store.find(name) is None:
            self._absent(name, descriptor)
            return
        read = self._documents.verified(name, descriptor, OCI_DOCUMENT)
        disagreements = (*disagreements, *read.disagreements)
        if is_index(read.value, descriptor.media_type, name):
            self.annotated(descriptor.digest, read.value)
            for child in parse_index(read.value, name):
                result = (*references, *(ref for ref in _references(child) if ref not in references))
                self.take(child, result, group, (*above, descriptor.digest), disagreements)
            return
        manifest = parse_manifest(read.value, name)
        disagreements += _misdescribed(name, descriptor, read.value, self._documents)

        said = [line for digest in (_TOP, *above) for line in self._annotations.get(digest, ())]

        def image() -> ImageManifest:
            return _image(
                self._documents, manifest, descriptor, references, group, disagreements, blob_name, name, said
            )

        if manifest.is_image():
            self.images.append(image())
            return
        self._artifact(descriptor, manifest.artifact_kind(), manifest.subject)
        if manifest.could_run():
            self._masked.append((name, image))

    def unmask(self) -> None:
        """Take what says that it is an artifact for an image, as runtimes do, where there is no other image."""
        alone = not self.images
        for name, image in self._masked:
            what = "scanned, since there is no other image" if alone else "not scanned"
            text = f"{name} says that it is an artifact and has an image's config and layers; {what}"
            self._documents.problems.warn("artifact-image", text)
            if alone:
                try:
                    self.images.append(image())
                except InputError as error:
                    self._failed(error)
        masked = {image.manifest_digest for image in self.images}
        self.artifacts = [artifact for artifact in self.artifacts if artifact.digest not in masked]

    def _failed(self, error: InputError) -> None:
        self.fault = self.fault or error
        self._documents.problems.note(problem_from(error, "archive"))

    def _absent(self, name: str, descriptor: Descriptor) -> None:
        """Note a manifest that the archive lacks, once however many names lead to it."""
        # docker save of one platform keeps the whole index and only that platform's blobs.
        what = f" ({descriptor.platform})" if descriptor.platform else ""
        self.fault = self.fault or ManifestError("missing from the archive", Position(source=name))
        if name not in self._missing:
            self._missing.add(name)
            self._documents.problems.warn("absent-manifest", f"{name}{what} is in the index and not in the archive")

    def _artifact(self, descriptor: Descriptor, kind: str, subject: str | None = None) -> None:
        subject = subject or descriptor.annotations.get(_ATTESTED) or _tagged(descriptor)
        self.artifacts.append(Artifact(descriptor.digest, kind, subject))

    def merged(self) -> Iterator[ImageManifest]:
        """Yield each image once, with all the names that the index gives it."""
        by_digest: dict[str | None, ImageManifest] = {}
        for image in self.images:
            known = by_digest.get(image.manifest_digest)
            if known is not None:
                names = tuple(dict.fromkeys(known.references + image.references))
                platform = known.platform or image.platform
                image = msgspec.structs.replace(known, references=names, platform=platform)
            by_digest[image.manifest_digest] = image
        yield from by_digest.values()


_ARTIFACTS = (
    ("helm", "Helm chart"),
    ("wasm", "WebAssembly module"),
    ("spdx", "SPDX bill"),
    ("cyclonedx", "CycloneDX bill"),
    ("in-toto", "attestation"),
    ("attestation", "attestation"),
    ("dsse", "attestation"),
    ("simplesigning", "signature"),
    ("cosign", "signature"),
    ("notary", "signature"),
    ("sigstore", "signature"),
    ("sif", "Singularity image"),
)
"""What parts of a media type stand for."""


def _named(artifacts: list[Artifact]) -> str:
    """Return what manifests that are no images hold: ``1 Helm chart (application/vnd.cncf.helm.config.v1+json)``."""
    kinds = Counter(artifact.kind for artifact in artifacts)
    return listed(
        [f"{counted(count, _noun(kind))} ({printable(kind) or 'no type'})" for kind, count in kinds.items()], 5
    )


def _noun(kind: str) -> str:
    return next((noun for word, noun in _ARTIFACTS if word in kind.lower()), "artifact")


def _misdescribed(
    name: str, descriptor: Descriptor, document: dict[str, Any], documents: Documents
) -> tuple[Disagreement, ...]:
    """Return where a descriptor says another size or media type than its manifest has."""
    texts = []
    size = documents.size(name)
    if size is not None and descriptor.size not in (-1, size):
        texts.append(f"{size} bytes where its descriptor says {descriptor.size}")
    media_type = document.get("mediaType")
    if descriptor.media_type and isinstance(media_type, str) and media_type not in ("", descriptor.media_type):
        text = f"{media_type} where its descriptor says {descriptor.media_type}"
        documents.problems.warn("media-type", f"{name}: {text}")
        texts.append(text)
    return tuple(Disagreement(DisagreementClass.DESCRIPTOR, name, text) for text in texts)


def _tagged(descriptor: Descriptor) -> str | None:
    """Return the digest that the name of an artifact is made of."""
    matches = (_TAG.fullmatch(name) for name in _references(descriptor))
    return next((f"{match[1]}:{match[2]}" for match in matches if match), None)


def _references(descriptor: Descriptor) -> tuple[str, ...]:
    """Return the names an index gives an image (annotations.md; containerd adds the full one)."""
    return tuple(dict.fromkeys(name for key in _REFERENCE_KEYS if (name := descriptor.annotations.get(key))))


def _image(
    documents: Documents,
    manifest: Manifest,
    descriptor: Descriptor,
    references: tuple[str, ...],
    group: int,
    disagreements: tuple[Disagreement, ...],
    name_of: Callable[[str], str],
    manifest_name: str,
    said: Sequence[str] = (),
) -> ImageManifest:
    name = name_of(manifest.config.digest)
    read = documents.config(name)
    config = read.config
    documents.check(name, read.data, manifest.config)
    documents.check_layers(name, len(manifest.layers), len(config.diff_ids))
    instructions = config.created_by()
    if descriptor.platform is not None and config.platform is not None:
        disagreements += _other_platform(name, descriptor.platform, config.platform, documents)
    platform = descriptor.platform
    if platform is None or platform.os in _UNKNOWN or platform.architecture in _UNKNOWN:
        platform = config.platform
    return ImageManifest(
        references=references,
        manifest_digest=descriptor.digest,
        image_id=manifest.config.digest,
        platform=platform,
        config=config,
        layers=tuple(
            LayerRef(
                index=index,
                blob=documents.store.find(name_of(layer.digest)),
                descriptor=layer,
                diff_id=config.diff_ids[index] if index < len(config.diff_ids) else "",
                created_by=instructions[index] if instructions and index < len(instructions) else None,
            )
            for index, layer in enumerate(manifest.layers)
        ),
        group=group,
        annotations=manifest.annotations,
        documents=(name, manifest_name),
        index_annotations=tuple(dict.fromkeys((*said, *_lines(descriptor.annotations)))),
        disagreements=(*disagreements, *read.disagreements),
    )


def _other_platform(
    name: str, promised: Platform, platform: Platform, documents: Documents
) -> tuple[Disagreement, ...]:
    """Return the disagreement of an index and a config that name other platforms; variants are often left out."""
    pairs = ((promised.os, platform.os), (promised.architecture, platform.architecture))
    if all(one == other or one in _UNKNOWN or other in _UNKNOWN for one, other in pairs):
        return ()
    text = f"platform {platform} where the index says {promised}"
    documents.problems.warn("platform-disagrees", f"{name}: {text}")
    return (Disagreement(DisagreementClass.DESCRIPTOR, name, text),)
