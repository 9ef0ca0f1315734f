from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from imgscan.cli.store import folder_of, store_of
from imgscan.errors import UsageError
from imgscan.stores.directory import DirectoryStore
from tests.unit.kept.memory import MemoryStore


def named(store: str | None) -> argparse.Namespace:
    return argparse.Namespace(store=store)


def test_the_words_come_before_the_environment_and_that_before_the_cache(tmp_path: Path) -> None:
    words, given, cache = (str(tmp_path / name) for name in ("words", "given", "cache"))

    assert folder_of(store_of(named(words), {"store": given}, cache).store) == words
    assert folder_of(store_of(named(None), {"store": given}, cache).store) == given
    assert folder_of(store_of(named(None), {}, cache).store) == cache
    assert store_of(named(None), {}, None).store is None


def test_off_is_no_store(tmp_path: Path) -> None:
    assert store_of(named("off"), {"store": str(tmp_path / "given")}, str(tmp_path)) == (None, False)
    assert store_of(named(None), {"store": "off"}, str(tmp_path)) == (None, False)


def test_only_the_caches_folder_is_not_named(tmp_path: Path) -> None:
    assert store_of(named(str(tmp_path / "a")), {}, None).is_named
    assert not store_of(named(None), {}, str(tmp_path / "a")).is_named


def test_a_folder_that_was_named_and_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    with pytest.raises(UsageError, match="others may write to"):
        store_of(named(str(tmp_path)), {}, None)


def test_the_caches_folder_is_done_without_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o777)

    assert store_of(named(None), {}, str(tmp_path)).store is None
    assert "warning" in capsys.readouterr().err


def test_only_a_folder_is_written_to(tmp_path: Path) -> None:
    assert folder_of(DirectoryStore(tmp_path)) == str(tmp_path)
    assert folder_of(MemoryStore()) is None
    assert folder_of(None) is None
