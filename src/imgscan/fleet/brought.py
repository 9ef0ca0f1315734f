"""What one report comes to, for the summary of a fleet: its row, and which layer brings which findings."""

from __future__ import annotations

from msgspec.structs import replace

from imgscan.fleet.values import Brought, ImageResult
from imgscan.model.finding import Finding
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.summary import summary_of

_LONGEST = 300


def result_of(report: Report, position: int, reports: dict[str, str], code: int) -> ImageResult:
    """Return what a report comes to; what exceptions cover counts for nothing."""
    brought: dict[tuple[str | None, str, str], Brought] = {}
    for finding in report.findings:
        if not finding.suppressed:
            layer = finding.layer
            key = (layer.diff_id if layer is not None else None, finding.rule, finding.severity.name)
            before = brought.get(key)
            brought[key] = _first(finding) if before is None else replace(before, findings=before.findings + 1)
    (row,) = summary_of((report,)).images
    diff_ids = tuple(dict.fromkeys(layer.diff_id for layer in report.layers if layer.diff_id))
    return ImageResult(
        position=position,
        row=row,
        reports=reports,
        code=code,
        diff_ids=tuple(map(printable, diff_ids)),
        brought=tuple(brought.values()),
    )


def _first(finding: Finding) -> Brought:
    layer = finding.layer
    return Brought(
        diff_id=printable(layer.diff_id) if layer is not None and layer.diff_id else None,
        created_by=_shown(layer.created_by) if layer is not None else None,
        rule=printable(finding.rule),
        severity=finding.severity.name,
        findings=1,
        path=_shown("/" + finding.path) if finding.path else None,
    )


def _shown(text: str | None) -> str | None:
    return None if text is None else printable(text[:_LONGEST])
