from __future__ import annotations

from pathlib import Path

from tests.integration.made import docker_dir

from ..support import IMAGE, ONE, content, opened


def test_its_image_is_read_with_its_layer(tmp_path: Path) -> None:
    with opened(docker_dir(IMAGE), tmp_path, folder=True) as archive:
        assert archive.format == "docker-dir"
        assert len(archive.images) == 1
        assert content(archive) == ONE
