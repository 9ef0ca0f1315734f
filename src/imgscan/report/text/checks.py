"""The verdict and the table of controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from imgscan.model.control import RUN_TIME, Control, Status
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.report.controls import Row, rows_of
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
_MAX_NAMED = 8


def verdict_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield what it comes to: controls by status, findings by severity."""
    yield from page.wrapped(page.heading("VERDICT"), "; ".join(verdict_parts(report)), kind="bold")


def verdict_parts(report: Report) -> Iterator[str]:
    """Yield what it comes to, in a few phrases."""
    if report.controls:
        counts = status_counts(report)
        words = {
            Status.FAIL: "failed",
            Status.WARN: "to review",
            Status.PASS: "passed",
            Status.UNKNOWN: "unknown",
        }
        parts = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
        yield f"checks: {', '.join(parts) or 'none can be decided'}"
    yield f"findings: {severity_counts(report) or 'none'}"
    if report.selection is not None and report.selection.left_out:
        yield f"{report.selection.left_out} below {report.selection.least.name.lower()} left out"
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
    if len(left_out) <= _MAX_NAMED:
        return ", ".join(left_out)
    return f"{len(left_out)} analyzers, all but {', '.join(ran)}" if ran else "all analyzers"


def status_counts(report: Report) -> Counter[Status]:
    """Return how many questions came out how; one that CIS and the checklist both ask is one."""
    return Counter(row.control.status for row in rows_of(report.controls) if not row.control.suppressed)


def severity_counts(report: Report) -> str:
    """Return how many findings count, by severity, the worst first."""
    counts = Counter(item.severity for item in report.findings if not item.suppressed)
    return ", ".join(f"{counts[level]} {level.name.lower()}" for level in reversed(Severity) if counts[level])


def check_lines(controls: Sequence[Control], page: Page) -> Iterator[str]:
    """Yield the table, one part an edition; what asks for nothing is one line a status unless ``page.verbose``."""
    for edition, group in groupby(rows_of(controls), key=lambda row: row.control.edition):
        items = list(group)
        yield page.heading(f"SECURITY CHECKS ({edition})")
        quiet = _quiet(items, page)
        for row in items:
            if row not in quiet:
                yield from _control_lines(row, page)
        for (status, runs), text in _FOLDED.items():
            names = [
                _name(row) for row in quiet if (row.control.status, _shows_where_it_runs(row.control)) == (status, runs)
            ]
            if names:
                label = page.paint(f"{MARKS[status]:<{_MARK}}", status)
                yield from page.wrapped(f"  {label}", f"{_runs(names)}{text}", _MARK + 2, "dim")
        yield ""


def _shows_where_it_runs(control: Control) -> bool:
    """Whether no image can decide a control for the one reason that it is a setting of the container or its host."""
    return control.status is Status.NOT_EVALUABLE and control.id.startswith(RUN_TIME)


_FOLDED = {
    (Status.PASS, False): "",
    (Status.INFO, False): ": listed for information",
    (Status.NOT_EVALUABLE, False): ": this image cannot decide (-v says why)",
    (Status.NOT_EVALUABLE, True): ": decided where it runs, not by an image",
}
"""What is one line for all controls of a status, and what that line says of them."""


def _quiet(rows: Sequence[Row], page: Page) -> list[Row]:
    """Return the rows that one line a status is enough for: passes only where there is something to act on."""
    if page.verbose:
        return []
    bad = any(row.control.status in (Status.FAIL, Status.WARN, Status.UNKNOWN) for row in rows)
    folded = {Status.NOT_EVALUABLE, Status.INFO} | ({Status.PASS} if bad else set())
    return [row for row in rows if row.control.status in folded and not row.control.suppressed]


def _name(row: Row) -> str:
    return row.control.id if row.twin is None else f"{row.control.id} ({row.twin.id})"


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


def _control_lines(row: Row, page: Page) -> Iterator[str]:
    control = row.control
    mark = page.paint(f"{MARKS[control.status]:<{_MARK}}", control.status)
    indent = 2 + _MARK
    number = f"{control.id:<{_ID}}" if control.id[:1].isdigit() else ""
    title = control.title if number else f"{control.title} ({control.id})"
    title += f" ({row.twin.id})" if row.twin is not None else ""
    reason = f": {control.reason}" if page.verbose or control.status is not Status.PASS else ""
    yield from page.wrapped(f"  {mark}{number}", title + reason, indent + len(number))
    if control.suppressed:
        text = f"excepted by {control.suppressed.owner}: {control.suppressed.reason}"
        yield from page.wrapped(" " * indent, text, indent, "dim")
    if page.verbose:
        yield from _details(control, page, indent)


def _details(control: Control, page: Page, indent: int) -> Iterator[str]:
    """Yield evidence and remedy; what findings are behind it has both there, and is not said twice."""
    if control.findings:
        text = f"{counted(len(control.findings), 'finding')} below"
        yield from page.wrapped(" " * indent + "- ", text, indent + 2, "dim")
    else:
        for line in control.evidence:
            yield from page.wrapped(" " * indent + "- ", line, indent + 2, "dim")
    if control.remediation and control.status in (Status.FAIL, Status.WARN) and not control.findings:
        yield " " * indent + "remedy:"
        yield from (" " * (indent + 2) + printable(line) for line in control.remediation.splitlines())
