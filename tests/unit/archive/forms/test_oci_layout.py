from __future__ import annotations

from pathlib import Path

from tests.integration.made import oci

from ..support import IMAGE, ONE, content, opened


def test_its_image_is_read_with_its_layer(tmp_path: Path) -> None:
    with opened(oci(IMAGE), tmp_path, folder=True) as archive:
        assert archive.format == "oci-layout"
        assert len(archive.images) == 1
        assert content(archive) == ONE


def test_in_a_tar_it_is_an_archive(tmp_path: Path) -> None:
    with opened(oci(IMAGE), tmp_path) as archive:
        assert archive.format == "oci-archive"
        assert content(archive) == ONE
