"""Manifests, indexes and configs: decoded JSON to values, tolerant of extra and null fields, strict on needed ones.

The decoded JSON is that of ``gojson``, whose keys are those of Go's structs however the document spells them.

Sources: OCI image-spec 1.1 manifest.md, image-index.md, config.md, descriptor.md; Docker image spec v1.2
("Combined Image JSON + Filesystem Changeset Format") and v1.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from imgscan.errors import ManifestError, Position
from imgscan.formats.json import member
from imgscan.model.image import Descriptor, HistoryItem, ImageConfig, Platform

_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-zA-Z=_-]+")

_ABOUT = re.compile(
    "^text/|json|xml|yaml|dsse|signature|simplesigning|attestation|provenance|sbom|spdx|cyclonedx|in-toto|sigstore"
)
"""Media types of signatures, attestations and bills, which often lie beside an image's config."""

INDEX_TYPES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFEST_TYPES = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
CONFIG_TYPES = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)


class DockerManifest(msgspec.Struct, frozen=True):
    """One item of ``manifest.json``: member names of config and layers, and what Docker 25 adds of each layer."""

    config: str
    references: tuple[str, ...]
    layers: tuple[str, ...]
    sources: dict[str, Descriptor]


class Manifest(msgspec.Struct, frozen=True):
    """One image manifest of an OCI layout or a docker-dir."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: dict[str, str]
    artifact_type: str
    subject: str | None = None
    """The digest of the manifest that this one speaks of (manifest.md, ``subject``)."""

    def could_run(self) -> bool:
        """Whether a runtime would take it for an image although it says that it is none."""
        return self.config.media_type in CONFIG_TYPES and any("image.layer" in item.media_type for item in self.layers)

    def artifact_kind(self) -> str:
        """Return what one that is no image holds: a signature often has an image's config, and a layer that tells."""
        if self.artifact_type or self.config.media_type not in CONFIG_TYPES or not self.layers:
            return self.artifact_type or self.config.media_type
        return self.layers[0].media_type

    def is_image(self) -> bool:
        """Whether it can be run: no artifact, signature or attestation (manifest.md, "Artifact Usage")."""
        if self.artifact_type or (self.config.media_type and self.config.media_type not in CONFIG_TYPES):
            return False
        return not self.layers or any(_holds_files(layer.media_type) for layer in self.layers)


def _holds_files(media_type: str) -> bool:
    """Whether a layer may be one of files: whatever is not known to be a document about an image."""
    return "tar" in media_type or "layer" in media_type or not _ABOUT.search(media_type)


def parse_docker_manifest(document: Any, name: str) -> list[DockerManifest]:
    """Return the items of ``manifest.json``.

    Raises:
        ManifestError: it is not a list of objects with Config and Layers, or the list is empty.
    """
    if not isinstance(document, list):
        raise _wrong(name, "not a list of images")
    if not document:
        raise _wrong(name, "lists no image")
    result = []
    for item in document:
        if not isinstance(item, dict):
            raise _wrong(name, "an image that is not an object")
        config, layers = member(item, "Config"), member(item, "Layers")
        if not isinstance(config, str) or not (layers is None or _is_texts(layers)):
            raise _wrong(name, "an image without Config or Layers")
        sources = _mapping(member(item, "LayerSources"))
        result.append(
            DockerManifest(
                config,
                _texts(member(item, "RepoTags")),
                _texts(layers),
                {key: parse_descriptor(value, name) for key, value in sources.items() if isinstance(value, dict)},
            )
        )
    return result


def is_docker_manifest(document: Any) -> bool:
    """Whether a ``manifest.json`` is docker-archive's, rather than some application's file of that name."""
    return isinstance(document, list) and any(isinstance(item, dict) and "Layers" in item for item in document)


def is_image_manifest(document: Any) -> bool:
    """Whether a ``manifest.json`` is an image manifest, as skopeo's ``dir:`` keeps it beside its blobs."""
    return isinstance(document, dict) and "layers" in document and "config" in document


def is_index(document: Any, media_type: str, name: str) -> bool:
    """Whether a document of an OCI layout is an index rather than a manifest; its descriptor says ``media_type``.

    Raises:
        ManifestError: it can be read as both, or is not what a media type says (CVE-2021-41190): loaders would differ.
    """
    known = _mapping(document)
    index, manifest = "manifests" in known, "layers" in known or "config" in known
    if index and manifest:
        raise _wrong(name, "both an index and a manifest")
    for description in (media_type, _text(member(known, "mediaType"))):
        if (description in INDEX_TYPES and manifest) or (description in MANIFEST_TYPES and index):
            raise _wrong(name, f"not the {description} that it is said to be")
    return index or (media_type in INDEX_TYPES and not manifest)


def parse_index(document: Any, name: str) -> list[Descriptor]:
    """Return the descriptors of an image index.

    Raises:
        ManifestError: ``manifests`` is not a list of descriptors.
    """
    manifests = member(document, "manifests")
    if not isinstance(manifests, list):
        raise _wrong(name, "an index without a list of manifests")
    return [parse_descriptor(item, name) for item in manifests]


def parse_manifest(document: Any, name: str) -> Manifest:
    """Return an image manifest.

    Raises:
        ManifestError: config or layers are missing or no descriptors.
    """
    layers = member(document, "layers")
    if not isinstance(layers, list):
        raise _wrong(name, "a manifest without a list of layers")
    return Manifest(
        parse_descriptor(member(document, "config"), name),
        tuple(parse_descriptor(item, name) for item in layers),
        _text_map(member(document, "annotations")),
        _text(member(document, "artifactType")),
        _subject(member(document, "subject")),
    )


def _subject(descriptor: Any) -> str | None:
    digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None


def parse_descriptor(item: Any, name: str) -> Descriptor:
    """Return a descriptor.

    Raises:
        ManifestError: it is no object, or its digest or size is malformed.
    """
    if not isinstance(item, dict):
        raise _wrong(name, "a descriptor that is not an object")
    digest, size = member(item, "digest"), item.get("size", -1)
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise _wrong(name, "a descriptor without a valid digest")
    if not isinstance(size, int) or isinstance(size, bool) or size < -1:
        raise _wrong(name, "a descriptor whose size is no number")
    return Descriptor(
        media_type=_text(member(item, "mediaType")),
        digest=digest,
        size=size,
        annotations=_text_map(member(item, "annotations")),
        artifact_type=_text(member(item, "artifactType")),
        platform=_platform(member(item, "platform")),
        urls=_texts(member(item, "urls")),
    )


def parse_config(document: Any, name: str) -> ImageConfig:
    """Return an image config; fields of a wrong type count as absent, but ``rootfs.diff_ids`` must be right.

    Raises:
        ManifestError: it is no object, or ``diff_ids`` is not a list of digests.
    """
    if not isinstance(document, dict):
        raise _wrong(name, "a config that is not an object")
    settings = _mapping(member(document, "config"))
    diff_ids = member(document, "rootfs", "diff_ids")
    texts = _texts(diff_ids)
    if not (diff_ids is None or _is_texts(diff_ids)) or not all(map(_DIGEST.fullmatch, texts)):
        raise _wrong(name, "rootfs.diff_ids is not a list of digests")
    history = member(document, "history")
    return ImageConfig(
        present=True,
        created=_text(member(document, "created")) or None,
        os=_text(member(document, "os")),
        architecture=_text(member(document, "architecture")),
        variant=_text(member(document, "variant")),
        user=_text(member(settings, "User")),
        env=_texts(member(settings, "Env")),
        entrypoint=_command(member(settings, "Entrypoint")),
        cmd=_command(member(settings, "Cmd")),
        working_dir=_text(member(settings, "WorkingDir")),
        exposed_ports=_keys(member(settings, "ExposedPorts")),
        volumes=_keys(member(settings, "Volumes")),
        labels=_text_map(member(settings, "Labels")),
        diff_ids=texts,
        history=tuple(_history(item) for item in history if isinstance(item, dict))
        if isinstance(history, list)
        else (),
        raw=settings,
    )


def _history(item: dict[str, Any]) -> HistoryItem:
    return HistoryItem(
        _text(member(item, "created_by")),
        member(item, "empty_layer") is True,
        _text(member(item, "created")),
        _text(member(item, "comment")),
        _text(member(item, "author")),
    )


def _platform(item: Any) -> Platform | None:
    if not isinstance(item, dict):
        return None
    return Platform(_text(member(item, "os")), _text(member(item, "architecture")), _text(member(item, "variant")))


def _wrong(name: str, message: str) -> ManifestError:
    return ManifestError(message, Position(source=name))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _command(value: Any) -> tuple[str, ...] | None:
    # Schema 1 configs may hold one string, which Docker reads as a list of one.
    if isinstance(value, str):
        return (value,)
    return _texts(value) if isinstance(value, list) else None


def _keys(value: Any) -> tuple[str, ...]:
    return tuple(sorted(value)) if isinstance(value, dict) else ()


def _text_map(value: Any) -> dict[str, str]:
    return {key: item for key, item in _mapping(value).items() if isinstance(item, str)}
