"""A disk that fails in the middle: what was read is reported, the fault is named, and it is not the output's."""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path

import pytest

from imgscan.testing import TarBuilder

from .made import Files, as_folder, as_tar, blob, docker_hybrid, docker_old, image_of, oci, save
from .support import codes, imgscan, problems

LAYER = TarBuilder().file("bin/first", b"\x7fELF" * 2000, mode=0o4755).file("bin/second", b"x" * 40_000, mode=0o4755)
IMAGE = image_of(LAYER.build())


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the ranges of offsets at which files cannot be read, none until they are added."""
    ranges: list[tuple[int, int]] = []
    pread, read = os.pread, os.read

    def fail(start: int, size: int) -> None:
        if any(start < stop and first < start + size for first, stop in ranges):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def failing_pread(descriptor: int, size: int, offset: int) -> bytes:
        fail(offset, size)
        return pread(descriptor, size, offset)

    def failing_read(descriptor: int, size: int) -> bytes:
        if os.path.isfile(f"/proc/self/fd/{descriptor}"):
            fail(os.lseek(descriptor, 0, os.SEEK_CUR), size)
        return read(descriptor, size)

    monkeypatch.setattr(os, "pread", failing_pread)
    monkeypatch.setattr(os, "read", failing_read)
    return ranges


def setuid(report: dict[str, object]) -> list[str]:
    inventory = report["inventory"]
    assert isinstance(inventory, dict)
    return [row["path"] for row in inventory["setuid"]]


@pytest.mark.parametrize("form", [docker_old, docker_hybrid, oci])
def test_what_precedes_a_bad_block_of_a_layer_is_reported(
    form: object, bad: list[tuple[int, int]], tmp_path: Path
) -> None:
    assert callable(form)
    data = as_tar(form(IMAGE))
    archive = save(tmp_path / "image.tar", data)
    at = data.index(b"x" * 40_000) + 20_000
    bad.append((at, at + 512))

    run = imgscan(archive, "-f", "json", "--jobs", "1")

    assert run.code == 4
    assert setuid(run.report) == ["/bin/first", "/bin/second"]
    assert "unreadable" in codes(run.report)
    assert any("cannot be read (Input/output error)" in message for message in problems(run.report))
    assert "standard output" not in run.err


def test_a_bad_block_that_nobody_needs_is_no_matter(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    files: Files = {"extra.tar": b"x" * 300_000, **docker_old(IMAGE)}
    data = as_tar(files)
    bad.append((data.index(b"x" * 300_000) + 150_000, data.index(b"x" * 300_000) + 151_000))

    assert imgscan(save(tmp_path / "image.tar", data)).code == 0


def test_an_archive_whose_manifest_cannot_be_read_is_refused(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    data = as_tar(docker_old(IMAGE))
    at = data.index(b'[{"Config"')
    bad.append((at - 512, at))

    run = imgscan(save(tmp_path / "image.tar", data))

    assert (run.code, "cannot be read (Input/output error)" in run.err) == (3, True)


def test_an_archive_of_which_nothing_can_be_read_is_refused(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    bad.append((0, 1))

    for command in ("scan", "layers", "ls", "harden"):
        run = imgscan(command, save(tmp_path / "image.tar", as_tar(docker_old(IMAGE))))
        assert (run.code, run.err.count("\n")) == (3, 1)
        assert "cannot be read (Input/output error)" in run.err


def test_a_compressed_archive_is_read_up_to_the_bad_block(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    files = docker_old(IMAGE)
    first = {"manifest.json": files["manifest.json"], **{name: files[name] for name in files if name.endswith("json")}}
    data = gzip.compress(as_tar({**first, **files, "noise": os.urandom(300_000)}))
    bad.append((len(data) - 1024, len(data)))

    run = imgscan(save(tmp_path / "image.tar.gz", data), "-f", "json")

    assert run.code == 4
    assert setuid(run.report) == ["/bin/first", "/bin/second"]


def test_a_root_filesystem_is_read_up_to_the_bad_block(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    data = LAYER.build()
    at = data.index(b"x" * 40_000) + 20_000
    bad.append((at, at + 1))

    run = imgscan(save(tmp_path / "root.tar", data), "-f", "json")

    assert (run.code, setuid(run.report)) == (4, ["/bin/first", "/bin/second"])


def test_the_other_files_of_a_folder_are_read(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/a").write_bytes(b"a" * 5000)
    (root / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    bad.append((4000, 4001))

    run = imgscan(root, "-f", "json")

    assert run.code == 4
    (problem,) = (row for row in run.report["problems"] if row["code"] == "unreadable")
    assert (problem["path"], "cannot be read further" in problem["message"]) == ("/etc/a", True)
    assert run.report["coverage"]["entries"] >= 4


def test_a_layout_with_a_bad_blob_is_read_in_part(bad: list[tuple[int, int]], tmp_path: Path) -> None:
    big = TarBuilder().file("bin/late", b"y" * 100_000, mode=0o4755).build()
    folder = as_folder(oci(image_of(LAYER.build(), big)), tmp_path / "layout")
    bad.append((60_000, 60_001))

    run = imgscan(folder, "-f", "json")

    assert (run.code, sorted(setuid(run.report))) == (4, ["/bin/first", "/bin/late", "/bin/second"])
    assert any(row["source"] and blob(big) in row["source"] for row in run.report["problems"])
