"""What all tasks of a fleet have in common, as it travels to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from imgscan.analyzers.registry import choose_analyzers, choose_observers
from imgscan.errors import UsageError
from imgscan.kept.keys import observer_key, surroundings_of
from imgscan.model.finding import Severity
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.survey.task import SurveySettings
from imgscan.version import __version__


class Job(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The options of every scan, the folder to write to (all workers see it), and what is written.

    ``fails`` says of a report whether it gives exit code 1, beside what ``fail_on`` says: a function that can be sent
    to other processes. ``date``, ``details`` and ``least`` are what whoever hands reports over adds and leaves out.
    ``digest`` stands for all that a report depends on beside its image. Jobs are equal where their digests are.
    """

    options: ScanOptions
    out: str
    formats: tuple[str, ...] = ("json",)
    fail_on: Severity | None = None
    fails: Callable[[Report], bool] | None = None
    date: str | None = None
    details: dict[str, str] = {}
    least: Severity | None = None
    digest: str = ""
    version: str = __version__

    def __hash__(self) -> int:
        return hash((self.digest, self.out))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and (self.digest, self.out) == (other.digest, other.out)

    def code_of(self, report: Report) -> int:
        """Return the exit code that a report calls for."""
        if self.fails is not None and self.fails(report):
            return 1
        return report.exit_code(self.fail_on)


def prepared_job(job: Job) -> Job:
    """Return the job as its tasks get it: with its digest, on one core, patterns and facts kept where all see them.

    Raises:
        UsageError: an option makes no sense for a fleet, or names what does not exist.
    """
    options = job.options
    if options.image is not None or options.vulnerabilities is not None:
        raise UsageError("an image, or a report on one, cannot be chosen for a whole fleet")
    patterns = options.pattern_cache or os.path.join(job.out, "patterns")
    return replace(
        job,
        options=replace(options, jobs=1, pattern_cache=patterns, store=None, timing=False),
        digest=_digest_of(job, options),
    )


def facts_digest(options: ScanOptions) -> str:
    """Return what changes with all that facts on a layer depend on beside it, where this process makes them."""
    settings = SurveySettings.of(options, choose_observers)
    observers = [observer_key(item) for item in choose_observers(options)]
    return _digest((surroundings_of(options.limits, options.digests), observers, settings.rules_sha256))


def _digest_of(job: Job, options: ScanOptions) -> str:
    """Return what changes with all that changes a report; not with the day, or every midnight would begin anew."""
    lasting = replace(options, jobs=0, pattern_cache=None, store=None, today=None, timing=False)
    analyzers = [(item.id, item.version) for item in choose_analyzers(options)]
    files = [_identity(path) for path in (options.advisories, *options.vex) if path is not None]
    parts = (
        facts_digest(options),
        lasting,
        analyzers,
        files,
        job.formats,
        job.fail_on,
        repr(job.fails),
        job.date,
        job.details,
        job.least,
    )
    return _digest(parts)


def _digest(parts: tuple[object, ...]) -> str:
    return sha256(msgspec.json.encode(parts, enc_hook=repr, order="sorted")).hexdigest()


def _identity(path: str) -> tuple[str, int, int] | None:
    try:
        info = os.stat(path)
    except OSError:
        return None  # whoever opens it says so
    return path, info.st_size, info.st_mtime_ns
