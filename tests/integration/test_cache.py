"""Where compiled patterns are kept: in the user's folder, in another, nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import imgscan as library
from imgscan.testing import ImageBuilder, docker_archive

from .support import imgscan


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_archive(ImageBuilder().layer({"a": b"text"})))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_scan_keeps_compiled_patterns_in_the_users_cache_folder(archive: Path, home: Path) -> None:
    imgscan(archive)

    (kept,) = (home / "imgscan").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_second_scan_says_the_same(archive: Path, home: Path) -> None:
    assert imgscan(archive, "-f", "json") == imgscan(archive, "-f", "json")
    assert len(list((home / "imgscan").iterdir())) == 1


def test_no_cache_keeps_nothing(archive: Path, home: Path) -> None:
    imgscan(archive, "--no-cache")

    assert not home.exists()


def test_a_directory_may_be_named(archive: Path, home: Path, tmp_path: Path) -> None:
    imgscan(archive, "--cache", tmp_path / "other")

    assert len(list((tmp_path / "other").iterdir())) == 1
    assert not home.exists()


def test_the_library_keeps_nothing_unless_told(archive: Path, home: Path) -> None:
    library.scan(archive)

    assert not home.exists()


def test_cache_info_and_clear(archive: Path, home: Path) -> None:
    empty = imgscan("cache")
    imgscan(archive)
    (home / "imgscan" / "other").write_bytes(b"not ours")

    full, cleared, after = imgscan("cache", "info"), imgscan("cache", "clear"), imgscan("cache")

    assert empty.text.startswith("0 files")
    assert full.text.startswith("1 file")
    assert f"kept in {home / 'imgscan'}" in full.text
    assert cleared.text.startswith("1 file")
    assert after.text.startswith("0 files")
    assert (home / "imgscan" / "other").exists()


def test_without_a_home_a_scan_works_and_cache_says_so(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")

    def nobody() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", nobody)

    assert imgscan(archive, "-q").code == 0
    assert imgscan("cache").code == 2
