"""What lies beside an image in its archive and speaks of it: BuildKit's and cosign's attestations, bills of materials.

Sources: OCI image-spec 1.1, manifest.md (``subject``); moby/buildkit, attestation-storage.md; sigstore/cosign,
SBOM_SPEC.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from imgscan.archive.blobs.archive import Archive, Artifact
from imgscan.archive.blobs.documents import ALGORITHMS, blob_name
from imgscan.errors import InputError, ManifestError, Position
from imgscan.formats.image.gojson import read_as_go
from imgscan.formats.image.manifest import parse_manifest
from imgscan.formats.image.shapes import OCI_DOCUMENT
from imgscan.model.attached import AttachedDocument, ImageDocument
from imgscan.model.image import Descriptor, ImageManifest

MAX_DOCUMENT_BYTES = 64 << 20
"""All documents of one image together."""
MAX_DOCUMENTS = 32


def attached_documents(archive: Archive, image: ImageManifest) -> Iterator[AttachedDocument]:
    """Yield the documents of the artifacts that speak of an image, whole and verified, or why one cannot be read.

    What the archive lacks is left out: an exported image's index often names attestations that stayed behind.
    """
    left, count = MAX_DOCUMENT_BYTES, 0
    for artifact in archive.artifacts:
        if artifact.subject is None or artifact.subject != image.manifest_digest:
            continue
        try:
            layers = _layers(archive, artifact)
        except InputError as error:
            yield AttachedDocument(artifact.digest, artifact.kind, damage=str(error))
            continue
        for layer in layers:
            count += 1
            if count > MAX_DOCUMENTS:
                yield AttachedDocument(layer.digest, layer.media_type, damage=f"over {MAX_DOCUMENTS} documents")
                return
            try:
                data = _blob(archive, layer.digest, left)
            except InputError as error:
                yield AttachedDocument(layer.digest, layer.media_type, damage=str(error))
                continue
            if data is not None:
                left -= len(data)
                yield AttachedDocument(layer.digest, layer.media_type, data)


def image_documents(archive: Archive, image: ImageManifest) -> Iterator[ImageDocument]:
    """Yield config and manifest of an image as they are stored, or why one cannot be read again."""
    for name in image.documents:
        try:
            data = archive.document(name, archive.limits.json_bytes)
        except InputError as error:
            yield ImageDocument(name, damage=str(error))
            continue
        if data is not None:
            yield ImageDocument(name, data)


def _layers(archive: Archive, artifact: Artifact) -> tuple[Descriptor, ...]:
    name = blob_name(artifact.digest)
    data = _blob(archive, artifact.digest, archive.limits.json_bytes)
    return () if data is None else parse_manifest(read_as_go(data, OCI_DOCUMENT, name).value, name).layers


def _blob(archive: Archive, digest: str, limit: int) -> bytes | None:
    """Return a blob whole, None where the archive lacks it.

    Raises:
        InputError: it cannot be read, has over ``limit`` bytes, or is not what its digest says.
    """
    name = blob_name(digest)
    data = archive.document(name, limit)
    algorithm, _, expected = digest.partition(":")
    if data is None:
        return None
    if algorithm not in ALGORITHMS:
        raise ManifestError(f"an unknown digest algorithm {algorithm}", Position(source=name))
    if hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() != expected:
        raise ManifestError("not what its digest says", Position(source=name))
    return data
