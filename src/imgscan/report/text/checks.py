"""The verdict and the table of controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from imgscan.model.control import Control, Status
from imgscan.model.finding import Severity
from imgscan.report.document import Report
from imgscan.report.text.page import Page
from imgscan.wording import counted

MARKS = {
    Status.PASS: "[PASS]",
    Status.FAIL: "[FAIL]",
    Status.WARN: "[WARN]",
    Status.INFO: "[INFO]",
    Status.NOT_EVALUABLE: "[N/A]",
    Status.UNKNOWN: "[UNKNOWN]",
}
_MARK, _ID = 10, 6
_EVIDENCE = 3


def verdict_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield what it comes to: controls by status, findings by severity."""
    yield from page.wrapped(page.heading("VERDICT"), "; ".join(_verdict(report)), kind="bold")


def _verdict(report: Report) -> Iterator[str]:
    statuses = Counter(control.status for control in report.controls if not control.suppressed)
    if report.controls:
        words = {
            Status.FAIL: "failed",
            Status.WARN: "to review",
            Status.PASS: "passed",
            Status.UNKNOWN: "unknown",
        }
        parts = [f"{statuses[status]} {word}" for status, word in words.items() if statuses[status]]
        yield f"checks: {', '.join(parts) or 'none can be decided'}"
    yield f"findings: {severity_counts(report) or 'none'}"
    suppressed = sum(bool(item.suppressed) for item in report.findings)
    suppressed += sum(bool(control.suppressed) for control in report.controls)
    if suppressed:
        yield f"{suppressed} excepted"
    known = sum(item.known is True for item in report.findings)
    if known:
        yield f"{known} known from the baseline"
    if not report.complete:
        yield "the image was read IN PART: silence proves nothing"


def severity_counts(report: Report) -> str:
    """Return how many findings count, by severity, the worst first."""
    counts = Counter(item.severity for item in report.findings if not item.suppressed)
    return ", ".join(f"{counts[level]} {level.name.lower()}" for level in reversed(Severity) if counts[level])


def check_lines(controls: Sequence[Control], page: Page) -> Iterator[str]:
    """Yield the table, one part an edition; what no image can decide is one line unless ``page.verbose``."""
    for edition, group in groupby(controls, key=lambda control: control.edition):
        items = list(group)
        yield page.heading(f"SECURITY CHECKS ({edition})")
        for control in items:
            if control.status is not Status.NOT_EVALUABLE or page.verbose or control.evidence:
                yield from _control_lines(control, page)
        silent = [item for item in items if item.status is Status.NOT_EVALUABLE and not item.evidence]
        if silent and not page.verbose:
            text = f"{', '.join(item.id for item in silent)}: decided where it runs, not by an image (-v tells how)"
            yield from page.wrapped(f"  {MARKS[Status.NOT_EVALUABLE]:<{_MARK}}", text, _MARK + 2, "dim")
        yield ""


def _control_lines(control: Control, page: Page) -> Iterator[str]:
    mark = page.paint(f"{MARKS[control.status]:<{_MARK}}", control.status)
    indent = 2 + _MARK
    number = f"{control.id:<{_ID}}" if control.id[:1].isdigit() else ""
    yield from page.wrapped(f"  {mark}{number}", control.title, indent + len(number))
    quiet = control.status is Status.PASS and not page.verbose
    if not quiet:
        yield from page.wrapped(" " * indent, control.reason, indent, "dim")
        shown = control.evidence if page.verbose else control.evidence[:_EVIDENCE]
        for line in shown:
            yield from page.wrapped(" " * indent + "- ", line, indent + 2, "dim")
        if len(control.evidence) > len(shown):
            more = counted(len(control.evidence) - len(shown), "more line")
            yield " " * indent + page.paint(f"  and {more} (-v shows all)", "dim")
    if control.suppressed:
        text = f"excepted by {control.suppressed.owner}: {control.suppressed.reason}"
        yield from page.wrapped(" " * indent, text, indent, "dim")
    if page.verbose and control.remediation and control.status in (Status.FAIL, Status.WARN):
        yield from page.wrapped(" " * indent + "remedy: ", control.remediation, indent + 8)
