"""Layers surveyed by an executor: processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Protocol, runtime_checkable

from msgspec.structs import replace

from imgscan.model.fact import LayerFacts
from imgscan.survey.progress import Progress
from imgscan.survey.task import LayerResult, LayerTask, SurveySettings, survey_layer

_LOOK_SECONDS = 0.1


@runtime_checkable
class Telling(Protocol):
    """An executor that tells how far its tasks have come."""

    def bytes_read(self) -> int:
        """Return how many stored bytes all tasks have read so far."""


class Spread:
    """Has layers surveyed by ``executor``, at most ``jobs`` at a time, the largest first.

    ``cpu_seconds`` sums up what the tasks took.
    """

    def __init__(self, executor: Executor, settings: SurveySettings, jobs: int) -> None:
        self.settings = settings
        self.cpu_seconds = 0.0
        self._executor = executor
        self._jobs = jobs

    def survey(
        self, tasks: dict[str, LayerTask], progress: Progress | None
    ) -> Generator[tuple[str, LayerFacts], None, None]:
        """Yield the facts of each layer by its key, as they are done.

        One whose task fails is left out, for the caller to survey: a process was killed, another machine does not have
        the file, a fact cannot be sent. What all layers together may have beyond ``limits.layer_ratio`` is shared out
        as they come: of ``jobs`` at a time each may take what is left.
        """
        left = self.settings.limits.layer_ratio_floor
        waiting = sorted(tasks, key=lambda key: tasks[key].place.size)
        running: dict[Future[LayerResult], str] = {}
        watch = _Watch(self._executor, progress)
        try:
            while waiting or running:
                while waiting and len(running) < self._jobs:
                    task = replace(tasks[waiting[-1]], expansion=max(left, 0))
                    future = self._submit(task)
                    if future is None:
                        waiting.clear()
                        break
                    running[future] = waiting.pop()
                done, _ = wait(running, watch.seconds, FIRST_COMPLETED)
                watch.look()
                for future in done:
                    key = running.pop(future)
                    if future.exception() is None:
                        result = future.result()
                        left -= result.expanded
                        self.cpu_seconds += result.cpu_seconds
                        watch.done(tasks[key].place.size)
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
    """Tells ``progress`` how far the tasks have come: by the chunk, where the executor knows, or by the layer."""

    def __init__(self, executor: Executor, progress: Progress | None) -> None:
        self._teller = executor if progress is not None and isinstance(executor, Telling) else None
        self._progress = progress
        self._told = 0
        self.seconds = _LOOK_SECONDS if self._teller is not None else None

    def look(self) -> None:
        if self._teller is not None and self._progress is not None:
            read = self._teller.bytes_read()
            self._progress(read - self._told)
            self._told = read

    def done(self, size: int) -> None:
        if self._teller is None and self._progress is not None:
            self._progress(size)
