from __future__ import annotations

import io
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

fsspec = pytest.importorskip("fsspec", reason="fsspec is an extra")
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests  # noqa: E402 (after the skip)

from imgscan.errors import InputError, SelectionError, UsageError  # noqa: E402
from imgscan.fsspec_image import ImageFileSystem  # noqa: E402
from imgscan.testing import ImageBuilder, TarBuilder, oci_archive, oci_files, write_files  # noqa: E402

LAYERS = (
    TarBuilder()
    .directory("etc", mtime=1_700_000_000)
    .file("etc/passwd", b"root:x:0:0\n", mode=0o640, uid=3, gid=4, mtime=1_700_000_000)
    .file("etc/old.conf", b"old")
    .file("usr/bin/tool", b"0123456789" * 1000, mode=0o755)
    .symlink("bin", "usr/bin")
    .symlink("etc/link", "passwd")
    .symlink("etc/broken", "nothing")
    .symlink("usr/up", "..")
    .hardlink("etc/hard", "etc/passwd")
    .fifo("run/pipe")
    .build(),
    TarBuilder().whiteout("etc/old.conf").file("etc/new.conf", b"new").build(),
)
IMAGE = ImageBuilder().layer(LAYERS[0]).layer(LAYERS[1], "gzip")
ARCHIVE = IMAGE.docker_archive()


@pytest.fixture
def files() -> ImageFileSystem:
    return ImageFileSystem(ARCHIVE)


def test_a_file_opens_by_a_chained_url(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(ARCHIVE)

    with fsspec.open(f"imgscan://etc/passwd::file://{path}") as file:
        assert file.read() == b"root:x:0:0\n"
    with fsspec.open(f"imgscan:///etc/new.conf::{path}", "rt") as file:
        assert file.read() == "new"


@pytest.mark.parametrize("form", ["archive", "layout"])
def test_the_archive_may_lie_in_another_filesystem(form: str) -> None:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    if form == "archive":
        memory.pipe("/images/app", oci_archive(IMAGE))
    else:
        memory.pipe({f"/images/app/{name}": data for name, data in oci_files(IMAGE).items()})

    with fsspec.open("imgscan://usr/bin/tool::memory://images/app") as file:
        file.seek(9990)
        assert file.read() == b"0123456789"


def test_a_layout_in_a_folder_is_one_too(tmp_path: Path) -> None:
    folder = write_files(oci_files(IMAGE), tmp_path / "layout")

    assert ImageFileSystem(str(folder)).cat("etc/new.conf") == b"new"


def test_it_is_found_by_its_name(files: ImageFileSystem) -> None:
    assert fsspec.get_filesystem_class("imgscan") is ImageFileSystem
    assert fsspec.filesystem("imgscan", fo=io.BytesIO(ARCHIVE)).ls("etc") == files.ls("etc")


def test_what_stat_says_is_there(files: ImageFileSystem) -> None:
    assert files.info("/etc/passwd") == {
        "name": "etc/passwd",
        "size": 11,
        "type": "file",
        "mode": 0o640,
        "uid": 3,
        "gid": 4,
        "mtime": 1_700_000_000.0,
        "islink": False,
    }
    assert files.modified("etc/passwd").isoformat() == "2023-11-14T22:13:20+00:00"
    assert files.info("")["type"] == "directory"
    assert files.info("run/pipe")["type"] == "other"


def test_links_lead_where_they_lead_in_the_image(files: ImageFileSystem) -> None:
    assert files.cat("etc/link") == files.cat("etc/hard") == files.cat("etc/passwd")
    assert files.cat("bin/tool") == files.cat("usr/bin/tool")
    assert files.info("bin")["type"] == "directory"
    shown = str([item for item in files.ls("") if "usr/bin" in str(item)])
    assert all(text in shown for text in ("'name': 'bin'", "'type': 'link'", "'destination': 'usr/bin'"))
    assert files.size("etc/link") == 11
    assert files.islink("etc/link")
    assert not files.islink("etc/passwd")
    assert not files.exists("etc/broken")


def test_a_walk_ends_though_links_go_in_circles(files: ImageFileSystem) -> None:
    assert files.find("usr") == ["usr/bin/tool", "usr/up"]
    assert files.glob("etc/*.conf") == ["etc/new.conf"]
    assert files.glob("**/tool") == ["usr/bin/tool"]
    assert files.du("usr/bin") == 10_000
    assert [names for _, names, _ in files.walk("usr")] == [["bin"], []]


def test_of_a_lower_layer_it_is_as_it_was() -> None:
    assert ImageFileSystem(ARCHIVE, layer=0).glob("etc/*.conf") == ["etc/old.conf"]
    with pytest.raises(UsageError, match="no layer 2"):
        ImageFileSystem(ARCHIVE, layer=2).ls("")


def test_what_is_not_there_is_an_error_of_the_systems_kinds(files: ImageFileSystem) -> None:
    for name in ("etc/none", "etc/passwd/none", "etc/broken", "etc/old.conf"):
        with pytest.raises(FileNotFoundError):
            files.info(name)
        with pytest.raises(FileNotFoundError):
            files.cat(name)
    with pytest.raises(FileNotFoundError):
        files.ls("none")
    with pytest.raises(IsADirectoryError):
        files.open("etc")
    with pytest.raises(OSError, match="not a file"):
        files.open("run/pipe")


def test_nothing_can_be_written(files: ImageFileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    calls = [
        lambda: files.open("a", "wb"),
        lambda: files.open("etc/passwd", "ab"),
        lambda: files._open("a", "wb"),
        lambda: files.pipe("a", b"a"),
        lambda: files.put(str(tmp_path / "a"), "a"),
        lambda: files.put_file(str(tmp_path / "a"), "a"),
        lambda: files.mkdir("a"),
        lambda: files.makedirs("a/b"),
        lambda: files.rmdir("etc"),
        lambda: files.rm("etc", recursive=True),
        lambda: files.rm_file("etc/passwd"),
        lambda: files.touch("a"),
        lambda: files.copy("etc/passwd", "a"),
        lambda: files.mv("etc/passwd", "a"),
    ]

    for call in calls:
        with pytest.raises(OSError, match="Read-only"):
            call()  # type: ignore[no-untyped-call]  # fsspec has no types


def test_an_archive_that_is_none_is_closed_and_an_error(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/images/none", b"PK\x03\x04" + bytes(600))

    with pytest.raises(InputError, match="zip"):
        ImageFileSystem("memory://images/none")


def test_one_of_several_images_is_chosen(files: ImageFileSystem) -> None:
    other = ImageBuilder().layer({"other": (0o644, b"o")})
    archive = oci_archive(IMAGE, other)

    with pytest.raises(SelectionError):
        ImageFileSystem(archive)
    assert ImageFileSystem(archive, image="@1").ls("", detail=False) == ["other"]


def test_what_is_closed_is_read_no_more(files: ImageFileSystem) -> None:
    file = files.open("usr/bin/tool")
    files.close()

    with pytest.raises(UsageError, match="closed"):
        file.read()


# fsspec's own tests, as far as they only read: those of get().

BULK = ("file1", "file2", "subdir/subfile1", "subdir/subfile2", "subdir/nesteddir/nestedfile")
GLOB = (
    "file1",
    "file2",
    *(f"subdir{number}/{name}" for number in range(2) for name in ("subfile1", "subfile2", "nesteddir/nestedfile")),
)
PREFIX = ("subdir.txt", "subdir/subfile.txt")
HASHED = {f"{md5(str(number).encode(), usedforsecurity=False).hexdigest()}.txt": number for number in range(10)}


def scenarios() -> bytes:
    tar = TarBuilder()
    for folder, names in (("bulk", BULK), ("glob", GLOB), ("prefix", PREFIX)):
        for name in names:
            tar.file(f"{folder}/source/{name}", b"")
    for name, number in HASHED.items():
        tar.file(f"hashed/source/{name}", str(number).encode())
    return ImageBuilder().layer(tar.file("base/src/file", b"").build()).docker_archive()


class ImageFixtures(AbstractFixtures):  # type: ignore[misc]  # fsspec has no types
    """The scenarios of the abstract tests as an image has them: nothing can be written there."""

    @pytest.fixture
    def fs(self) -> ImageFileSystem:
        return ImageFileSystem(scenarios())

    @pytest.fixture
    def fs_path(self) -> str:
        return "base"

    @pytest.fixture
    def fs_join(self) -> Any:
        return lambda *names: "/".join(names)

    @pytest.fixture
    def fs_bulk_operations_scenario_0(self) -> str:
        return "bulk/source"

    @pytest.fixture
    def fs_glob_edge_cases_files(self) -> str:
        return "glob/source"

    @pytest.fixture
    def fs_dir_and_file_with_same_name_prefix(self) -> str:
        return "prefix/source"

    @pytest.fixture
    def fs_10_files_with_hashed_names(self) -> str:
        return "hashed/source"


class Written(ImageFileSystem):
    """One whose writing does nothing: what a test would make is there already."""

    def mkdir(self, path: str, create_parents: bool = True, **options: Any) -> None:
        assert self.exists(path)

    def touch(self, path: str, truncate: bool = True, **options: Any) -> None:
        assert self.exists(path)


class TestGet(ImageFixtures, AbstractGetTests):  # type: ignore[misc]  # as above
    """fsspec's tests of get()."""

    @pytest.fixture
    def fs(self) -> ImageFileSystem:
        return Written(scenarios())
