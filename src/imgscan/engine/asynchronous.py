"""A scan beside an event loop: in a thread of its own, ended when nobody awaits it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from imgscan.model.deadline import Cancel
from imgscan.model.progress import Progress, ProgressCallback

Result = TypeVar("Result")


class _Either:
    """Set once the caller's cancel is, or the awaiting task was cancelled."""

    def __init__(self, cancel: Cancel | None) -> None:
        self._cancel = cancel
        self.left = Event()

    def is_set(self) -> bool:
        """Whether the scan is to end."""
        return self.left.is_set() or (self._cancel is not None and self._cancel.is_set())


async def awaited(
    work: Callable[[ProgressCallback | None, Cancel], Result],
    progress: ProgressCallback | None,
    cancel: Cancel | None,
) -> Result:
    """Return what ``work`` returns, done in a thread of its own.

    It is not one of the loop's: those are few, and a scan may take minutes. The progress that it tells reaches
    ``progress`` in the loop's thread. Where the task is cancelled, so is the work, and its end is waited for.
    """
    loop = asyncio.get_running_loop()
    either = _Either(cancel)

    def passed_on(news: Progress) -> None:
        if progress is not None and not either.is_set():
            loop.call_soon_threadsafe(progress, news)

    pool = ThreadPoolExecutor(1, thread_name_prefix="imgscan-scan")
    future = loop.run_in_executor(pool, work, None if progress is None else passed_on, either)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        either.left.set()
        await _ended(future)
        raise
    finally:
        pool.shutdown(wait=future.done())  # which it is, unless the loop itself was stopped


async def _ended(future: asyncio.Future[Result]) -> None:
    """Wait for the end of what was cancelled, however often the waiting is cancelled, too."""
    while not future.done():
        try:
            await asyncio.wait((future,))
        except asyncio.CancelledError:
            continue
    if not future.cancelled():
        future.exception()  # looked at, so that nobody is told that it never was
