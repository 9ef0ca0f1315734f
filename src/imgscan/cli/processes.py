"""When the layers of a source are read in processes of their own: Python runs but one thread at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress

from imgscan.cli.forked import ForkedProcesses
from imgscan.model.options import ScanOptions

_MIN_SIZE = 64 << 20
"""Bytes of the smallest source for which it pays."""

_MAX_PROCESSES = 8


@contextmanager
def layer_processes(source: str, options: ScanOptions) -> Iterator[Executor | None]:
    """Give an executor for the layers of ``source``, None where threads of this process do as well.

    Processes are forked: quickly, with all that is loaded. So only where a fork is safe (Linux, no other thread), for
    files that are worth it. Leaving the block ends what still runs.
    """
    workers = min(options.jobs or len(os.sched_getaffinity(0)), _MAX_PROCESSES) if sys.platform == "linux" else 1
    if workers < 2 or not _is_large(source):
        yield None
        return
    pool = None
    with suppress(OSError):  # a system without memory to share
        pool = ForkedProcesses(workers)
    try:
        yield pool
    finally:
        if pool is not None:
            pool.stop()


def _is_large(source: str) -> bool:
    try:
        info = os.stat(source)
        if not os.path.isdir(source):
            return info.st_size >= _MIN_SIZE
        with os.scandir(os.path.join(source, "blobs", "sha256")) as blobs:
            return sum(blob.stat().st_size for blob in blobs) >= _MIN_SIZE
    except (OSError, ValueError):  # standard input, or nothing: the scan says so
        return False
