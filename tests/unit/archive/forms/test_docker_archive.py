from __future__ import annotations

from pathlib import Path

from tests.integration.made import docker_old

from ..support import IMAGE, ONE, content, opened


def test_its_image_is_read_with_its_layer(tmp_path: Path) -> None:
    with opened(docker_old(IMAGE), tmp_path, folder=False) as archive:
        assert archive.format == "docker-archive"
        assert len(archive.images) == 1
        assert content(archive) == ONE


def test_a_folder_of_its_members_is_read_too(tmp_path: Path) -> None:
    with opened(docker_old(IMAGE), tmp_path, folder=True) as archive:
        assert content(archive) == ONE
