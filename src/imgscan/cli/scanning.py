"""What a scan of the command line runs with: a bar that shows how far it is, and processes that read the layers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from imgscan.archive.progress import Progress
from imgscan.cli.faults import overdue
from imgscan.cli.processes import layer_processes
from imgscan.cli.progress import progress_bar
from imgscan.cli.timeout import watchdog
from imgscan.model.options import ScanOptions


@contextmanager
def scanning(
    source: str, options: ScanOptions, arguments: argparse.Namespace
) -> Iterator[tuple[Progress | None, Executor | None]]:
    """Give what to tell read bytes to and what to read layers with, each None where it is not wanted."""
    with (
        progress_bar(source, not arguments.no_progress and not arguments.quiet) as progress,
        layer_processes(source, options) as executor,
        watchdog(options.timeout, overdue),
    ):
        yield progress, executor
