from __future__ import annotations

from pathlib import Path

from ..support import opened


def test_a_tar_of_a_system_is_one_layer_without_a_config(tmp_path: Path) -> None:
    with opened({"etc/passwd": b"", "bin/sh": b"x"}, tmp_path) as archive:
        (image,) = archive.images
        assert archive.format == "rootfs-tar"
        assert not image.config.present
        assert len(image.layers) == 1


def test_a_folder_of_a_system_is_one_too(tmp_path: Path) -> None:
    with opened({"etc/passwd": b"", "bin/sh": b"x"}, tmp_path, folder=True) as archive:
        assert archive.format == "rootfs-directory"
