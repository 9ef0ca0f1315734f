"""Several images in one run, and folders of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from imgscan import CollectionError, scan
from imgscan.testing import TarBuilder

from .made import as_folder, as_tar, docker_hybrid, image_of, oci, save
from .support import imgscan

PLAIN = image_of(TarBuilder().file("one", b"1").build())
SUID = image_of(TarBuilder().file("bin/su", b"\x7fELF", mode=0o4755).build())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an archive, a second one below it, and a layout."""
    (tmp_path / "images/below").mkdir(parents=True)
    save(tmp_path / "images/a.tar", as_tar(oci(PLAIN)))
    save(tmp_path / "images/below/b.tar", as_tar(docker_hybrid(SUID)))
    as_folder(oci(PLAIN), tmp_path / "images/layout")
    return tmp_path / "images"


def test_several_images_give_a_table_with_a_row_each(folder: Path) -> None:
    run = imgscan(folder / "a.tar", folder / "below/b.tar")

    assert run.code == 0
    assert run.text.startswith("IMAGES (2 images)\n")
    assert "IMAGE  " not in run.text  # no report of one image


def test_with_verbose_the_reports_come_too(folder: Path) -> None:
    run = imgscan(folder / "a.tar", folder / "below/b.tar", "-v")

    assert run.text.count("\nVERDICT") == 2
    assert "IMAGES (2 images)" in run.text


def test_one_image_gives_its_report_and_no_table(folder: Path) -> None:
    run = imgscan(folder / "a.tar")

    assert run.text.startswith("IMAGE ")
    assert "IMAGES (" not in run.text


def test_a_folder_of_images_is_all_of_them(folder: Path) -> None:
    report = imgscan(folder, "-f", "json").report

    assert report["schema"] == "imgscan.reports/1"
    sources = [row["source"] for row in report["summary"]["images"]]
    assert sources == [str(folder / name) for name in ("a.tar", "below/b.tar", "layout")]
    assert [row["image"]["source"] for row in report["reports"]] == sources


def test_the_summary_counts_what_the_reports_have(folder: Path) -> None:
    report = imgscan(folder, "-f", "json").report

    for row, image in zip(report["summary"]["images"], report["reports"], strict=True):
        assert row["findings"]["HIGH"] == sum(item["severity"] == "HIGH" for item in image["findings"])
        assert sum(row["findings"].values()) == len(image["findings"])
        assert row["complete"] == image["coverage"]["complete"]
    by_source = {Path(row["source"]).name: row for row in report["summary"]["images"]}
    assert sum(by_source["b.tar"]["findings"].values()) > sum(by_source["a.tar"]["findings"].values())


def test_the_same_image_by_two_names_is_scanned_once(folder: Path) -> None:
    (folder.parent / "link.tar").symlink_to(folder / "a.tar")

    report = imgscan(folder / "a.tar", folder.parent / "link.tar", folder / "a.tar", "-f", "json").report

    assert len(report["reports"]) == 1


def test_an_image_that_cannot_be_read_stops_no_other_and_gives_the_exit_code(folder: Path) -> None:
    (folder.parent / "broken.tar").write_bytes(b"x" * 1024)

    run = imgscan(folder.parent / "broken.tar", folder / "a.tar", folder / "none.tar", "-f", "json")

    assert run.code == 3
    assert [Path(row["source"]).name for row in run.report["summary"]["unread"]] == ["broken.tar", "none.tar"]
    assert [Path(row["source"]).name for row in run.report["summary"]["images"]] == ["a.tar"]
    assert str(folder.parent / "broken.tar") in run.err


def test_the_table_names_what_was_not_read(folder: Path) -> None:
    run = imgscan(folder / "a.tar", folder / "none.tar")

    assert "IMAGES (1 image, 1 not read)" in run.text
    assert "none.tar: NOT READ: No such file or directory" in " ".join(run.text.split())


def test_where_none_can_be_read_there_is_no_report(tmp_path: Path) -> None:
    run = imgscan(tmp_path / "a", tmp_path / "b")

    assert (run.code, run.out) == (3, b"")
    assert run.err.endswith("imgscan: none of 2 images could be read\n")


@pytest.mark.parametrize(("level", "code"), [("critical", 0), ("medium", 1)])
def test_findings_of_any_image_give_the_exit_code(folder: Path, level: str, code: int) -> None:
    assert imgscan(folder / "a.tar", folder / "below/b.tar", "--fail-on", level).code == code


def test_an_image_read_in_part_gives_the_exit_code(folder: Path) -> None:
    data = as_tar(docker_hybrid(image_of(TarBuilder().file("x", b"x" * 2000).build()[:1500])))
    save(folder.parent / "cut.tar", data)

    run = imgscan(folder / "a.tar", folder.parent / "cut.tar")

    assert run.code == 4
    assert "read IN PART" in run.text


def test_no_report_overwrites_an_image_of_the_folder(folder: Path) -> None:
    before = (folder / "a.tar").read_bytes()

    run = imgscan(folder, "-o", folder / "a.tar")

    assert run.code == 2
    assert "would overwrite the image" in run.err
    assert (folder / "a.tar").read_bytes() == before


@pytest.mark.parametrize("words", [("--image", "app:1"), ("--vulnerabilities", "FILE")])
def test_what_speaks_of_one_image_is_refused_beside_several(folder: Path, words: tuple[str, str]) -> None:
    saved = folder.parent / "FILE"
    saved.write_text(json.dumps({"SchemaVersion": 2, "ArtifactName": "x", "Results": []}))
    words = (words[0], words[1].replace("FILE", str(saved)))

    run = imgscan(folder / "a.tar", folder / "below/b.tar", *words)

    assert run.code == 2
    assert words[0] in run.err


def test_every_format_is_written_for_several_images(folder: Path, tmp_path: Path) -> None:
    formats = ("json", "jsonl", "sarif", "junit", "html", "markdown", "cyclonedx", "spdx", "summary", "index")

    run = imgscan(folder, "-q", *(word for name in formats for word in ("-f", f"{name}={tmp_path / name}")))

    assert run.code == 0
    assert all((tmp_path / name).stat().st_size for name in formats)


def test_the_library_says_which_images_a_folder_holds(folder: Path) -> None:
    with pytest.raises(CollectionError) as caught:
        scan(folder)

    assert caught.value.images == ("a.tar", "below/b.tar", "layout")
    assert caught.value.position.source == str(folder)


def test_a_folder_in_a_folder_of_other_files_is_no_list_of_images(folder: Path) -> None:
    (folder / "program").write_bytes(b"\x7fELF")
    shutil.rmtree(folder / "layout")

    run = imgscan(folder, "-f", "json")

    assert run.code == 4  # read as a root filesystem, with the images named as not looked into
    assert run.report["image"]["format"] == "rootfs-directory"
