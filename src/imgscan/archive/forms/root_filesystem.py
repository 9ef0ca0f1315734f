"""A bare root filesystem (docker export, a folder): one layer, no config."""

from __future__ import annotations

from imgscan.archive.blobs.archive import WHOLE, Archive
from imgscan.archive.blobs.opened import Opened
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef

IMAGE = ImageManifest(
    references=(),
    manifest_digest=None,
    image_id=None,
    platform=None,
    config=ImageConfig(),
    layers=(LayerRef(index=0, blob=WHOLE, descriptor=Descriptor()),),
)
"""The image that a bare root filesystem is."""


class RootFilesystem:
    """Whatever is no image."""

    def bid(self, opened: Opened) -> bool:
        """Take what no form before took."""
        return True

    def read(self, opened: Opened) -> Archive:
        """Return an archive of the one image, whose one layer is all of the source."""
        return opened.archive("rootfs-directory" if opened.is_folder else "rootfs-tar", [IMAGE], whole=True)
