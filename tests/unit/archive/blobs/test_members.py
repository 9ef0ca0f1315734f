from __future__ import annotations

import pytest

from imgscan.archive.blobs.members import recognise
from imgscan.model.limits import Limits
from tests.integration.made import as_tar, docker_old, oci

from ..support import IMAGE


@pytest.mark.parametrize("build", [docker_old, oci])
def test_members_of_an_archive_say_that_it_is_one(build: object) -> None:
    assert callable(build)
    evidence = recognise([as_tar(build(IMAGE))], Limits())

    assert evidence.image
    assert not evidence.system


def test_members_of_a_system_say_that_it_is_one() -> None:
    evidence = recognise([as_tar({"etc/passwd": b""})], Limits())

    assert evidence.system
    assert not evidence.image


def test_a_file_of_no_kind_says_neither() -> None:
    evidence = recognise([as_tar({"notes/x": b""})], Limits())

    assert not evidence.image
    assert not evidence.system
