"""The time that a scan may take: looked at between steps, so that what was read by then is reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from imgscan.errors import LimitError

Check: TypeAlias = Callable[[], None]
"""Raises LimitError when the time is over."""

_STEPS = 256
_READING = 0.8
"""The share of the time in which layers are read; the rest is for what is made of them."""


class Deadline:
    """When the work has to end, ``seconds`` from now; None: whenever it is done, and no clock is looked at."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    def reading(self) -> Deadline:
        """Return the deadline for reading, which leaves some time for what comes after."""
        return Deadline(None if self._seconds is None else self._seconds * _READING)

    def left(self) -> float | None:
        """Return how many seconds are left."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.0)

    def is_over(self) -> bool:
        """Whether the time is over."""
        return self._end is not None and time.monotonic() >= self._end

    def check(self) -> None:
        """Raise where the time is over.

        Raises:
            LimitError: it is.
        """
        if self.is_over():
            raise LimitError("the time that the scan may take (timeout) was over before this was done")

    def often(self) -> Check | None:
        """Return ``check`` for loops of very many short steps: it looks at the clock now and then; None: no clock."""
        if self._end is None:
            return None
        steps = count(1)

        def check() -> None:
            if next(steps) % _STEPS == 0:
                self.check()

        return check

    def watching(self, progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
        """Return what to tell read bytes to: ``progress``, and a look at the clock before."""
        if self._end is None:
            return progress

        def tell(read: int) -> None:
            self.check()
            if progress is not None:
                progress(read)

        return tell
