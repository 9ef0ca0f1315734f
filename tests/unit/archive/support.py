"""Archives opened from what tests build."""

from __future__ import annotations

from pathlib import Path

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.opener import open_archive
from imgscan.model.limits import Limits
from imgscan.testing import TarBuilder
from tests.integration.made import Files, as_folder, as_tar, image_of, save

ONE = TarBuilder().file("one", b"1").build()
IMAGE = image_of(ONE)


def opened(files: Files, tmp_path: Path, folder: bool = False) -> Archive:
    """Return the archive that ``files`` are, as a tar or as a folder."""
    source = as_folder(files, tmp_path / "folder") if folder else save(tmp_path / "image.tar", as_tar(files))
    return open_archive(str(source), Limits())


def content(archive: Archive) -> bytes:
    """Return the stored bytes of the first layer of the first image."""
    (layer, *_) = archive.images[0].layers
    assert layer.blob is not None
    return b"".join(bytes(chunk) for chunk in archive.chunks(layer.blob))
