"""The time that a scan may take: looked at between steps, so that what was read by then is reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Protocol, TypeAlias, runtime_checkable

from imgscan.errors import LimitError

Check: TypeAlias = Callable[[], None]
"""Raises LimitError when the time is over."""

_STEPS = 256
_READING = 0.8
"""The share of the time in which layers are read; the rest is for what is made of them."""


@runtime_checkable
class Cancel(Protocol):
    """What tells that nobody wants the work any more: ``threading.Event`` is one."""

    def is_set(self) -> bool:
        """Whether it is to end now."""


class Until:
    """A cancel that is set at a moment (``time.monotonic()``), or when ``other`` is."""

    def __init__(self, moment: float, other: Cancel | None = None) -> None:
        self.moment = moment
        self._other = other

    def is_set(self) -> bool:
        """Whether that moment has come."""
        return (self._other is not None and self._other.is_set()) or self.has_come()

    def has_come(self) -> bool:
        """Whether that moment has come, whatever the other says."""
        return time.monotonic() >= self.moment


class Deadline:
    """When the work has to end, ``seconds`` from now; None: whenever it is done, and no clock is looked at.

    It is over, too, once ``cancel`` is set: all that ends for want of time ends then.
    """

    def __init__(self, seconds: float | None, cancel: Cancel | None = None) -> None:
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds
        self._cancel = cancel

    def reading(self) -> Deadline:
        """Return the deadline for reading, which leaves some time for what comes after."""
        return Deadline(None if self._seconds is None else self._seconds * _READING, self._cancel)

    def left(self) -> float | None:
        """Return how many seconds are left."""
        if self.is_cancelled():
            return 0.0
        return None if self._end is None else max(self._end - time.monotonic(), 0.0)

    def is_cancelled(self) -> bool:
        """Whether nobody wants the work any more."""
        return self._cancel is not None and self._cancel.is_set()

    @property
    def is_cancellable(self) -> bool:
        """Whether somebody may end the work at any time: who waits without a look at this waits too long."""
        return self._cancel is not None

    def is_over(self) -> bool:
        """Whether the time is over, or nobody wants the work any more."""
        return self.is_cancelled() or (self._end is not None and time.monotonic() >= self._end)

    @property
    def _is_watched(self) -> bool:
        return self._end is not None or self._cancel is not None

    def check(self) -> None:
        """Raise where the time is over.

        Raises:
            LimitError: it is.
        """
        if self.is_over():
            raise LimitError("the time that the scan may take (timeout) was over before this was done")

    def often(self) -> Check | None:
        """Return ``check`` for loops of very many short steps: it looks at the clock now and then; None: no clock."""
        if not self._is_watched:
            return None
        steps = count(1)

        def check() -> None:
            if next(steps) % _STEPS == 0:
                self.check()

        return check

    def watching(self, progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
        """Return what to tell read bytes to: ``progress``, and a look at the clock before."""
        if not self._is_watched:
            return progress

        def tell(read: int) -> None:
            self.check()
            if progress is not None:
                progress(read)

        return tell
