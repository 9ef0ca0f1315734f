"""The user's files: read whole and bounded, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from imgscan.files import NewFile, regular_bytes, write_files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)


def test_a_regular_file_is_read_and_a_longer_one_says_so(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")

    assert regular_bytes(path, 5) == b"12345"
    assert len(regular_bytes(path, 3)) == 4


def test_a_fifo_is_refused_without_waiting_for_who_writes(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(OSError, match="not a regular file"):
        regular_bytes(tmp_path / "fifo", 10)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_what_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(OSError, match=r"regular file|Is a directory"):
        regular_bytes(path, 10)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system has no /proc")
def test_the_pipe_of_a_shell_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"words")
    os.close(writing)

    assert regular_bytes(f"/dev/fd/{reading}", 10) == b"words"
    os.close(reading)


def test_a_new_file_gets_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"old")
    old.chmod(0o640)
    umask = os.umask(0o022)
    try:
        write_files([(str(old), b"new"), (str(tmp_path / "new"), b"new")])
    finally:
        os.umask(umask)

    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644
    assert old.read_bytes() == (tmp_path / "new").read_bytes() == b"new"
    assert names(tmp_path) == ["new", "old"]


def test_a_full_disk_leaves_every_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    no_room(monkeypatch)

    with pytest.raises(OSError, match="No space") as raised:
        write_files([(str(tmp_path / "a"), b"new"), (str(tmp_path / "b"), b"new")])

    assert raised.value.filename == str(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_one_that_cannot_be_written_keeps_the_others_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    with pytest.raises(OSError, match="No such file") as raised:
        write_files([(str(tmp_path / "a"), b"new"), (str(tmp_path / "none" / "b"), b"new")])

    assert raised.value.filename == str(tmp_path / "none" / "b")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write_files([(str(tmp_path / "a"), b"new")])

    assert names(tmp_path) == []


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("folder/file")

    write_files([(str(tmp_path / "link"), b"new")])

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "file").read_bytes() == b"new"


def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    write_files([(str(tmp_path / ("n" * 255)), b"new")])

    assert names(tmp_path) == ["n" * 255]


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_files([("/dev/null", b"new")])

    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_device_that_takes_nothing_keeps_the_files_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    with pytest.raises(OSError, match="No space"):
        write_files([(str(tmp_path / "a"), b"new"), ("/dev/full", b"new")])

    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr("os.access", lambda path, mode: False)

    with pytest.raises(PermissionError):
        write_files([(str(tmp_path / "a"), b"new")])

    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize("errno", [13, 16, 30])
def test_a_file_in_a_folder_that_takes_no_other_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errno: int
) -> None:
    (tmp_path / "a").write_bytes(b"old, and longer")

    def refused(*_: object) -> None:
        raise OSError(errno, "refused")

    monkeypatch.setattr("os.replace", refused)

    write_files([(str(tmp_path / "a"), b"new")])

    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_a_discarded_file_is_gone(tmp_path: Path) -> None:
    new = NewFile(str(tmp_path / "a"), b"new")
    assert len(names(tmp_path)) == 1

    new.discard()

    assert names(tmp_path) == []
