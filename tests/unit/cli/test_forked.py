from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor

import pytest

from imgscan.cli.forked import ForkedProcesses

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture
def pool() -> Iterator[ForkedProcesses]:
    made = ForkedProcesses(2)
    yield made
    made.stop()


def work(number: int, progress: Callable[[int], None]) -> tuple[int, int]:
    progress(number)
    return number, os.getpid()


def end(progress: Callable[[int], None]) -> None:
    os._exit(0)


def test_each_task_has_a_process_and_its_own_result(pool: ForkedProcesses) -> None:
    if threading.active_count() > 1:
        pytest.skip("other threads here")
    futures = [pool.submit(work, number) for number in (1, 2, 3)]
    while not all(future.done() for future in futures):
        pool.wait(1)

    assert [future.result()[0] for future in futures] == [1, 2, 3]
    assert os.getpid() not in {future.result()[1] for future in futures}
    assert pool.bytes_read() == 6


def test_a_process_that_ends_early_has_failed(pool: ForkedProcesses) -> None:
    if threading.active_count() > 1:
        pytest.skip("other threads here")
    future = pool.submit(end)
    while not future.done():
        pool.wait(1)

    assert isinstance(future.exception(), BrokenExecutor)


def test_nothing_is_forked_beside_a_thread(pool: ForkedProcesses) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="no fork beside other threads"):
            pool.submit(work, 1)
    finally:
        stop.set()
        thread.join()
