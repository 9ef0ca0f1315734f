from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgscan.errors import UsageError
from imgscan.fleet.files import read_whole, write_whole
from imgscan.fleet.state import State, only_one


def test_what_is_finished_is_known_to_the_same_job_alone(tmp_path: Path) -> None:
    State(str(tmp_path), "job").finish("a.tar", "stamp", ())

    assert State(str(tmp_path), "job").finished("a.tar", "stamp") == ()
    assert State(str(tmp_path), "job").finished("a.tar", "other") is None
    assert State(str(tmp_path), "other").finished("a.tar", "stamp") is None
    assert State(str(tmp_path), "job").finished("b.tar", "stamp") is None


def test_a_source_without_a_stamp_is_never_finished(tmp_path: Path) -> None:
    State(str(tmp_path), "job").finish("a.tar", None, ())

    assert State(str(tmp_path), "job").finished("a.tar", None) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"stamp": 1}', b"\xff"])
def test_a_damaged_record_is_none(data: bytes, tmp_path: Path) -> None:
    state = State(str(tmp_path), "job")
    state.finish("a.tar", "stamp", ())
    (path,) = (item for item in tmp_path.rglob("*.json"))
    path.write_bytes(data)

    assert state.finished("a.tar", "stamp") is None


def test_a_folder_is_held_by_one_and_free_again_afterwards(tmp_path: Path) -> None:
    with only_one(str(tmp_path)), pytest.raises(UsageError, match="another run"), only_one(str(tmp_path)):
        pass
    with only_one(str(tmp_path)):
        pass


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="cannot be written to"), only_one(str(tmp_path / "file/out")):
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep/file"
    write_whole(str(path), b"old")

    def refuse(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        write_whole(str(path), b"new")

    assert path.read_bytes() == b"old"
    assert [item.name for item in path.parent.iterdir()] == ["file"]


def test_a_file_that_is_too_large_or_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")

    assert read_whole(str(tmp_path / "file"), 5) == b"12345"
    assert read_whole(str(tmp_path / "file"), 4) is None
    assert read_whole(str(tmp_path / "none"), 4) is None
