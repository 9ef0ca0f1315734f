"""The watchdog behind --timeout: a scan that does not heed its deadline is ended."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_GRACE = 0.5
_LEAST_GRACE = 5.0


def longest(seconds: float) -> float:
    """Return after how many seconds a scan with a deadline of ``seconds`` is ended."""
    return seconds + max(seconds * _GRACE, _LEAST_GRACE)


@contextmanager
def watchdog(seconds: float | None, stop: Callable[[], object]) -> Iterator[None]:
    """Call ``stop`` well after a deadline of so many seconds: half as much again, and 5 seconds at least.

    By a timer of the system and no thread: beside a thread no process is forked.
    """
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(number: int, frame: FrameType | None) -> None:
        stop()

    former = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, longest(seconds))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
