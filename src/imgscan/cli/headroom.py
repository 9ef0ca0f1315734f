"""What is left of the address space that the system allows: at the end of it nothing can be relied on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

_MIN_SIZE = 10 << 20
"""Bytes under which the work is given up. Python makes small objects at up to 100 MB a second, 1 MB in each look."""

_LOOK_SECONDS = 0.01
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
_DATA_FIELD = 5  # of statm: pages of data and stack


@contextmanager
def watched_headroom(exhausted: Callable[[], object]) -> Iterator[None]:
    """Call ``exhausted`` from a thread as soon as little is left; nothing is done where there is no limit.

    To wait for the MemoryError is too late: CPython 3.11 may loop for ever while it unwinds the stack without the 32
    bytes for a number (``exception_unwind`` in ceval.c), the global lock in its hand, and a thread that has nothing
    left to begin with never says that it has begun.
    """
    bounds = _bounds()
    if not bounds:
        yield
        return
    _one_arena()
    ended = Event()
    page = os.sysconf("SC_PAGE_SIZE")

    def watch() -> None:
        with suppress(OSError), open("/proc/self/statm", "rb", buffering=0) as file:
            while not ended.wait(_LOOK_SECONDS):
                fields = os.pread(file.fileno(), 200, 0).split()
                if any(maximum - int(fields[field]) * page < _MIN_SIZE for field, maximum in bounds):
                    if not ended.is_set():
                        exhausted()
                    return

    thread = Thread(target=watch, daemon=True, name="imgscan-memory")
    thread.start()
    try:
        yield
    finally:
        ended.set()


def _bounds() -> list[tuple[int, int]]:
    """Return the limits that are set, each with the field of ``/proc/self/statm`` (proc(5)) that it bounds."""
    if sys.platform != "linux":
        return []
    import resource

    result = ((0, resource.RLIMIT_AS), (_DATA_FIELD, resource.RLIMIT_DATA))
    limits = ((field, resource.getrlimit(limit)[0]) for field, limit in result)
    return [(field, maximum) for field, maximum in limits if maximum != resource.RLIM_INFINITY]


def _one_arena() -> None:
    """Keep glibc from reserving 64 MB of addresses for each thread: they count, used or not."""
    import ctypes

    with suppress(OSError, AttributeError):  # musl has no mallopt
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
