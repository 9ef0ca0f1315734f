from __future__ import annotations

from pathlib import Path

from imgscan.testing import TarBuilder
from tests.integration.made import image_of, oci

from ..support import IMAGE, opened


def test_every_image_of_an_index_is_read(tmp_path: Path) -> None:
    other = image_of(TarBuilder().file("two", b"2").build())

    with opened(oci(IMAGE, other), tmp_path) as archive:
        assert len(archive.images) == 2
        assert archive.images[0].manifest_digest != archive.images[1].manifest_digest
