"""The report of one image, as a value. Its JSON form is contract ``imgscan.report/1`` (``schema.json``)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.model.control import Control, Status
from imgscan.model.finding import Finding, Severity, fingerprint
from imgscan.model.image import ImageManifest
from imgscan.model.ledger import Gap
from imgscan.model.problem import Level, Problem
from imgscan.model.timing import StageTime
from imgscan.model.usage import PathUsage
from imgscan.model.vulnerability import Vulnerabilities

SCHEMA = "imgscan.report/1"


class Tool(msgspec.Struct, frozen=True):
    """What made the report: ``analyzers`` maps the ids of those that ran to versions.

    ``not_run`` are the ids of those that were switched off, ``controls_off`` the ids (or globs) of controls that were.
    """

    name: str
    version: str
    analyzers: dict[str, int]
    rules_digest: str | None = None
    not_run: tuple[str, ...] = ()
    controls_off: tuple[str, ...] = ()


class LayerReport(msgspec.Struct, frozen=True, kw_only=True):
    """One layer: sizes in bytes, what was promised of it and what was read.

    In ``verified``, for ``digest`` and ``diff_id``: true (computed and equal), false (differs), None (nothing to
    compare with, or not read to its end).
    """

    index: int
    diff_id: str | None
    digest: str | None
    media_type: str
    compression: str
    stored_bytes: int
    uncompressed_bytes: int
    entries: int
    created_by: str | None
    verified: dict[str, bool | None]
    complete: bool


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at. ``skipped`` is the ledger of what is not known, the widest gaps first."""

    complete: bool
    layers: int
    entries: int
    bytes_read: int
    bytes_matched: int
    skipped: tuple[Gap, ...] = ()
    from_store: int | None = None
    """How many layers' facts an earlier scan kept, the bytes being the same; None where nothing is kept."""


class Selection(msgspec.Struct, frozen=True):
    """What a report was asked to leave out: findings below a severity, and how many there are."""

    least: Severity
    left_out: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that a scan of one image says.

    ``inventory`` maps each section to its items; ``findings`` are ranked, the worst first. ``controls`` are results
    of CIS recommendations. ``usage`` are directories and files of many bytes, by path. ``package_files`` are the
    files of each of the inventory's packages, packed, ``package_dependencies`` the positions there of those that each
    needs; only bills of materials list them. ``complete`` (of ``coverage``)
    is true when everything was read and merged. ``vulnerabilities`` are those of another program's report, None where
    none was folded in. ``timing`` says how long each stage took, None where that was not asked for.
    """

    source: str
    format: str
    tool: Tool
    image: ImageManifest
    layers: tuple[LayerReport, ...]
    merged_bytes: int
    files: int
    findings: tuple[Finding, ...]
    inventory: dict[str, tuple[dict[str, object], ...]]
    problems: tuple[Problem, ...]
    coverage: Coverage
    controls: tuple[Control, ...] = ()
    usage: tuple[PathUsage, ...] = ()
    package_files: tuple[str, ...] = ()
    package_dependencies: tuple[tuple[int, ...], ...] = ()
    vulnerabilities: Vulnerabilities | None = None
    timing: tuple[StageTime, ...] | None = None
    date: str | None = None
    """The day of the report (ISO), where one was given: without it the same image gives the same report."""
    details: dict[str, str] = {}
    """Free fields of whoever hands it over: auditor, ticket."""
    selection: Selection | None = None

    @property
    def same_image(self) -> bool | None:
        """Whether the vulnerabilities are those of this image, by its id; None where an id is unknown."""
        return None if self.vulnerabilities is None else self.vulnerabilities.is_about(self.image)

    @property
    def complete(self) -> bool:
        """Whether the silence of the report means "read whole, nothing found"."""
        return self.coverage.complete

    def exit_code(self, fail_on: Severity | None = None) -> int:
        """Return the exit code of the command line for this report (docs/report.md).

        What counts against ``fail_on`` are findings and failed controls that are neither suppressed nor known, and the
        vulnerabilities of a report that was folded in.
        """
        if fail_on is not None and any(self._counted(fail_on)):
            return 1
        return 0 if self.complete else 4

    def _counted(self, fail_on: Severity) -> Iterator[bool]:
        known = {fingerprint(item) for item in self.findings if item.known}
        for finding in self.findings:
            yield finding.severity >= fail_on and not finding.suppressed and not finding.known
        # On those of the own database there are findings, which exceptions and a baseline speak of.
        vulnerabilities = self.vulnerabilities
        for vulnerability in (
            vulnerabilities.items if vulnerabilities is not None and not vulnerabilities.is_own_database else ()
        ):
            yield vulnerability.severity >= fail_on
        for control in self.controls:
            old = bool(control.findings) and known.issuperset(control.findings)
            yield control.status is Status.FAIL and control.severity >= fail_on and not control.suppressed and not old


def ranked(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings the worst first, in an order that the image alone decides."""
    return tuple(sorted(findings, key=_rank))


def _rank(finding: Finding) -> tuple[int, str, str, int, str, str]:
    layer = finding.layer.index if finding.layer else -1
    return (-finding.severity, finding.rule, finding.path or "", layer, finding.state, finding.message)


def is_complete(problems: tuple[Problem, ...]) -> bool:
    """Whether no problem says that something was not read or merged."""
    return not any(problem.level is Level.ERROR for problem in problems)
