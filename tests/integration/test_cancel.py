"""A scan that nobody wants any more, and a scan inside the executor that it is given."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from threading import Event, active_count
from typing import Any

import pytest

import imgscan
from imgscan.model.deadline import Deadline
from imgscan.testing import ImageBuilder


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    builder = ImageBuilder()
    for number in range(4):
        builder.layer({f"file-{number}": (0o644, bytes([number]) * 10_000_000)})
    path = tmp_path_factory.mktemp("image") / "image.tar"
    path.write_bytes(builder.docker_archive())
    return str(path)


def test_who_cancels_before_the_start_gets_nothing(image: str) -> None:
    cancel = Event()
    cancel.set()

    with pytest.raises(imgscan.Cancelled):
        imgscan.scan(image, cancel=cancel)


def test_who_cancels_while_it_is_read_gets_no_report_and_no_thread_stays(image: str) -> None:
    cancel, before = Event(), active_count()

    def told(news: imgscan.Progress) -> None:
        cancel.set()

    events: list[object] = []
    with pytest.raises(imgscan.Cancelled):
        events.extend(imgscan.iter_scan(image, progress=told, cancel=cancel))

    assert not any(isinstance(event, imgscan.Report) for event in events)
    assert active_count() == before


def test_who_cancels_while_analyzers_conclude_gets_no_report(image: str) -> None:
    cancel = Event()

    def events() -> Iterator[object]:
        for event in imgscan.iter_scan(image, cancel=cancel):
            if isinstance(event, imgscan.LayerDone) and event.done == event.total:
                cancel.set()
            yield event

    with pytest.raises(imgscan.Cancelled):
        list(events())


def test_a_cancel_that_is_never_set_changes_nothing(image: str) -> None:
    assert imgscan.scan(image, cancel=Event()) == imgscan.scan(image)
    assert imgscan.Engine().scan_all(image, cancel=Event()) == imgscan.scan_all(image)


def test_cancelled_is_neither_a_fault_of_the_image_nor_of_the_caller() -> None:
    assert issubclass(imgscan.Cancelled, imgscan.ImgscanError)
    assert not issubclass(imgscan.Cancelled, imgscan.InputError | imgscan.UsageError)


class Never(Executor):
    """Takes tasks and does none."""

    def submit(self, _task: Any, /, *_arguments: Any, **_named: Any) -> Future[Any]:
        return Future()


def test_who_cancels_does_not_wait_for_an_executor(image: str) -> None:
    cancel = Event()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(imgscan.scan, image, executor=Never(), cancel=cancel)
        cancel.set()

        with pytest.raises(imgscan.Cancelled):
            future.result(timeout=30)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_scan_inside_its_own_executor_ends(image: str, threads: int) -> None:
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(imgscan.scan, image, executor=pool) for _ in range(threads)]
        reports = [future.result(timeout=60) for future in futures]

    assert reports == [imgscan.scan(image)] * threads


def test_a_scan_in_a_thread_that_its_pool_has_not_noted_yet_ends(image: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        # As the pool itself has it between Thread.start() and the noting.
        future = pool.submit(lambda: (pool._threads.clear(), imgscan.scan(image, executor=pool))[1])  # type: ignore[attr-defined]

        assert future.result(timeout=60) == imgscan.scan(image)


def test_processes_give_the_same_with_a_cancel(image: str) -> None:
    with ProcessPoolExecutor(2) as pool:
        assert imgscan.scan(image, executor=pool, cancel=Event()) == imgscan.scan(image)


def test_a_deadline_is_over_once_it_is_cancelled() -> None:
    cancel = Event()
    deadline = Deadline(None, cancel)

    assert not deadline.is_over()
    assert deadline.left() is None
    cancel.set()
    assert deadline.is_over()
    assert deadline.reading().left() == 0.0
    assert not Deadline(1000).is_over()
