"""scan_fleet(): reports on many images, and one summary of them all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor

import msgspec

from imgscan.fleet.driver import Driver, FleetProgress, FleetRun
from imgscan.fleet.files import write_whole
from imgscan.fleet.job import Job, prepared_job
from imgscan.fleet.outputs import index_of, json_of, parquet_writer
from imgscan.fleet.sources import all_sources
from imgscan.fleet.state import State, only_one
from imgscan.fleet.summary import FleetSummary, Tally
from imgscan.fleet.workers import ExecutorWorkers, LocalProcesses, Workers
from imgscan.model.deadline import Cancel
from imgscan.model.finding import Severity
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.report.writers import writer_of


class FleetReport(msgspec.Struct, frozen=True):
    """What a fleet comes to, and what this run of it did."""

    summary: FleetSummary
    run: FleetRun

    @property
    def exit_code(self) -> int:
        """The worst of the exit codes: an image without a report (3), findings (1), one read in part (4), none (0)."""
        if self.summary.unread:
            return 3
        codes = {image.exit_code for image in self.summary.images}
        return next((code for code in (1, 4) if code in codes), 0)


def scan_fleet(
    sources: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    options: ScanOptions | None = None,
    *,
    workers: Workers | Executor | None = None,
    formats: Sequence[str] = ("json",),
    fail_on: Severity | None = None,
    fails: Callable[[Report], bool] | None = None,
    date: str | None = None,
    details: Mapping[str, str] | None = None,
    least: Severity | None = None,
    parquet: bool = False,
    progress: Callable[[FleetProgress], None] | None = None,
    cancel: Cancel | None = None,
) -> FleetReport:
    """Scan many images and write a report on each, ``fleet.json`` and ``index.html`` into the folder ``out``.

    A second run with the same settings skips what is finished and unchanged. An image that cannot be read stops no
    other.

    Args:
        sources: archives, layouts, folders and lists of them (a text file, one a line), and addresses as fsspec takes
            them. They are taken as they are needed: an iterator of a million is fine. ``out`` is none, where it lies
            below one.
        out: the folder, which all workers see; facts on layers lie in it, too.
        workers: who does the work; None: as many processes of this machine as it has processors. An executor of the
            standard library's kind is the caller's, who ends it.
        formats: those of the reports on each image.
        fail_on: findings from here on give an image the exit code 1, as does a report of which ``fails`` is true: a
            function that can be sent to other processes.
        date: the day of the reports; ``details`` are further fields, and findings below ``least`` are left out.
        parquet: write ``fleet.parquet``, too, which needs pyarrow.

    Raises:
        Cancelled: ``cancel`` was set; what is finished stays so.
        UsageError: an option makes no sense, or another run writes into the folder.
        ImgscanError: the workers are gone for good.
    """
    folder = os.path.abspath(os.fspath(out))
    job = Job(
        options=options or ScanOptions(),
        out=folder,
        formats=tuple(dict.fromkeys(formats)),
        fail_on=fail_on,
        fails=fails,
        date=date,
        details=dict(details or {}),
        least=least,
    )
    for form in job.formats:
        writer_of(form)  # refused before anything is read
    write_parquet = parquet_writer() if parquet else None
    job = prepared_job(job)
    with only_one(folder):
        os.makedirs(job.options.pattern_cache or folder, exist_ok=True)
        tally = Tally()
        crew, ours = _crew_of(workers)
        driver = Driver(job, crew, tally, State(folder, job.digest), progress, cancel)
        try:
            run = driver.run(all_sources((os.fspath(source) for source in sources), folder))
        finally:
            if ours:
                crew.close()
        summary = tally.summary()
        write_whole(os.path.join(folder, "fleet.json"), json_of(summary))
        write_whole(os.path.join(folder, "index.html"), index_of(summary))
        if write_parquet is not None:
            write_parquet(summary, os.path.join(folder, "fleet.parquet"))
    return FleetReport(summary, run)


def _crew_of(workers: Workers | Executor | None) -> tuple[Workers, bool]:
    """Return who does the work, and whether it was made here."""
    if workers is None:
        return LocalProcesses(), True
    if isinstance(workers, Executor):
        return ExecutorWorkers(workers), False
    return workers, False
