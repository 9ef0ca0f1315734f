"""Compiled patterns on disk: used when they fit, never trusted when they do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgscan.matching import multipattern
from imgscan.matching.multipattern import Expression, compile_patterns
from imgscan.survey.pattern_cache import PatternCache, compiler

KEYS = (Expression("key-[0-9]{4}"), Expression("lock", ignore_case=True))
DATA = b"a key-1234 and a LOCK"
HITS = [(10, 0), (21, 1)]


def hits(directory: Path) -> list[tuple[int, int]]:
    return sorted(PatternCache(str(directory))(KEYS).new_scan()(DATA))


def kept(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


@pytest.fixture
def no_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("imgscan.survey.pattern_cache.compile_patterns", refuse)


def test_what_was_compiled_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "folder"

    assert hits(directory) == HITS
    assert kept(directory).stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700


def test_what_is_kept_is_loaded(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hits(tmp_path)
    request.getfixturevalue("no_compiling")

    assert hits(tmp_path) == HITS


@pytest.mark.parametrize("at", [0, 20, 60, -1])
def test_a_damaged_file_is_compiled_again_and_replaced(tmp_path: Path, at: int) -> None:
    hits(tmp_path)
    whole = kept(tmp_path).read_bytes()
    damaged = bytearray(whole)
    damaged[at] ^= 1
    kept(tmp_path).write_bytes(damaged)

    assert hits(tmp_path) == HITS
    assert kept(tmp_path).read_bytes() == whole


@pytest.mark.parametrize("size", [0, 10, 51, 400])
def test_a_file_cut_short_is_compiled_again(tmp_path: Path, size: int) -> None:
    hits(tmp_path)
    kept(tmp_path).write_bytes(kept(tmp_path).read_bytes()[:size])

    assert hits(tmp_path) == HITS


def test_a_file_that_others_may_write_is_not_loaded(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hits(tmp_path)
    kept(tmp_path).chmod(0o666)
    request.getfixturevalue("no_compiling")

    with pytest.raises(AssertionError, match="compiled again"):
        hits(tmp_path)


def test_a_symlink_is_not_followed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    hits(tmp_path / "one")
    path = kept(tmp_path / "one")
    path.rename(tmp_path / "other")
    path.symlink_to(tmp_path / "other")
    request.getfixturevalue("no_compiling")

    with pytest.raises(AssertionError, match="compiled again"):
        hits(tmp_path / "one")


def test_a_directory_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    assert hits(tmp_path / "file") == HITS


def test_another_library_has_files_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hits(tmp_path)
    monkeypatch.setattr("imgscan.survey.pattern_cache.engine_version", lambda: "hyperscan 0")
    hits(tmp_path)

    assert len(os.listdir(tmp_path)) == 2


def test_one_cache_loads_a_set_once(tmp_path: Path) -> None:
    cache = PatternCache(str(tmp_path))

    assert cache(KEYS) is cache(KEYS)


def test_without_a_directory_nothing_is_kept() -> None:
    assert compiler(None) is compile_patterns


def test_without_hyperscan_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = multipattern.MultiPattern(multipattern._re_scan(KEYS), multipattern.SLOW)
    monkeypatch.setattr("imgscan.survey.pattern_cache.compile_patterns", lambda _: slow)

    assert hits(tmp_path) == HITS
    assert list(tmp_path.iterdir()) == []
