from __future__ import annotations

from pathlib import Path

from imgscan.testing import TarBuilder
from tests.integration.made import docker_hybrid, image_of

from ..support import IMAGE, ONE, content, opened


def test_an_archive_of_both_manifests_is_read_as_docker_load_does(tmp_path: Path) -> None:
    with opened(docker_hybrid(IMAGE), tmp_path) as archive:
        assert archive.format == "docker-archive"
        assert content(archive) == ONE
        assert archive.problems() == ()


def test_what_the_index_alone_has_is_a_problem(tmp_path: Path) -> None:
    other = docker_hybrid(image_of(TarBuilder().file("two", b"2").build()))
    files = {**other, **docker_hybrid(IMAGE), "index.json": other["index.json"]}

    with opened(files, tmp_path) as archive:
        assert [problem.code for problem in archive.problems()] != []
        assert content(archive) == ONE
