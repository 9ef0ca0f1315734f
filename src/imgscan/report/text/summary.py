"""Several images at a glance: a table with a row for each, what it comes to and where the rest is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.report.document import Report
from imgscan.report.summary import Summary, SummaryRow, Unread, summary_of
from imgscan.report.text.page import Page, columns
from imgscan.wording import counted, human_bytes

_HEADS = ("crit", "high", "med", "low", "fail", "warn", "unkn", "size")
_WIDTH = 6
_SIZE = 10
_INDENT = 2
_LEAST_NAME = 16
_ADVICE = (
    "crit to low: findings; fail, warn, unkn: checks. One image's report: imgscan IMAGE; all of them: -v, or one page "
    "for a browser: -f html=FILE"
)


def summary_lines(reports: Sequence[Report], unread: Sequence[Unread], page: Page) -> Iterator[str]:
    """Yield the table: findings by severity, checks by status, size; then the sources that gave no report."""
    summary = summary_of(reports, unread)
    yield page.heading(f"IMAGES ({counted(len(summary.images), 'image')}{_not_read(summary)})")
    name_width = max(page.width - _INDENT - _WIDTH * (len(_HEADS) - 1) - _SIZE, _LEAST_NAME)
    heads = "".join(f"{word:>{_WIDTH}}" for word in _HEADS[:-1]) + f"{_HEADS[-1]:>{_SIZE}}"
    yield page.paint(" " * (_INDENT + name_width) + heads, "dim")
    for row in summary.images:
        yield _line(row, name_width, page)
        if not row.complete:
            yield from page.wrapped(" " * 4, "read IN PART: silence proves nothing", 4, "UNKNOWN")
    for item in summary.unread:
        yield from page.wrapped(" " * _INDENT, f"{item.source}: NOT READ: {item.reason}", 4, "FAIL")
    yield ""
    yield from page.wrapped(" " * _INDENT, _ADVICE, _INDENT, "dim")


def _not_read(summary: Summary) -> str:
    return f", {len(summary.unread)} not read" if summary.unread else ""


def _line(row: SummaryRow, name_width: int, page: Page) -> str:
    name = page.cut(row.name, name_width - 1)
    padded = name + " " * (name_width - columns(name))
    counts = (
        *((row.findings[level], level) for level in ("CRITICAL", "HIGH", "MEDIUM", "LOW")),
        *((row.checks[status], status) for status in ("FAIL", "WARN", "UNKNOWN")),
    )
    cells = "".join(page.paint(f"{count or '-':>{_WIDTH}}", word if count else "dim") for count, word in counts)
    return f"{'':{_INDENT}}{padded}{cells}{human_bytes(row.bytes):>{_SIZE}}"
