"""imgscan fleet: very many images, and one summary."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from importlib import import_module

from imgscan.cli.codes import UNREADABLE
from imgscan.cli.details import details_of
from imgscan.cli.failing import failing_of
from imgscan.cli.forked_workers import ForkedWorkers
from imgscan.cli.output import complain
from imgscan.cli.progress import fleet_bar
from imgscan.cli.sandbox import NOTHING, Needs, Outcome, Sandbox, isolated
from imgscan.cli.scanning import sandbox_of
from imgscan.cli.settings import Chosen, chosen, ids
from imgscan.cli.view import readable_paths
from imgscan.cli.writing import encoded, write_all
from imgscan.errors import UsageError
from imgscan.fleet import FleetReport, scan_fleet
from imgscan.fleet.dask_workers import DaskWorkers
from imgscan.fleet.driver import FleetProgress
from imgscan.fleet.sources import names_address, places_of
from imgscan.fleet.summary import FleetSummary
from imgscan.fleet.workers import LocalProcesses, Workers, usable_processors
from imgscan.model.finding import Severity
from imgscan.model.options import ScanOptions
from imgscan.wording import counted

LOCAL, DASK = "local", "dask"

_MAX_UNREAD = 20
_MAX_LAYERS = 10


def run_fleet(arguments: argparse.Namespace) -> int:
    """Report on all images; a second run with the same settings goes on where the first one ended."""
    asked = chosen(arguments)
    engine, _, address = arguments.engine.partition(":")
    if engine not in (LOCAL, DASK) or (engine == LOCAL and address):
        raise UsageError("--engine takes local, dask or dask:ADDRESS (of a scheduler that runs)")
    if arguments.store:
        raise UsageError("--store: a fleet keeps the facts on its layers in --out")
    if any("=" in form for form in arguments.format):
        raise UsageError("-f names a format: the files of a fleet's reports are named after their images")
    choice = _sandbox(arguments, engine)
    folder = os.path.abspath(arguments.out)
    needs = _needs(asked.options, folder, arguments.sources) if choice is not Sandbox.OFF else NOTHING
    processes = asked.options.jobs or usable_processors()

    def work() -> Outcome:
        workers = DaskWorkers(address or None) if engine == DASK else _local(arguments, choice, processes)
        try:
            report = _scanned(arguments, asked, workers)
        finally:
            workers.close()
        for item in report.summary.unread[:_MAX_UNREAD]:
            complain(f"imgscan: {item.source}: {item.reason}")
        if not report.summary.images:
            unread = len(report.summary.unread)
            what = f"none of {counted(unread, 'image')} could be read" if unread else "no image is in what was named"
            complain(f"imgscan: {what}")
            return Outcome(UNREADABLE)
        text = "".join(f"{line}\n" for line in _lines(report, arguments.out)) if not arguments.quiet else ""
        return Outcome(report.exit_code, (encoded(text, None),))

    outcome = isolated(choice, work, needs)
    if outcome.contents is not None:
        write_all([(data, None) for data in outcome.contents])
    return outcome.code


def _sandbox(arguments: argparse.Namespace, engine: str) -> Sandbox:
    """Return whether images are read by confined processes: those of a cluster are not, nor any that use the network.

    Raises:
        UsageError: they have to be, and cannot.
    """
    choice = sandbox_of(arguments)
    why = "a cluster's workers are" if engine == DASK else "whatever reads images at addresses is"
    if choice is Sandbox.OFF or not (engine == DASK or any(map(names_address, arguments.sources))):
        return choice
    if choice is Sandbox.REQUIRE:
        raise UsageError(f"--sandbox=require: {why} not confined")
    complain(f"imgscan: no sandbox: {why} not confined (--sandbox=off if that is meant)")
    return Sandbox.OFF


def _needs(options: ScanOptions, folder: str, sources: Sequence[str]) -> Needs:
    """Return what the processes read and write: what was named, by lists too, and the folders for what they make."""
    import_module("imgscan.analyzers.secrets")  # as for one image: a confined process keeps no bytecode
    writable = tuple(path for path in (folder, options.pattern_cache) if path is not None)
    rules = filter(None, (*options.rules, *options.vex, options.advisories))
    return Needs(readable_paths([*writable, *rules, *places_of(sources)]), writable)


def _local(arguments: argparse.Namespace, choice: Sandbox, processes: int) -> Workers:
    """Return processes of this machine, not forked from one that may have threads: a caller's, or fsspec's stores'."""
    has_threads = any(map(names_address, arguments.sources)) or not arguments.program
    return LocalProcesses(processes) if has_threads and choice is Sandbox.OFF else ForkedWorkers(processes)


def _scanned(arguments: argparse.Namespace, asked: Chosen, workers: Workers) -> FleetReport:
    details = details_of(arguments, os.environ)
    failing = failing_of(ids(arguments.fail_on_check), ids(arguments.fail_on_status))
    with fleet_bar(not arguments.no_progress and not arguments.quiet) as report_progress:

        def progress(at: FleetProgress) -> None:
            if report_progress is not None:
                report_progress(at.done, at.known, at.layers)

        return scan_fleet(
            arguments.sources,
            arguments.out,
            asked.options,
            workers=workers,
            formats=arguments.format or ("json",),
            fail_on=asked.fail_on,
            fails=failing.holds if failing.statuses else None,
            date=details.date,
            details=details.fields,
            least=details.least,
            parquet=arguments.parquet,
            progress=progress,
        )


def _lines(report: FleetReport, out: str) -> Iterator[str]:
    summary, run = report.summary, report.run
    unread = f", {len(summary.unread)} not read" if summary.unread else ""
    kept = f"; {run.kept} were finished before" if run.kept else ""
    yield f"FLEET ({counted(len(summary.images), 'image')}{unread}{kept})"
    levels = [(level.name.lower(), summary.findings.get(level.name, 0)) for level in reversed(Severity)]
    yield "  findings: " + ", ".join(f"{count} {name}" for name, count in levels)
    partial = sum(not image.complete for image in summary.images)
    if partial:
        yield f"  {counted(partial, 'image')} read IN PART: silence proves nothing"
    yield from _worst(summary)
    yield f"  {os.path.join(out, 'index.html')}, fleet.json, and a report on each image below reports/"


def _worst(summary: FleetSummary) -> Iterator[str]:
    layers = [
        layer for layer in summary.layers if any(Severity[item.severity] > Severity.INFO for item in layer.findings)
    ]
    if layers:
        yield "  layers that bring the most:"
    for layer in layers[:_MAX_LAYERS]:
        item = layer.findings[0]
        rules = f"{item.severity.lower()} {item.rule}" + _others(len(layer.findings) - 1)
        yield f"    {layer.diff_id[:19]}  {counted(layer.images, 'image')}: {rules}"


def _others(count: int) -> str:
    return f" and {counted(count, 'other rule')}" if count else ""
