"""Layers handed to an executor: which, in what order, and what is left for the caller."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest

from imgscan.analyzers.registry import choose_observers
from imgscan.archive.blobs.location import BlobLocation
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.survey.remote_survey import RemoteSurvey
from imgscan.survey.survey import Surveyor
from imgscan.survey.task import LayerResult, LayerTask, SurveySettings, shared_surveyor

SHARED = shared_surveyor(SurveySettings.of(ScanOptions(analyzers=()), choose_observers))
FACTS = Surveyor((), Limits()).survey([bytes(1024)])
SIZES = {"small": 10, "large": 300, "middle": 200}


def tasks() -> dict[str, LayerTask]:
    return {
        key: LayerTask(BlobLocation("/a", 0, size, key, (0, 0, 0)), ("sha256", "sha256"), SHARED)
        for key, size in SIZES.items()
    }


class Recorder(Executor):
    """Does tasks as they come, by ``work``; remembers them."""

    def __init__(self, work: Callable[[LayerTask], LayerResult]) -> None:
        self.given: list[LayerTask] = []
        self.waiting: list[Future[Any]] = []
        self._work = work

    def submit(self, _task: Callable[..., Any], /, *arguments: Any, **_named: Any) -> Future[Any]:
        (given,) = arguments
        future: Future[Any] = Future()
        try:
            result = self._work(given)
        except RuntimeError:
            raise
        except Exception as error:  # noqa: BLE001 (as an executor hands on whatever a task raises)
            future.set_exception(error)
        else:
            future.set_result(result)
        self.given.append(given)
        return future

    @property
    def order(self) -> list[str]:
        return [task.location.name for task in self.given]


def result(_task: LayerTask) -> LayerResult:
    return LayerResult(FACTS, cpu_seconds=1.5)


def test_every_layer_comes_back_the_largest_first_and_their_seconds_are_summed_up() -> None:
    executor = Recorder(result)
    remote = RemoteSurvey(executor, SHARED, jobs=1)

    found = dict(remote.survey(tasks(), None))

    assert found == dict.fromkeys(SIZES, FACTS)
    assert executor.order == ["large", "middle", "small"]
    assert remote.cpu_seconds == 4.5


class Threads(ThreadPoolExecutor):
    """Four threads, of which as many work as there are tasks; remembers how many did at most."""

    most = running = 0

    def submit(self, _task: Callable[..., Any], /, *arguments: Any, **_named: Any) -> Future[Any]:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        return super().submit(self._work, *arguments)

    def __init__(self) -> None:
        super().__init__(4)
        self._lock = Lock()

    def _work(self, task: LayerTask) -> LayerResult:
        with self._lock:
            self.running -= 1
        return result(task)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_no_more_than_jobs_at_a_time(jobs: int) -> None:
    with Threads() as executor:
        found = dict(RemoteSurvey(executor, SHARED, jobs).survey(tasks(), None))

    assert found.keys() == SIZES.keys()
    assert 1 <= executor.most <= jobs


def test_a_task_that_fails_is_left_for_the_caller() -> None:
    def fail_on_the_middle(task: LayerTask) -> LayerResult:
        if task.location.name == "middle":
            raise OSError("not on this machine")
        return result(task)

    found = dict(RemoteSurvey(Recorder(fail_on_the_middle), SHARED, jobs=1).survey(tasks(), None))

    assert found.keys() == {"large", "small"}


def test_an_executor_that_takes_no_more_leaves_the_rest() -> None:
    executor = Recorder(result)

    def break_down(task: LayerTask) -> LayerResult:
        if executor.given:
            raise RuntimeError("a process died")
        return result(task)

    executor._work = break_down

    found = dict(RemoteSurvey(executor, SHARED, jobs=1).survey(tasks(), None))

    assert found.keys() == {"large"}


def test_progress_is_told_by_the_layer() -> None:
    told: list[int] = []

    list(RemoteSurvey(Recorder(result), SHARED, jobs=1).survey(tasks(), told.append))

    assert told == [300, 200, 10]


def test_progress_is_told_as_the_executor_knows_it() -> None:
    class Telling(Recorder):
        def wait(self, seconds: float | None) -> None:
            assert seconds is not None

        def bytes_read(self) -> int:
            return 100 * len(self.given)

    told: list[int] = []

    list(RemoteSurvey(Telling(result), SHARED, jobs=1).survey(tasks(), told.append))

    assert told == [100, 100, 100]


def test_who_stops_listening_cancels_what_has_not_begun() -> None:
    class Slow(Recorder):
        def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
            future = super().submit(task, *arguments, **named) if not self.given else Future[Any]()
            self.waiting.append(future)
            return future

    executor = Slow(result)
    listening = RemoteSurvey(executor, SHARED, jobs=2).survey(tasks(), None)

    next(listening)
    listening.close()

    assert [future.cancelled() for future in executor.waiting] == [False, True]
