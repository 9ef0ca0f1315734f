from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from typing import Any

import pytest

from imgscan.cli.forked_workers import ForkedWorkers
from imgscan.errors import UsageError

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone"),
    pytest.mark.skipif(threading.active_count() > 1, reason="other threads here"),
]


@pytest.fixture
def workers() -> Iterator[ForkedWorkers]:
    made = ForkedWorkers(2)
    yield made
    made.close()


def done(workers: ForkedWorkers, *futures: Future[Any]) -> None:
    while not all(future.done() for future in futures):
        workers.wait(1)


def refuse(text: str) -> None:
    raise UsageError(text)


class OddError(Exception):
    """Cannot be pickled."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.make = lambda: 1


def raise_odd() -> None:
    raise OddError("very odd")


def make_odd() -> object:
    return lambda: 1


def test_processes_stay_and_do_one_task_after_the_other(workers: ForkedWorkers) -> None:
    futures = [workers.submit("key", os.getpid) for _ in range(20)]
    done(workers, *futures)

    pids = {future.result() for future in futures}
    assert len(pids) <= 2
    assert os.getpid() not in pids


def test_a_large_result_comes_whole(workers: ForkedWorkers) -> None:
    future = workers.submit("key", bytes, 5 << 20)
    done(workers, future)

    assert future.result() == bytes(5 << 20)


def test_what_a_task_raises_is_raised_to_who_waits(workers: ForkedWorkers) -> None:
    future = workers.submit("key", refuse, "no")
    done(workers, future)

    with pytest.raises(UsageError, match="no"):
        future.result()


@pytest.mark.parametrize(("task", "text"), [(raise_odd, "OddError: very odd"), (make_odd, "pickle")])
def test_what_cannot_be_sent_is_told(task: Any, text: str, workers: ForkedWorkers) -> None:
    future = workers.submit("key", task)
    done(workers, future)

    with pytest.raises(RuntimeError, match=text):
        future.result()


def test_a_process_that_ends_costs_its_task_alone(workers: ForkedWorkers) -> None:
    lost = workers.submit("key", os._exit, 1)
    others = [workers.submit("key", os.getpid) for _ in range(4)]
    done(workers, lost, *others)

    assert isinstance(lost.exception(), BrokenExecutor)
    assert all(future.exception() is None for future in others)
    assert workers.renew()


def test_a_process_that_ended_while_it_had_nothing_to_do_costs_nothing(workers: ForkedWorkers) -> None:
    first = workers.submit("key", os.getpid)
    done(workers, first)
    os.kill(first.result(), signal.SIGKILL)
    again = [workers.submit("key", os.getpid) for _ in range(3)]
    done(workers, *again)

    assert sum(isinstance(future.exception(), BrokenExecutor) for future in again) <= 1
    assert any(future.exception() is None for future in again)


def test_closing_ends_a_process_whatever_it_does(workers: ForkedWorkers) -> None:
    first = workers.submit("key", os.getpid)
    done(workers, first)
    workers.submit("key", signal.pause)
    workers.close()

    with pytest.raises(ProcessLookupError):
        os.kill(first.result(), 0)


def test_nothing_is_forked_beside_a_thread(workers: ForkedWorkers) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="no fork beside other threads"):
            workers.submit("key", os.getpid)
    finally:
        stop.set()
        thread.join()
