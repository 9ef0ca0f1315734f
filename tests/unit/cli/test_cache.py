from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.cli.cache import cache_directory, kept_files, kept_in

from .support import parsed


def test_the_users_cache_folder_is_that_of_the_specification(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == str(tmp_path / "imgscan")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says the specification
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_directory() == str(tmp_path / "home/.cache/imgscan")


def test_words_come_before_a_configuration_and_both_before_the_users_folder() -> None:
    assert kept_in(parsed("scan", "a", "--cache", "mine"), "configured") == "mine"
    assert kept_in(parsed("scan", "a"), "configured") == "configured"
    assert kept_in(parsed("scan", "a"), None) == cache_directory()
    assert kept_in(parsed("scan", "a", "--no-cache"), "configured") is None


def test_nothing_of_others_counts_as_kept(tmp_path: Path) -> None:
    for name in ("patterns-1.hsdb", ".patterns-half", "notes.txt", "patterns.hsdb"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "patterns-folder.hsdb").mkdir()

    assert [path.name for path in kept_files(str(tmp_path))] == [".patterns-half", "patterns-1.hsdb"]
