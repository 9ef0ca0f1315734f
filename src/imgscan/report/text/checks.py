"""The verdict and the table of controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from imgscan.model.control import Control, Status
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.text.page import Page

MARKS = {
    Status.PASS: "[PASS]",
    Status.FAIL: "[FAIL]",
    Status.WARN: "[WARN]",
    Status.INFO: "[INFO]",
    Status.NOT_EVALUABLE: "[N/A]",
    Status.UNKNOWN: "[UNKNOWN]",
}
_MARK, _ID = 10, 6
_MOST_NAMED = 8


def verdict_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield what it comes to: controls by status, findings by severity."""
    yield from page.wrapped(page.heading("VERDICT"), "; ".join(verdict_parts(report)), kind="bold")


def verdict_parts(report: Report) -> Iterator[str]:
    """Yield what it comes to, in a few phrases."""
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
    if report.tool.not_run:
        yield f"SWITCHED OFF: {_switched_off(report)}"
    if report.tool.controls_off:
        yield f"controls switched off: {', '.join(map(printable, report.tool.controls_off))}"
    if not report.complete:
        yield "the image was read IN PART: silence proves nothing"


def _switched_off(report: Report) -> str:
    """Return the analyzers that did not run; where those are most, the ones that did."""
    ran, left_out = report.tool.analyzers, report.tool.not_run
    if len(left_out) <= _MOST_NAMED:
        return ", ".join(left_out)
    return f"{len(left_out)} analyzers, all but {', '.join(ran)}" if ran else "all analyzers"


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
            if page.verbose or control.status is not Status.NOT_EVALUABLE:
                yield from _control_lines(control, page)
        silent = [item for item in items if item.status is Status.NOT_EVALUABLE]
        if silent and not page.verbose:
            text = f"{_runs([item.id for item in silent])}: decided where it runs, not by an image (-v tells how)"
            yield from page.wrapped(f"  {MARKS[Status.NOT_EVALUABLE]:<{_MARK}}", text, _MARK + 2, "dim")
        yield ""


def _runs(numbers: Sequence[str]) -> str:
    """Return numbers of controls with neighbours drawn together: ``4.11, 5.1-5.6``."""
    runs: list[list[str]] = []
    for number in numbers:
        if runs and _follows(runs[-1][-1], number):
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _follows(last: str, number: str) -> bool:
    (section, _, index), (next_section, _, next_index) = last.partition("."), number.partition(".")
    return section == next_section and index.isdigit() and next_index.isdigit() and int(index) + 1 == int(next_index)


def _control_lines(control: Control, page: Page) -> Iterator[str]:
    mark = page.paint(f"{MARKS[control.status]:<{_MARK}}", control.status)
    indent = 2 + _MARK
    number = f"{control.id:<{_ID}}" if control.id[:1].isdigit() else ""
    yield from page.wrapped(f"  {mark}{number}", control.title, indent + len(number))
    if page.verbose or control.status is not Status.PASS:
        yield from page.wrapped(" " * (indent + len(number)), control.reason, indent + len(number), "dim")
    if control.suppressed:
        text = f"excepted by {control.suppressed.owner}: {control.suppressed.reason}"
        yield from page.wrapped(" " * indent, text, indent, "dim")
    if page.verbose:
        yield from _details(control, page, indent)


def _details(control: Control, page: Page, indent: int) -> Iterator[str]:
    for line in control.evidence:
        yield from page.wrapped(" " * indent + "- ", line, indent + 2, "dim")
    if control.remediation and control.status in (Status.FAIL, Status.WARN):
        yield " " * indent + "remedy:"
        yield from (" " * (indent + 2) + printable(line) for line in control.remediation.splitlines())
