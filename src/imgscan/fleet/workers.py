"""Who does the tasks of a fleet: processes of this machine, or any executor of the caller's."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Protocol, TypeVar, runtime_checkable

Result_co = TypeVar("Result_co", covariant=True)
Result = TypeVar("Result")


class Pending(Protocol[Result_co]):
    """A task that was handed in; futures of concurrent.futures and of Dask are such."""

    def result(self) -> Result_co:
        """Return what came of it, or raise what it raised."""

    def add_done_callback(self, fn: Callable[[Pending[Result_co]], object], /) -> object:
        """Have a function called, in any thread, once it is done."""

    def cancel(self) -> object:
        """Forget it, if it was not begun."""


class Workers(Protocol):
    """Where tasks run. ``slots`` is how many of them run at a time: a few more are handed in, so that none waits."""

    @property
    def slots(self) -> int:
        """How many tasks run at a time, as far as is known now."""

    def submit(self, key: str, function: Callable[..., Result], /, *arguments: object) -> Pending[Result]:
        """Hand in a task; tasks of one ``key`` are one to those who know keys.

        Raises:
            BrokenExecutor: nothing is taken any more.
        """

    def renew(self) -> bool:
        """Begin anew after what ran the tasks broke, all of them with it; whether that can be done."""

    def close(self) -> None:
        """End what was begun here."""


@runtime_checkable
class Awaited(Protocol):
    """Workers whose results come when they are waited for."""

    def wait(self, seconds: float | None) -> None:
        """Wait until something has come, at most for so long."""


class LocalProcesses:
    """Processes of this machine, as many as it has processors for this one."""

    def __init__(self, processes: int = 0) -> None:
        self.slots = processes or usable_processors()
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, key: str, function: Callable[..., Result], /, *arguments: object) -> Pending[Result]:
        """Hand in a task."""
        if self._pool is None:
            # Not forked: the caller may have threads, and a lock that one of them holds would stay locked for ever.
            self._pool = ProcessPoolExecutor(self.slots, get_context("spawn"))
        return self._pool.submit(function, *arguments)

    def renew(self) -> bool:
        """Begin anew with other processes."""
        self.close()
        return True

    def close(self) -> None:
        """End the processes, once each has done what it is at."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


class ExecutorWorkers:
    """An executor of the caller's, who ends it; ``slots`` tasks of it run at a time."""

    def __init__(self, executor: Executor, slots: int = 0) -> None:
        self.slots = slots or int(getattr(executor, "_max_workers", 0)) or usable_processors()
        self._executor = executor

    def submit(self, key: str, function: Callable[..., Result], /, *arguments: object) -> Pending[Result]:
        """Hand in a task."""
        return self._executor.submit(function, *arguments)

    def renew(self) -> bool:
        """Say no: another executor of the caller's is not known here."""
        return False

    def close(self) -> None:
        """Leave the executor to its owner."""


def usable_processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1
