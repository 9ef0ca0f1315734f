"""OCI layouts, as archives and as folders (image-spec 1.1, image-layout.md)."""

from __future__ import annotations

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.opened import INDEX, LAYOUT, Opened
from imgscan.archive.forms.docker_archive import is_docker
from imgscan.archive.forms.oci_index import oci_images


class OciLayout:
    """``index.json`` and ``blobs/``, mostly with ``oci-layout``."""

    def bid(self, opened: Opened) -> bool:
        """Whether it is a layout: beside a manifest.json in a folder, in a tar only where docker load would not."""
        if not opened.is_folder:
            known = opened.has(LAYOUT) or not opened.evidence.rootfs
            return opened.has(INDEX) and known and not is_docker(opened)
        # An index.json of a root filesystem is some application's.
        return opened.has(LAYOUT) or (opened.has(INDEX) and (opened.has("blobs") or not opened.evidence.system))

    def read(self, opened: Opened) -> Archive:
        """Read what the index leads to."""
        images, artifacts = oci_images(opened.documents)
        return opened.archive("oci-layout" if opened.is_folder else "oci-archive", images, artifacts)
