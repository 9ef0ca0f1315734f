"""Forked processes that survey layers."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from ctypes import Array, c_longlong
from typing import Any

_LOOK_SECONDS = 1.0
_SLOTS = 64


class ForkedProcesses(ProcessPoolExecutor):
    """Forked processes that count what they read, and end with the one that made them.

    Raises:
        OSError: the system has no semaphores that processes share.
    """

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("fork")
        self._read = context.RawArray(c_longlong, _SLOTS)  # one a process: a lock could die with one that holds it
        super().__init__(workers, context, _begin, (self._read, os.getpid()))

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run a task that takes a function to tell read bytes to, as ``progress``.

        Raises:
            RuntimeError: no process can be made, or none can be made safely: of other threads a forked process has
                the locks and nobody who would release them.
        """
        if not self._processes and threading.active_count() > 1:
            raise RuntimeError("no fork beside other threads")
        try:
            return super().submit(_run, task, *arguments, **named)
        except OSError as error:
            raise RuntimeError("no more processes") from error

    def bytes_read(self) -> int:
        """Return how many bytes all tasks have read."""
        return sum(self._read)

    def stop(self) -> None:
        """End the processes, whatever they do, and wait for them to be gone."""
        self.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
        self.shutdown(wait=True)


_OWN: dict[str, Array[c_longlong]] = {}
"""In a forked process: the counters, which cannot be sent with a task."""


def _begin(read: Array[c_longlong], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and says what is to be done
    _OWN["read"] = read
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def _run(task: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return task(*arguments, progress=_tell, **named)


def _tell(count: int) -> None:
    _OWN["read"][os.getpid() % _SLOTS] += count  # by pid: two in one slot would only spoil what a bar shows
