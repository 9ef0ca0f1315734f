"""The worst of what is known against the packages, where imgscan's own database was asked."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.vulnerability import Vulnerability
from imgscan.report.document import Report
from imgscan.report.text.page import Page
from imgscan.wording import counted

_WORST = 10


def known_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield the worst vulnerabilities, with ``page.verbose`` all and those that do not count; nothing without any."""
    known = report.vulnerabilities
    if known is None or not known.is_own_database or not (known.items or known.excused):
        return
    yield page.heading("KNOWN VULNERABILITIES")
    shown = known.items if page.verbose else known.items[:_WORST]
    for item in shown:
        yield from page.wrapped(f"  {page.paint(f'{item.rating.value.lower():<11}', _color(item))}", _line(item), 13)
    if len(known.items) > len(shown):
        yield f"{'':13}and {len(known.items) - len(shown)} more (-v shows all)"
    if known.excused and not page.verbose:
        yield f"  {'excused':<11}{counted(len(known.excused), 'vulnerability')} (-v says why)"
    for excused in known.excused if page.verbose else ():
        text = f"{excused.vulnerability.id}: {excused.vulnerability.package}: {excused.reason}"
        yield from page.wrapped(f"  {'excused':<11}", text, 13, "dim")
    if known.unfixed_left_out:
        yield f"  {'left out':<11}{counted(known.unfixed_left_out, 'vulnerability')} that nothing mends"
    yield ""


def _color(item: Vulnerability) -> str:
    return item.severity.name


def _line(item: Vulnerability) -> str:
    mended = f"fixed in {item.fixed_in}" if item.fixed_in else item.note or "no fix"
    text = f"{item.id}: {item.package} {item.version}, {mended}"
    if item.exploited:
        text += "; known to be exploited"
    if item.deleted:
        text += "; in a lower layer alone"
    return text
