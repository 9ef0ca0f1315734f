"""What whoever hands a report over adds to it, and leaves out of it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from imgscan.model.finding import Severity
from imgscan.report.document import Report, Selection


def with_details(report: Report, date: str | None, details: Mapping[str, str]) -> Report:
    """Return the report with the date and the free fields (auditor, ticket) that its formats show."""
    return replace(report, date=date, details=dict(details))


def selected(report: Report, least: Severity) -> Report:
    """Return the report without findings below a severity; how many there are stays in it."""
    kept = tuple(item for item in report.findings if item.severity >= least)
    return replace(report, findings=kept, selection=Selection(least, len(report.findings) - len(kept)))
