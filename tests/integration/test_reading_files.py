"""Files of an image, read as Python reads files: jumped in, many at once, by pattern."""

from __future__ import annotations

import gzip
import io
import json
import random
from hashlib import sha256
from pathlib import Path

import pytest

import imgscan
from imgscan.testing import ImageBuilder, TarBuilder, compress, oci_archive, oci_files, write_files
from imgscan.testing.compress import Compression

CHANCE = random.Random(7)
CONTENTS = {f"dir/file-{number}": CHANCE.randbytes(number * 37_000 + 5) for number in range(6)}


def opened(folder: Path, compression: Compression = "none", sparse: bool = False) -> imgscan.Image:
    tar = TarBuilder()
    for name, content in CONTENTS.items():
        tar.file(name, content)
    tar.file("empty", b"").symlink("link", "dir/file-3")
    if sparse:
        tar.sparse("1.0", "holes", [(1024, b"data"), (2048, b"")], 2048)
    path = folder / "image.tar"
    path.write_bytes(ImageBuilder().layer(tar, compression).layer({"dir/file-1": (0o644, b"newer")}).docker_archive())
    return imgscan.open_image(path)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_one_may_jump_in_a_file(tmp_path: Path, compression: Compression) -> None:
    whole = CONTENTS["dir/file-5"]
    with opened(tmp_path, compression) as image, image.filesystem().open("dir/file-5") as file:
        assert file.seekable()
        assert file.read(10) == whole[:10]
        assert file.seek(100_000) == 100_000
        assert file.read(70_000) == whole[100_000:170_000]
        assert file.seek(-20, io.SEEK_END) == len(whole) - 20
        assert file.read() == whole[-20:]
        assert file.read() == b""
        assert file.seek(5) == 5
        assert file.read(5) == whole[5:10]
        assert file.seek(10, io.SEEK_CUR) == 20
        assert file.read(1) == whole[20:21]
        assert file.seek(10**9) == 10**9
        assert file.read() == b""


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as image:
        file = image.filesystem().open("dir/file-5")
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)
        with pytest.raises(ValueError, match="whence"):
            file.seek(0, 9)
        file.close()
        with pytest.raises(ValueError, match="closed"):
            file.read()


def test_a_plain_layer_is_read_where_the_file_lies_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as image:
        filesystem = image.filesystem()
        monkeypatch.setattr("imgscan.image.file_content", None)

        assert filesystem.read("link") == CONTENTS["dir/file-3"]
        assert filesystem.read("empty") == b""


def test_the_layers_own_file_can_be_read(tmp_path: Path) -> None:
    with opened(tmp_path) as image:
        filesystem = image.filesystem()

        assert filesystem.read("dir/file-1") == b"newer"
        assert filesystem.read("dir/file-1", layer=0) == CONTENTS["dir/file-1"]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_many_files_are_read_in_one_go(tmp_path: Path, compression: Compression) -> None:
    paths = ["dir/file-4", "dir/file-1", "link", "dir/file-3", "empty"]
    with opened(tmp_path, compression) as image:
        filesystem = image.filesystem()
        found = list(filesystem.read_many(paths))

        assert dict(found) == {path: filesystem.read(path) for path in paths}
        assert len(found) == len(paths)
        with pytest.raises(imgscan.UsageError, match="absent"):
            list(filesystem.read_many(["absent"]))


def test_a_sparse_file_comes_with_its_holes(tmp_path: Path) -> None:
    with opened(tmp_path, sparse=True) as image:
        filesystem = image.filesystem()

        assert filesystem.read("holes") == bytes(1024) + b"data" + bytes(1020)
        with filesystem.open("holes") as file:
            file.seek(1022)
            assert file.read(4) == b"\0\0da"
        assert dict(filesystem.read_many(["holes"]))["holes"][1024:1028] == b"data"


def test_directories_and_patterns_are_listed(tmp_path: Path) -> None:
    with opened(tmp_path) as image:
        filesystem = image.filesystem()

        assert [node.path for node in filesystem.scandir()] == ["dir", "empty", "link"]
        assert [node.path for node in filesystem.scandir("/dir/")][:2] == ["dir/file-0", "dir/file-1"]
        assert [node.path for node in filesystem.glob("/dir/*-[45]")] == ["dir/file-4", "dir/file-5"]
        assert [node.path for node in filesystem.glob("**/file-0")] == ["dir/file-0"]
        assert list(filesystem.glob("nothing*")) == []
        for path in ("absent", "empty"):
            with pytest.raises(imgscan.UsageError, match="no such directory"):
                list(filesystem.scandir(path))


def test_after_the_end_nothing_can_be_read(tmp_path: Path) -> None:
    with opened(tmp_path) as image:
        filesystem = image.filesystem()
        file = filesystem.open("dir/file-5")
        file.read(10)
    file.seek(100_000)
    with pytest.raises(imgscan.UsageError, match="closed"):
        file.read(100)
    with pytest.raises(imgscan.UsageError, match="closed"):
        filesystem.open("dir/file-5")


def test_another_file_of_the_name_is_not_taken_for_it(tmp_path: Path) -> None:
    with opened(tmp_path) as image:
        filesystem = image.filesystem()
        path = tmp_path / "image.tar"
        moved = path.rename(tmp_path / "moved.tar")
        path.write_bytes(bytes(moved.stat().st_size))

        assert filesystem.read("dir/file-5") == CONTENTS["dir/file-5"]


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_compressed_layer_is_inflated_once_and_then_read_where_the_file_lies(
    tmp_path: Path, compression: Compression, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, compression) as image:
        filesystem = image.filesystem()
        monkeypatch.setattr("imgscan.image.file_content", None)  # the reading from the beginning

        for name in random.Random(1).sample(sorted(CONTENTS), len(CONTENTS)):
            assert filesystem.read(name, 0) == CONTENTS[name]
        assert filesystem.read("empty") == b""


@pytest.mark.parametrize("outer", ["gzip", "zstd", "xz", "bzip2"])
@pytest.mark.parametrize("inner", ["none", "gzip"])
def test_files_are_read_in_an_archive_that_is_compressed_as_a_whole(
    tmp_path: Path, outer: Compression, inner: Compression
) -> None:
    opened(tmp_path, inner).close()
    path = tmp_path / "image.tar"
    path.write_bytes(compress(path.read_bytes(), outer))
    with imgscan.open_image(path) as image:
        filesystem = image.filesystem()
        for name in reversed(CONTENTS):
            assert filesystem.read(name, 0) == CONTENTS[name]
        assert filesystem.read("dir/file-1") == b"newer"
        assert b"".join(image.layer_chunks(0))[:2] == (b"\x1f\x8b" if inner == "gzip" else b"di")


def test_what_a_damaged_layer_has_before_the_damage_is_read_all_the_same(tmp_path: Path) -> None:
    opened(tmp_path, "gzip").close()
    path = tmp_path / "image.tar"
    data = path.read_bytes()
    middle = data.index(b"\x1f\x8b") + 200_000
    path.write_bytes(data[:middle] + bytes(50) + data[middle + 50 :])
    with imgscan.open_image(path) as image:
        filesystem = image.filesystem()
        assert filesystem.read("dir/file-2") == CONTENTS["dir/file-2"]
        assert any(problem.level is imgscan.Level.ERROR for problem in filesystem.problems)


def test_a_lower_layer_is_seen_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path) as image:
        filesystem = image.filesystem()
        assert filesystem.read("dir/file-1") == b"newer"
        assert filesystem.at_layer(0).read("dir/file-1") == CONTENTS["dir/file-1"]
        assert filesystem.at_layer(1).read("dir/file-1") == b"newer"
        assert len(filesystem.at_layer(0).layers) == 1
        for number in (-1, 2):
            with pytest.raises(imgscan.UsageError, match="counted from 0"):
                filesystem.at_layer(number)


def image_files() -> ImageBuilder:
    return ImageBuilder().layer({"a": (0o644, b"a")}, "gzip")


@pytest.mark.parametrize("form", ["docker", "docker.gz", "oci", "layout"])
def test_config_manifest_and_layers_come_as_they_are_stored(tmp_path: Path, form: str) -> None:
    built = image_files()
    files = oci_files(built)
    path = tmp_path / "image"
    if form == "layout":
        write_files(files, path)
    else:
        data = oci_archive(built) if form == "oci" else built.docker_archive()
        path.write_bytes(compress(data, "gzip") if form == "docker.gz" else data)

    with imgscan.open_image(path) as image:
        assert image.config_bytes() == built.config()
        manifest = image.manifest_bytes()
        assert manifest is not None
        if form in ("oci", "layout"):
            assert image.manifest.manifest_digest == "sha256:" + sha256(manifest).hexdigest()
        else:
            assert json.loads(manifest)[0]["Layers"]
        stored = b"".join(image.layer_chunks(0))
        assert gzip.decompress(stored) != b""
        for number in (-1, 1):
            with pytest.raises(imgscan.UsageError, match="no layer"):
                image.layer_chunks(number)
    with pytest.raises(imgscan.UsageError, match="closed"):
        image.config_bytes()


def test_a_root_filesystem_has_neither_config_nor_manifest() -> None:
    with imgscan.open_image(TarBuilder().directory("etc").file("etc/a", b"a").build()) as image:
        assert image.config_bytes() is None
        assert image.manifest_bytes() is None
        assert len(b"".join(image.layer_chunks(0))) > 1024
