"""Folders of image archives are told from root filesystems."""

from __future__ import annotations

import gzip
from pathlib import Path

from imgscan.archive.collection import Collection, images_in
from imgscan.model.limits import Limits
from imgscan.testing import TarBuilder, tar_of
from imgscan.testing.image import ImageBuilder
from imgscan.testing.layout import oci_archive, oci_files, write_files

IMAGE = ImageBuilder().layer(TarBuilder().file("a", b"a"))


def images(folder: Path) -> Collection:
    return images_in(str(folder), Limits())


def test_archives_of_any_form_and_depth_are_images(tmp_path: Path) -> None:
    (tmp_path / "one.tar").write_bytes(oci_archive(IMAGE))
    (tmp_path / "two").write_bytes(gzip.compress(oci_archive(IMAGE)))
    (tmp_path / "below").mkdir()
    write_files(oci_files(IMAGE), tmp_path / "below" / "layout")

    assert images(tmp_path) == Collection(("below/layout", "one.tar", "two"), others=False)


def test_what_is_usual_beside_archives_is_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "one.tar").write_bytes(oci_archive(IMAGE))
    for name in ("README.md", "SHA256SUMS", "one.tar.sha256", "one.tar.sig", ".gitignore"):
        (tmp_path / name).write_text("x")

    assert images(tmp_path) == Collection(("one.tar",), others=False)


def test_a_program_beside_archives_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "one.tar").write_bytes(oci_archive(IMAGE))
    (tmp_path / "app").write_bytes(b"\x7fELF")

    assert images(tmp_path) == Collection(("one.tar",), others=True)


def test_other_tars_damaged_archives_and_symlinks_are_no_images(tmp_path: Path) -> None:
    (tmp_path / "source.tar").write_bytes(tar_of({"a.c": b"int main;"}))
    (tmp_path / "cut.tar.gz").write_bytes(gzip.compress(oci_archive(IMAGE))[:20])
    (tmp_path / "link.tar").symlink_to("/dev/zero")

    assert images(tmp_path) == Collection((), others=True)


def test_a_folder_that_cannot_be_read_holds_nothing(tmp_path: Path) -> None:
    assert images(tmp_path / "absent") == Collection((), others=False)
