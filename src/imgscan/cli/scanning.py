"""What a scan of the command line runs with: a bar that shows how far it is, and processes that read the layers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module

from imgscan.cli.bounds import limits_of, seconds_of
from imgscan.cli.faults import overdue
from imgscan.cli.output import complain
from imgscan.cli.processes import layer_processes
from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import NOTHING, Needs, Outcome, Sandbox, Work, isolated
from imgscan.cli.store import folder_of
from imgscan.cli.timeout import longest, watchdog
from imgscan.cli.view import open_files, readable_paths
from imgscan.errors import UsageError
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Problem
from imgscan.model.progress import ProgressCallback
from imgscan.report.document import is_complete
from imgscan.report.text.reading import problem_line
from imgscan.stores.redis import RedisStore


def reading_options(arguments: argparse.Namespace, **others: object) -> ScanOptions:
    """Return the options of a command that looks into an image and follows no configuration.

    Raises:
        UsageError: one of the arguments makes no sense.
    """
    if arguments.jobs < 0:
        raise UsageError("--jobs takes a number from 1 on")
    return ScanOptions(
        image=arguments.select,
        platform=arguments.platform,
        jobs=arguments.jobs,
        limits=limits_of(arguments.limit, Limits()),
        timeout=seconds_of(arguments.timeout),
        **others,  # type: ignore[arg-type]  # each command names fields of ScanOptions
    )


def complained(problems: Sequence[Problem]) -> int:
    """Write problems to standard error and return the exit code that they call for."""
    for line in dict.fromkeys(map(problem_line, problems)):
        complain(f"imgscan: {line}")
    return 0 if is_complete(tuple(problems)) else 4


def sandbox_of(arguments: argparse.Namespace) -> Sandbox:
    """Return what ``--sandbox`` or ``IMGSCAN_SANDBOX`` says.

    A caller's process (``main`` with arguments) is not forked unless that is asked for: it may have threads.

    Raises:
        UsageError: no such choice.
    """
    asked = arguments.sandbox or os.environ.get("IMGSCAN_SANDBOX", "").strip()
    if asked and asked not in set(Sandbox):
        raise UsageError(f"IMGSCAN_SANDBOX takes one of {', '.join(Sandbox)}")
    return Sandbox(asked) if asked else Sandbox.AUTO if arguments.program else Sandbox.OFF


def isolated_for(arguments: argparse.Namespace, options: ScanOptions, work: Work) -> Outcome:
    """Do the work of a command on an image in a confined process, or in this one, as ``sandbox_of`` says.

    Raises:
        UsageError: no such choice; as ``isolated``.
    """
    choice = sandbox_of(arguments)
    if choice is not Sandbox.OFF and options.analyzers != ():
        # A confined process keeps no bytecode: what it imports for the first time it would compile in each run.
        import_module("imgscan.analyzers.secrets")
    if choice is not Sandbox.OFF and isinstance(options.store, RedisStore):
        raise UsageError("a store on a server needs --sandbox=off: a confined process has no network")
    writable = [path for path in (options.pattern_cache, folder_of(options.store)) if path is not None]
    late = None if options.timeout is None else longest(options.timeout) + 1
    needs = NOTHING
    if choice is not Sandbox.OFF:
        named = _named_files(arguments, options)
        needs = Needs(readable_paths(named), writable, open_files(named))
    return isolated(choice, work, needs, late)


def _named_files(arguments: argparse.Namespace, options: ScanOptions) -> tuple[str, ...]:
    """Return the files and folders that work on images reads, and no path of an image: others were read before."""
    sources = [*getattr(arguments, "images", ()), *(getattr(arguments, name, None) for name in ("image", "a", "b"))]
    return tuple(filter(None, (*sources, *options.rules, *options.vex, options.advisories)))


@contextmanager
def scanning(
    source: str, options: ScanOptions, arguments: argparse.Namespace
) -> Iterator[tuple[ProgressCallback | None, Executor | None]]:
    """Give what to tell read bytes to and what to read layers with, each None where it is not wanted."""
    with (
        progress_bar(source, not arguments.no_progress and not arguments.quiet) as progress,
        layer_processes(source, options) as executor,
        watchdog(options.timeout, overdue),
    ):
        yield progress, executor
