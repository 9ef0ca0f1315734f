"""What a confined process may read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import pytest

from imgscan.cli.view import open_files, readable_paths


def is_readable(path: str, paths: tuple[str, ...]) -> bool:
    real = os.path.realpath(path)
    roots = [os.path.realpath(root) for root in paths]
    return any(real == root or real.startswith(f"{root}/") for root in roots)


def test_what_was_named_and_the_interpreter_are_readable_and_nothing_of_the_user(tmp_path: Path) -> None:
    source = tmp_path / "image.tar"
    source.write_text("")

    paths = readable_paths([str(source)])

    assert str(source) in paths
    for needed in (sys.executable, os.__file__, msgspec.__file__, "/usr/lib"):
        assert is_readable(needed, paths), needed
    for other in (str(tmp_path), str(tmp_path / "other"), "/", "/etc/shadow", "/etc", "/root/.ssh", "/home", "/proc/1"):
        assert not is_readable(other, paths), other


def test_a_database_is_readable_with_its_journals(tmp_path: Path) -> None:
    for name in ("advisories.db", "advisories.db-wal"):
        (tmp_path / name).write_text("")

    paths = readable_paths([str(tmp_path / "advisories.db"), "", "a\0b", str(tmp_path / "absent")])

    assert str(tmp_path / "advisories.db-wal") in paths
    assert str(tmp_path / "advisories.db-shm") not in paths
    assert str(tmp_path / "absent") not in paths


def test_the_current_folder_is_readable_only_where_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])  # as python -m does
    assert os.path.realpath(tmp_path) not in readable_paths([])

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert os.path.realpath(tmp_path) in readable_paths([])


def test_descriptors_that_are_named_stay_open() -> None:
    assert open_files(["/dev/fd/63", "/proc/self/fd/5", "/dev/stdin", "image.tar", "/x/dev/fd/7"]) == {63, 5}
