from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgscan.archive.opener import open_archive
from imgscan.errors import ArchiveError, CollectionError, UnreadableError
from imgscan.model.limits import Limits
from tests.integration.made import as_tar, oci, save

from .support import IMAGE


def test_a_source_that_is_not_there_is_an_error_of_its_name(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        open_archive(str(tmp_path / "none"), Limits())

    assert caught.value.position.source == str(tmp_path / "none")


def test_a_device_is_no_archive() -> None:
    with pytest.raises(ArchiveError, match="a device or socket"):
        open_archive(os.devnull, Limits())


def test_an_empty_file_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="an empty file"):
        open_archive(str(save(tmp_path / "x", b"")), Limits())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_the_machines_fault(tmp_path: Path) -> None:
    save(tmp_path / "x", b"x").chmod(0)

    with pytest.raises(UnreadableError):
        open_archive(str(tmp_path / "x"), Limits())


def test_a_folder_of_images_names_them(tmp_path: Path) -> None:
    save(tmp_path / "b.tar", as_tar(oci(IMAGE)))
    save(tmp_path / "a.tar", as_tar(oci(IMAGE)))

    with pytest.raises(CollectionError) as caught:
        open_archive(str(tmp_path), Limits())

    assert caught.value.images == ("a.tar", "b.tar")
