"""Several images at a glance: a row for each, the same figures in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.report.controls import rows_of
from imgscan.report.document import Report


class Unread(msgspec.Struct, frozen=True):
    """A source that gave no report, and why."""

    source: str
    reason: str


class SummaryRow(msgspec.Struct, frozen=True):
    """What one report comes to. Counts leave out what is excepted; a control that two editions ask is one.

    ``findings`` is by severity, the worst first, ``checks`` by status; ``complete`` as in the report's coverage.
    """

    source: str
    name: str
    bytes: int
    files: int
    findings: dict[str, int]
    checks: dict[str, int]
    complete: bool


class Summary(msgspec.Struct, frozen=True):
    """The rows, in the order of the reports, and the sources that gave none."""

    images: tuple[SummaryRow, ...]
    unread: tuple[Unread, ...]


def summary_of(reports: Sequence[Report], unread: Sequence[Unread] = ()) -> Summary:
    """Return what the reports come to, every string made safe to show."""
    return Summary(
        tuple(map(_row, reports)), tuple(Unread(printable(item.source), printable(item.reason)) for item in unread)
    )


def _row(report: Report) -> SummaryRow:
    severities = Counter(item.severity for item in report.findings if not item.suppressed)
    statuses = Counter(row.control.status for row in rows_of(report.controls) if not row.control.suppressed)
    return SummaryRow(
        printable(report.source),
        printable(report.image.title()),
        report.merged_bytes,
        report.files,
        {level.name: severities[level] for level in reversed(Severity)},
        {status.name: statuses[status] for status in Status},
        report.complete,
    )
