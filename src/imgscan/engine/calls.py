"""What a caller gives with one scan, beside its source: whom to tell, who reads, when to end."""

from __future__ import annotations

from concurrent.futures import Executor

import msgspec

from imgscan.errors import Cancelled, DeadlineExceeded
from imgscan.model.deadline import Cancel, Until
from imgscan.model.progress import ProgressCallback


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One scan's circumstances; ``every`` image of the source, or the only one that the options fit."""

    every: bool
    progress: ProgressCallback | None = None
    executor: Executor | None = None
    cancel: Cancel | None = None
    deadline: float | None = None

    def cancelling(self) -> Cancel | None:
        """Return what ends the scan: the caller's cancel, or the moment."""
        return self.cancel if self.deadline is None else Until(self.deadline, self.cancel)

    def cancelled(self) -> Cancelled:
        """Return the error of a scan that was ended."""
        if self.cancel is not None and self.cancel.is_set():
            return Cancelled("the scan was cancelled")
        return DeadlineExceeded("the deadline came before the scan's end")
