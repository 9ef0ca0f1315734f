from __future__ import annotations

import logging
import os
import stat
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest

from imgscan.errors import UsageError
from imgscan.model.store import FactStore
from imgscan.stores.directory import DirectoryStore

KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


def file_of(folder: Path, key: str = KEY) -> Path:
    return folder / f"facts-{key}.bin"


def test_what_was_put_is_there_for_any_store_of_the_folder(folder: Path) -> None:
    DirectoryStore(folder).put(KEY, b"value")

    store = DirectoryStore(str(folder))
    assert store.get(KEY) == b"value"
    assert store.get(OTHER) is None
    assert isinstance(store, FactStore)


def test_the_folder_and_its_files_are_the_users_alone(folder: Path) -> None:
    DirectoryStore(folder).put(KEY, b"value")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(folder).stat().st_mode) == 0o600


def test_looking_up_makes_no_folder(folder: Path) -> None:
    assert DirectoryStore(folder).get(KEY) is None
    assert not folder.exists()


def test_a_value_takes_the_place_of_the_one_before(folder: Path) -> None:
    store = DirectoryStore(folder)
    store.put(KEY, b"one")
    store.put(KEY, b"two")

    assert store.get(KEY) == b"two"
    assert [path.name for path in folder.iterdir()] == [f"facts-{KEY}.bin"]


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)

    with pytest.raises(UsageError, match="a folder that others may write to, so facts are not kept there"):
        DirectoryStore(folder)


def test_a_folder_that_others_may_only_read_is_taken(folder: Path) -> None:
    folder.mkdir(mode=0o755)

    DirectoryStore(folder).put(KEY, b"value")

    assert DirectoryStore(folder).get(KEY) == b"value"


def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    folder.mkdir()

    with patch("os.geteuid", lambda: 12345), pytest.raises(UsageError, match="a folder of another user"):
        DirectoryStore(folder)


def test_a_link_to_a_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")

    with pytest.raises(UsageError, match="a symbolic link"):
        DirectoryStore(folder)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")

    for name in ("file", "pipe"):
        with pytest.raises(UsageError, match="not a folder"):
            DirectoryStore(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be looked at"):
        DirectoryStore("a\0b")
    with pytest.raises(UsageError, match="not a folder"):
        DirectoryStore("/dev/null")


def test_a_folder_that_is_opened_to_others_later_is_used_no_more(folder: Path) -> None:
    store = DirectoryStore(folder)
    store.put(KEY, b"value")
    folder.chmod(0o777)

    store.put(OTHER, b"value")

    assert store.get(KEY) is None
    assert not file_of(folder, OTHER).exists()


def test_a_file_that_others_could_have_written_is_none(folder: Path) -> None:
    store = DirectoryStore(folder)
    store.put(KEY, b"value")
    file_of(folder).chmod(0o666)

    assert store.get(KEY) is None


def test_neither_a_fifo_nor_a_link_nor_a_folder_is_waited_for_or_followed(folder: Path, tmp_path: Path) -> None:
    store = DirectoryStore(folder)
    (tmp_path / "outside").write_bytes(b"outside")
    makers = (os.mkfifo, lambda path: path.symlink_to(tmp_path / "outside"), lambda path: path.symlink_to("/dev/zero"))
    for make in makers:
        store.put(KEY, b"value")
        file_of(folder).unlink()
        make(file_of(folder))

        assert store.get(KEY) is None
        store.put(KEY, b"again")
        assert store.get(KEY) == b"again"
    assert (tmp_path / "outside").read_bytes() == b"outside"
    file_of(folder).unlink()
    file_of(folder).mkdir()
    store.put(KEY, b"again")
    assert store.get(KEY) is None


def test_a_key_is_no_path(folder: Path) -> None:
    store = DirectoryStore(folder)

    store.put("../../outside", b"value")

    assert store.get("../../outside") is None
    assert not (folder.parent / "outside").exists()


def test_the_files_read_longest_ago_go_first(folder: Path) -> None:
    store = DirectoryStore(folder, limit=1000)
    now = time.time()
    for number in range(5):
        store.put(str(number), bytes(200))
        os.utime(file_of(folder, str(number)), (now - 100 + number, now - 1000))
    os.utime(file_of(folder, "0"), (now, now - 1000))  # read since

    store.put("5", bytes(200))

    assert sorted(path.name for path in folder.iterdir()) == [f"facts-{number}.bin" for number in (0, 3, 4, 5)]


def test_a_value_that_would_push_out_much_else_is_not_kept(folder: Path) -> None:
    store = DirectoryStore(folder, limit=1000)

    store.put(KEY, bytes(251))

    assert store.get(KEY) is None


def test_a_file_longer_than_the_bound_is_not_read(folder: Path) -> None:
    DirectoryStore(folder).put(KEY, bytes(2000))

    assert DirectoryStore(folder, limit=1000).get(KEY) is None


def test_what_a_killed_process_left_goes_after_an_hour_and_other_files_stay(folder: Path) -> None:
    store = DirectoryStore(folder)
    store.put(KEY, b"value")
    for name in (".facts-old", ".facts-new", "patterns-x.hsdb", "notes"):
        (folder / name).touch()
    hours_ago = time.time() - 7200
    for name in (".facts-old", "patterns-x.hsdb", "notes"):
        os.utime(folder / name, (hours_ago, hours_ago))

    store.put(OTHER, b"value")

    assert not (folder / ".facts-old").exists()
    assert {".facts-new", "patterns-x.hsdb", "notes"} <= {path.name for path in folder.iterdir()}


def test_a_full_disk_is_no_fault_and_leaves_nothing_behind(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = DirectoryStore(folder)
    store.put(KEY, b"value")
    full = patch("os.replace", side_effect=OSError(28, "No space left on device"))

    with full, caplog.at_level(logging.DEBUG, "imgscan"):
        store.put(OTHER, b"value")

    assert store.get(OTHER) is None
    assert store.get(KEY) == b"value"
    assert len(list(folder.iterdir())) == 1
    assert "No space left" in caplog.text


def test_a_folder_that_cannot_be_made_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be looked at"):
        DirectoryStore(tmp_path / "file" / "store")
    store = DirectoryStore(tmp_path / "absent" / "store")
    (tmp_path / "absent").touch()

    store.put(KEY, b"value")

    assert store.get(KEY) is None


def _worked(arguments: tuple[str, int]) -> int:
    """Put and get values of some keys, and return how often a value was neither whole nor absent."""
    path, number = arguments
    store = DirectoryStore(path, limit=400_000)
    wrong = 0
    for turn in range(40):
        key = f"{turn % 8}"
        store.put(key, key.encode() * 20_000 + bytes([number]))
        value = store.get(key)
        wrong += value is not None and (len(value) != 20_001 or value[:20_000] != key.encode() * 20_000)
    return wrong


def test_several_processes_and_threads_put_and_get_at_once(folder: Path) -> None:
    work = [(str(folder), number) for number in range(4)]
    with ProcessPoolExecutor(2) as processes, ThreadPoolExecutor(2) as threads:
        results = [*processes.map(_worked, work), *threads.map(_worked, work)]

    assert results == [0] * 8
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 420_000
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
