"""The progress bar, bytes of stored layers, on a terminal alone. tqdm is wrapped here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imgscan.model.progress import Progress, ProgressCallback, Stage


@contextmanager
def progress_bar(source: str, wanted: bool) -> Iterator[ProgressCallback | None]:
    """Give a function to tell the progress to, or None where no bar is wanted or standard error is no terminal."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    total = os.path.getsize(source) if os.path.isfile(source) else None
    tqdm.monitor_interval = 0  # a thread of its own, beside which no process can be forked
    with tqdm(total=total, unit="B", unit_scale=True, leave=False, dynamic_ncols=True, desc="reading") as bar:

        def tell(progress: Progress) -> None:
            if progress.stage is Stage.READ:
                bar.total = progress.total or bar.total
                bar.update(progress.done - bar.n)

        yield tell


@contextmanager
def fleet_bar(wanted: bool) -> Iterator[Callable[[int, int, int], None] | None]:
    """Give a function to tell how many sources are done, of how many known so far, and how many layers were surveyed.

    None where no bar is wanted or standard error is no terminal.
    """
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # as above
    with tqdm(unit=" images", leave=False, dynamic_ncols=True, desc="fleet") as bar:

        def tell(done: int, known: int, layers: int) -> None:
            bar.total = known  # sources are taken as they are needed: it grows
            bar.set_postfix_str(f"{layers} layers", refresh=False)
            bar.update(done - bar.n)

        yield tell
