"""Layers surveyed by an executor: processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Protocol, runtime_checkable

from msgspec.structs import replace

from imgscan.archive.blobs.progress import BytesRead
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.timing import AnalyzerClock
from imgscan.survey.survey import Surveyor
from imgscan.survey.task import LayerResult, LayerTask, SharedSurveyor, survey_layer

_LOOK_SECONDS = 0.1


@runtime_checkable
class Awaited(Protocol):
    """An executor whose results come when they are waited for, and that tells how far its tasks have come."""

    def wait(self, seconds: float | None) -> None:
        """Wait until something has come, at most for so long."""

    def bytes_read(self) -> int:
        """Return how many stored bytes all tasks have read so far."""


class RemoteSurvey:
    """Has layers surveyed by ``executor``, at most ``jobs`` at a time, the largest first.

    ``cpu_seconds`` sums up what the tasks took, ``clock`` what each observer did where that was asked.
    """

    def __init__(
        self, executor: Executor, shared: SharedSurveyor, jobs: int, clock: AnalyzerClock | None = None
    ) -> None:
        self.clock = clock
        self.shared = shared
        self.cpu_seconds = 0.0
        self._executor = executor
        self._jobs = jobs

    def beside(self, surveyor: Surveyor) -> RemoteSurvey:
        """Return a remote survey by the same executor for other observers.

        A process that is not forked makes the surveyor of the scan itself, which says more than was asked for.
        """
        return RemoteSurvey(self._executor, SharedSurveyor(surveyor, self.shared.settings), self._jobs, self.clock)

    def survey(
        self, tasks: dict[str, LayerTask], progress: BytesRead | None, deadline: Deadline | None = None
    ) -> Generator[tuple[str, LayerFacts], None, None]:
        """Yield the facts of each layer by its key, as they are done.

        One whose task fails is left out, for the caller to survey: a process was killed, another machine does not have
        the file, a fact cannot be sent, the layer grows more than ``limits.layer_ratio`` and shares a budget.
        """
        deadline = deadline or Deadline(None)
        waiting = sorted(tasks, key=lambda key: tasks[key].location.size)
        running: dict[Future[LayerResult], str] = {}
        watch = _Watch(self._executor, progress)
        try:
            while waiting or running:
                while waiting and len(running) < self._jobs:
                    future = self._submit(replace(tasks[waiting[-1]], seconds=deadline.left()))
                    if future is None:
                        waiting.clear()
                        break
                    running[future] = waiting.pop()
                if running:
                    watch.wait(running, _LOOK_SECONDS if deadline.is_cancellable else None)
                if deadline.is_cancelled():
                    return
                for future in [future for future in running if future.done()]:
                    key = running.pop(future)
                    if future.exception() is None:
                        result = future.result()
                        self.cpu_seconds += result.cpu_seconds
                        if self.clock is not None:
                            self.clock.add_all(result.times)
                        watch.done(tasks[key].location.size)
                        yield key, result.facts
        finally:
            for future in running:
                future.cancel()

    def _submit(self, task: LayerTask) -> Future[LayerResult] | None:
        """Return None for an executor that takes no more: broken, or shut down."""
        try:
            return self._executor.submit(survey_layer, task)
        except RuntimeError:
            return None


class _Watch:
    """Waits for tasks, and tells ``progress`` how far they are: by the chunk where that is known, or by the layer."""

    def __init__(self, executor: Executor, progress: BytesRead | None) -> None:
        self._executor = executor if isinstance(executor, Awaited) else None
        self._progress = progress
        self._reported = 0

    def wait(self, running: Iterable[Future[LayerResult]], seconds: float | None) -> None:
        if self._executor is None:
            wait(running, seconds, FIRST_COMPLETED)
            return
        self._executor.wait(_LOOK_SECONDS if self._progress is not None else seconds)
        if self._progress is not None:
            read = self._executor.bytes_read()
            self._progress(read - self._reported)
            self._reported = read

    def done(self, size: int) -> None:
        if self._executor is None and self._progress is not None:
            self._progress(size)
