"""Against a real server on a socket in a scratch folder."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest

import imgscan
from imgscan.errors import UsageError
from imgscan.model.store import FactStore
from imgscan.stores.opened import open_store
from imgscan.stores.redis import PREFIX, RedisStore
from imgscan.testing import ImageBuilder
from tests.unit.kept.memory import plain

SERVER = shutil.which("redis-server")
needs_server = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed (Debian: redis-server)")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start a server that listens on no port and writes no files."""
    with TemporaryDirectory(prefix="redis") as folder:  # a short path: a socket's has at most 107 bytes
        path = Path(folder) / "s"
        words = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no", "--dir", folder]
        with subprocess.Popen([str(SERVER), *words], stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            assert any("eady to accept connections" in line for line in server.stdout)
            yield f"unix://{path}"
            server.terminate()


@needs_server
def test_what_was_put_is_there_for_any_store_of_the_server(url: str) -> None:
    store = RedisStore(url)
    store.put("a", bytes(range(256)))

    other = RedisStore(url)
    assert other.get("a") == bytes(range(256))
    assert other.get("b") is None
    assert isinstance(store, FactStore)
    store.close()
    other.close()


@needs_server
def test_keys_have_a_prefix_and_may_have_an_end(url: str) -> None:
    import redis

    store = RedisStore(url, seconds_to_live=100)
    store.put("mortal", b"value")

    with redis.Redis.from_url(url) as client:
        assert 0 < client.ttl(PREFIX + "mortal") <= 100
    store.close()


@needs_server
def test_a_value_of_another_kind_is_none(url: str) -> None:
    import redis

    with redis.Redis.from_url(url) as client:
        client.lpush(PREFIX + "list", "value")
    store = RedisStore(url)

    assert store.get("list") is None
    store.close()


@needs_server
def test_a_scan_with_a_server_says_the_same_and_the_second_one_recalls(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgscan.kept.layers.SMALLEST", 0)
    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder().layer({"bin/su": (0o4755, b"")}).docker_archive())
    store = open_store(url)

    options = imgscan.ScanOptions(store=store, analyzers=("setuid", "secrets"))
    reports = [imgscan.scan(path, options) for _ in range(2)]

    assert [report.coverage.from_store for report in reports] == [0, 1]
    assert plain(reports[0]) == plain(reports[1])
    assert isinstance(store, RedisStore)
    store.close()


def test_a_server_that_does_not_answer_is_said_once_and_holds_nothing_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = RedisStore(f"unix://{tmp_path}/absent")

    with caplog.at_level(logging.WARNING, "imgscan"):
        store.put("a", b"value")
        assert store.get("a") is None

    assert len(caplog.records) == 1
    assert "the Redis server of the store fails" in caplog.text
    with pytest.raises(UsageError, match="the Redis server of the store does not answer"):
        open_store(f"unix://{tmp_path}/absent")


@needs_server
def test_one_that_does_not_answer_is_left_alone_for_a_while_and_one_that_refuses_a_value_is_not(url: str) -> None:
    import redis

    silent, refusing = RedisStore(url), RedisStore(url)
    with patch.object(redis.Redis, "get", side_effect=redis.TimeoutError("no answer")) as asked:
        assert [silent.get("a") for _ in range(5)] == [None] * 5
        assert asked.call_count == 1
    with patch.object(redis.Redis, "set") as told:
        silent.put("a", b"value")
        told.assert_not_called()
    with patch("imgscan.stores.redis.time.monotonic", return_value=time.monotonic() + 61):
        silent.put("a", b"value")
        assert silent.get("a") == b"value"

    with patch.object(redis.Redis, "set", side_effect=redis.ResponseError("OOM command not allowed")):
        refusing.put("b", b"value")
    assert refusing.get("a") == b"value"
    silent.close()
    refusing.close()


def test_a_password_in_the_url_is_in_no_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = RedisStore(f"unix://user:Xk9vQ2mLp8wT4zRb@{tmp_path}/absent")

    with caplog.at_level(logging.DEBUG):
        store.get("a")
        with pytest.raises(UsageError) as error:
            store.check()

    assert "Xk9v" not in caplog.text + str(error.value)


def test_what_is_no_url_of_a_server_is_refused() -> None:
    with pytest.raises(UsageError, match="no URL of a Redis server"):
        RedisStore("redis://host:port/")


def test_without_the_package_the_error_names_the_extra() -> None:
    with patch.dict(sys.modules, {"redis": None}), pytest.raises(UsageError, match=r"pip install 'imgscan\[redis\]'"):
        RedisStore("redis://localhost")


def test_a_very_large_value_is_not_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with patch("imgscan.stores.redis._MAX_VALUE_BYTES", 3), caplog.at_level(logging.WARNING, "imgscan"):
        RedisStore(f"unix://{tmp_path}/absent").put("a", b"four")

    assert caplog.records == []
