from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgscan.errors import ArchiveError, UsageError
from imgscan.fleet.sources import all_sources, is_address, names_address, places_of, stamp_of
from imgscan.testing import ImageBuilder, oci_files, write_files

IMAGE = ImageBuilder().layer({"a": (0o644, b"a")})


def names(*sources: Path | str, below: Path) -> list[str]:
    return [os.path.relpath(source, below) for source in all_sources(map(str, sources))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "b/deep").mkdir(parents=True)
    for name in ("c.tar", "b/a.tar", "b/deep/x.tar"):
        (tmp_path / name).write_bytes(IMAGE.docker_archive())
    write_files(oci_files(IMAGE), tmp_path / "layout")
    for name in ("README.md", "SHA256SUMS", ".hidden", "b/c.tar.asc"):
        (tmp_path / name).write_text("not an image")
    return tmp_path


def test_a_folder_is_all_below_it_but_for_what_lies_beside_images(folder: Path) -> None:
    assert names(folder, below=folder) == ["b/a.tar", "b/deep/x.tar", "c.tar", "layout"]


def test_a_link_in_a_folder_is_not_followed_and_one_that_is_named_is(folder: Path) -> None:
    (folder / "b/link.tar").symlink_to(folder / "c.tar")
    (folder / "b/up").symlink_to(folder)

    assert names(folder / "b", below=folder) == ["b/a.tar", "b/deep/x.tar"]
    assert names(folder / "b/link.tar", below=folder) == ["b/link.tar"]


def test_a_file_that_is_no_image_is_not_passed_over_in_silence(folder: Path) -> None:
    (folder / "b/odd.bin").write_bytes(b"\x7fELF")

    assert "b/odd.bin" in names(folder, below=folder)


@pytest.mark.parametrize("name", ["etc", "oci-layout", "manifest.json"])
def test_a_folder_that_is_an_image_is_one_source(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "x.tar").write_bytes(b"x")

    assert names(tmp_path, below=tmp_path) == ["."]


def test_a_list_is_read_line_by_line(folder: Path) -> None:
    (folder / "list").write_bytes(b"# comment\r\n c.tar \n\nb/a.tar\nb/\xff.tar\n")

    assert names(folder / "list", below=folder) == ["c.tar", "b/a.tar", "b/\udcff.tar"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b'{"a": 1}', b"\x1f\x8b\x08\x00", b"name\x00" * 200])
def test_what_is_no_text_is_no_list(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)

    assert names(tmp_path / "file", below=tmp_path) == ["file"]


def test_each_source_comes_once(folder: Path) -> None:
    assert names(folder / "c.tar", folder / "b/../c.tar", folder, below=folder).count("c.tar") == 1


def test_what_is_not_there_is_a_source_all_the_same(tmp_path: Path) -> None:
    assert names(tmp_path / "none.tar", below=tmp_path) == ["none.tar"]


def test_a_folder_that_cannot_be_looked_into_is_a_source_and_stops_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("/b"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)

    assert names(folder, below=folder) == ["b", "c.tar", "layout"]


def test_the_folder_that_reports_go_to_is_no_source_and_one_of_that_name_elsewhere_is(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep/y.tar").write_bytes(b"y")

    sources = [os.path.relpath(source, folder) for source in all_sources(iter([str(folder)]), str(folder / "deep"))]

    assert sources == ["b/a.tar", "b/deep/x.tar", "c.tar", "layout"]


def test_a_line_that_is_no_path_is_a_source_and_stops_no_other(folder: Path) -> None:
    (folder / "list").write_bytes(b"b/a.tar\n" * 600 + b"a\0b\nc.tar\n")

    assert [source.rpartition("/")[2] for source in all_sources(iter([str(folder / "list")]))] == [
        "a.tar",
        "a\0b",
        "c.tar",
    ]


def test_a_pipe_is_refused_and_no_one_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert names(tmp_path / "pipe", below=tmp_path) == ["pipe"]
    with pytest.raises(ArchiveError, match="a pipe"):
        stamp_of(str(tmp_path / "pipe"))


def test_standard_input_is_refused() -> None:
    with pytest.raises(UsageError):
        list(all_sources(iter(["-"])))


@pytest.mark.parametrize("source", ["s3://bucket/x.tar", "memory://x", "simplecache::s3://b/x"])
def test_an_address_is_known_by_its_scheme(source: str) -> None:
    assert is_address(source)
    assert names_address(source)


@pytest.mark.parametrize("source", ["x.tar", "/a/b:c", "./s3:x", "C:\\images\\x.tar", "app:1.2"])
def test_a_path_is_no_address(source: str) -> None:
    assert not is_address(source)
    assert not names_address(source)


def test_a_list_with_an_address_names_one(tmp_path: Path) -> None:
    (tmp_path / "with").write_text("a.tar\ns3://bucket/b.tar\n")
    (tmp_path / "without").write_text("a.tar\nb.tar\n")

    assert names_address(str(tmp_path / "with"))
    assert not names_address(str(tmp_path / "without"))


def test_a_stamp_changes_with_the_file_and_with_a_layout_s_index(folder: Path) -> None:
    for path, changed in ((folder / "c.tar", folder / "c.tar"), (folder / "layout", folder / "layout/index.json")):
        before = stamp_of(str(path))
        assert before is not None
        assert stamp_of(str(path)) == before
        os.utime(changed, ns=(1, 1))
        assert stamp_of(str(path)) != before


def test_a_root_filesystem_folder_has_no_stamp(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()

    assert stamp_of(str(tmp_path)) is None


def test_what_is_not_there_has_no_stamp_but_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="No such file"):
        stamp_of(str(tmp_path / "none"))
    with pytest.raises(ArchiveError):
        stamp_of("a\0b")


def test_what_sources_are_read_from_is_what_is_named_and_what_a_list_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "list").write_text("c.tar\nb/a.tar\nb/deep/x.tar\n")
    named = [str(folder / "list"), str(folder / "c.tar"), "s3://bucket/x"]

    paths = [str(folder / name) for name in ("c.tar", "b/a.tar", "b/deep/x.tar")]
    assert list(places_of(named)) == [named[0], *paths, *named[1:]]
    monkeypatch.setattr("imgscan.fleet.sources._MAX_PATHS", 1)
    assert list(places_of(named))[1:4] == [str(folder), str(folder / "b"), str(folder / "b/deep")]
