"""What has an image's blobs and none of the documents that put them in order."""

from __future__ import annotations

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.opened import Opened
from imgscan.errors import ManifestError


class NoManifest:
    """An image's archive that lacks its manifest, mostly one that was cut short."""

    def bid(self, opened: Opened) -> bool:
        """Whether its members are those of an image and nothing else."""
        return opened.evidence.image and not opened.evidence.rootfs and not opened.is_folder

    def read(self, opened: Opened) -> Archive:
        """Raise what ended the reading, or ManifestError."""
        if opened.fault is not None:
            raise opened.fault
        raise ManifestError("looks like an image's archive, but has no manifest.json or index.json")
