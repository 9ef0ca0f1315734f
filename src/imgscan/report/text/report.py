"""The whole report as text, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.agents import inert
from imgscan.report.document import Report
from imgscan.report.text.checks import check_lines, verdict_lines
from imgscan.report.text.findings import finding_lines
from imgscan.report.text.identity import identity_lines
from imgscan.report.text.inventory import inventory_lines
from imgscan.report.text.known import known_lines
from imgscan.report.text.page import Page
from imgscan.report.text.reading import layer_lines, open_lines, problem_lines, timing_lines
from imgscan.report.text.steps import step_lines
from imgscan.report.text.summary import summary_lines
from imgscan.report.writers import Style


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``text``: one report after the other, and of several images a table."""
    page = Page(style.color, style.width, style.unicode, style.verbose)
    texts = []
    if not style.summary or style.verbose:
        texts += ["\n".join(_lines(report, page)) + "\n" for report in reports]
    if style.summary or (style.every and len(reports) > 1):
        texts.append("\n".join(summary_lines(reports, style.unread, page)) + "\n")
    return inert("\n".join(texts)).encode("utf-8" if style.unicode else "ascii", "backslashreplace")


def _lines(report: Report, page: Page) -> Iterator[str]:
    yield from identity_lines(report, page)
    yield ""
    yield from verdict_lines(report, page)
    yield ""
    yield from check_lines(report.controls, page)
    yield from finding_lines(report, page)
    yield ""
    yield from known_lines(report, page)
    yield from inventory_lines(report, page)
    yield ""
    if page.verbose:
        yield page.heading("LAYERS")
        yield from (line for layer in report.layers for line in layer_lines(layer))
        yield ""
    yield from open_lines(report, page)
    yield from problem_lines(report, page)
    yield from timing_lines(report, page)
    yield from step_lines(report, page)
