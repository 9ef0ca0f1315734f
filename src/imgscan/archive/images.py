"""The images that a store holds, of whatever kind."""

from __future__ import annotations

from imgscan.archive.archive import WHOLE, Archive
from imgscan.archive.docker_archive import MANIFEST, REPOSITORIES, docker_images, legacy_images
from imgscan.archive.documents import Documents
from imgscan.archive.hybrid import held_against_index
from imgscan.archive.members import Evidence
from imgscan.archive.oci_layout import INDEX, LAYOUT, directory_image, oci_images
from imgscan.archive.store import Store
from imgscan.errors import InputError, ManifestError
from imgscan.formats.image.manifest import is_docker_manifest, is_image_manifest
from imgscan.formats.image.shapes import MANIFEST_JSON
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef

AMBIGUOUS = "an image's manifest and the folders of a root filesystem: read as the image, the rest was not looked into"


def take_images(archive: Archive, store: Store, evidence: Evidence, fault: InputError | None) -> bool:
    """Read the images that a store holds; false when it is a root filesystem.

    Raises:
        ManifestError: it is an image's archive and its manifest is missing or malformed.
    """
    documents = Documents(store, archive.limits, archive.log)
    if not _read_images(archive, documents, evidence, fault):
        archive.format = "rootfs-tar"
        archive.images = [rootfs_image()]
        return False
    if evidence.system:
        archive.log.error("ambiguous-archive", AMBIGUOUS)
    return True


def _read_images(archive: Archive, documents: Documents, evidence: Evidence, fault: InputError | None) -> bool:
    store = documents.store
    manifest = documents.optional(MANIFEST, MANIFEST_JSON) if store.find(MANIFEST) else None
    if is_image_manifest(manifest) and not evidence.rootfs:
        archive.format = "docker-dir"
        archive.images = [directory_image(documents)]
    elif store.find(MANIFEST) and (is_docker_manifest(manifest) or not evidence.rootfs):
        archive.format = "docker-archive"
        archive.images = docker_images(documents)
        if store.find(INDEX):
            archive.images, archive.artifacts = held_against_index(archive.images, documents)
    elif store.find(INDEX) and (store.find(LAYOUT) or not evidence.rootfs):
        archive.format = "oci-archive"
        take_oci(archive, documents)
    elif store.find(REPOSITORIES) and evidence.image and not evidence.rootfs:
        archive.format = "docker-archive-v1"
        archive.images = legacy_images(documents)
        archive.log.warn("legacy-layout", "no manifest.json: read by 'repositories'; such an archive has no digests")
    elif evidence.image and not evidence.rootfs:
        if fault is not None:
            raise fault
        raise ManifestError("looks like an image's archive, but has no manifest.json or index.json")
    else:
        return False
    return True


def take_oci(archive: Archive, documents: Documents) -> None:
    """Read the images and artifacts of an OCI layout."""
    archive.images, archive.artifacts = oci_images(documents)


def rootfs_image() -> ImageManifest:
    """Return the image that a bare root filesystem is: one layer, no config."""
    return ImageManifest(
        references=(),
        manifest_digest=None,
        image_id=None,
        platform=None,
        config=ImageConfig(),
        layers=(LayerRef(index=0, blob=WHOLE, descriptor=Descriptor()),),
    )
