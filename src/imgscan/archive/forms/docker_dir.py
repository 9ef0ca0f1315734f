"""skopeo's ``dir:``, one image manifest beside its blobs."""

from __future__ import annotations

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.opened import MANIFEST, Opened
from imgscan.archive.forms.oci_index import directory_image
from imgscan.formats.image.manifest import is_docker_manifest, is_image_manifest


class DockerDir:
    """``manifest.json`` with config and layers, and blobs named by the hex of their digest."""

    def bid(self, opened: Opened) -> bool:
        """Whether its manifest.json is that of one image."""
        manifest = opened.manifest()
        if not opened.is_folder:
            return is_image_manifest(manifest) and not opened.evidence.rootfs
        named = opened.has(MANIFEST) and not opened.evidence.system and not is_docker_manifest(manifest)
        return is_image_manifest(manifest) or named

    def read(self, opened: Opened) -> Archive:
        """Read the one image."""
        return opened.archive("docker-dir", [directory_image(opened.documents)])
