"""A Dask cluster of this machine: a scheduler and workers as processes, at 127.0.0.1."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

_SECONDS = 60
_QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"}


class Cluster:
    """The scheduler's address, and the workers' processes."""

    def __init__(self, address: str, workers: list[subprocess.Popen[bytes]]) -> None:
        self.address = address
        self.workers = workers


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and workers of one thread, and end them."""
    file = folder / "scheduler.json"
    scheduler = _started(folder, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    processes = [scheduler]
    try:
        address = _address(file, scheduler)
        words = ("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--memory-limit", "0")
        made = [_started(folder, *words, "--local-directory", str(folder)) for _ in range(workers)]
        processes += made
        yield Cluster(address, made)
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def _started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
    with (folder / "dask.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **_QUIET}, cwd=folder)


def _address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    pause = Event()
    for _ in range(_SECONDS * 20):
        if file.exists() and file.stat().st_size:
            return str(json.loads(file.read_text())["address"])
        assert scheduler.poll() is None, "the scheduler ended"
        pause.wait(0.05)
    raise AssertionError("the scheduler did not begin")
