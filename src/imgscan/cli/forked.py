"""Forked processes that survey layers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import Any

from imgscan.errors import ArchiveError

_LOOK_SECONDS = 1.0


class _Shared:
    """What processes tell each other: how many bytes were read, and whether to go on."""

    def __init__(self, context: BaseContext) -> None:
        self.read = context.Value("q", 0)
        self.stopped = context.Event()

    def tell(self, count: int) -> None:
        """Count bytes; in a process that is to stop, end the reading."""
        if self.stopped.is_set():
            raise ArchiveError("reading was stopped")
        with self.read.get_lock():
            self.read.value += count


class ForkedProcesses(ProcessPoolExecutor):
    """Forked processes that count what they read, and end with the one that made them."""

    def __init__(self, workers: int) -> None:
        context = get_context("fork")
        self._shared = _Shared(context)
        super().__init__(workers, context, _begin, (self._shared, os.getpid()))

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run a task that takes a function to tell read bytes to behind its other arguments.

        Raises:
            RuntimeError: there are other threads, whose locks a forked process would never see released.
        """
        if not self._processes and threading.active_count() > 1:
            raise RuntimeError("no fork beside other threads")
        return super().submit(_run, task, *arguments, **named)

    def bytes_read(self) -> int:
        """Return how many bytes all tasks have read."""
        return int(self._shared.read.value)

    def stop(self) -> None:
        """End what runs, soon, and wait for the processes to be gone."""
        self._shared.stopped.set()
        self.shutdown(wait=True, cancel_futures=True)


_OWN: dict[str, _Shared] = {}
"""In a forked process: what it shares with the others, which cannot be sent with a task."""


def _begin(shared: _Shared, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and says what is to be done
    _OWN["shared"] = shared
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _run(task: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return task(*arguments, progress=_OWN["shared"].tell, **named)
