"""The progress bar, bytes of stored layers, on a terminal alone. tqdm is wrapped here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


@contextmanager
def progress_bar(source: str, wanted: bool) -> Iterator[Callable[[int], None] | None]:
    """Give a function to tell read bytes to, or None where no bar is wanted or standard error is no terminal."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    total = os.path.getsize(source) if os.path.isfile(source) else None
    tqdm.monitor_interval = 0  # a thread of its own, beside which no process can be forked
    lock = Lock()
    with tqdm(total=total, unit="B", unit_scale=True, leave=False, dynamic_ncols=True, desc="reading") as bar:

        def tell(count: int) -> None:
            with lock:
                bar.update(count)

        yield tell
