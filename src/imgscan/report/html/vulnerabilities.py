"""Known vulnerabilities, by the database of advisories or another program: counts by severity, and the list."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from imgscan.report.html.filter import vulnerability_filter
from imgscan.report.html.markup import Content, Markup, element
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, folded, number, prose, remainder, table
from imgscan.report.shown import ShownReport, ShownVulnerabilities, ShownVulnerability

_SHOWN = 20
_MAX_ROWS = 500
_KINDS = {"NEGLIGIBLE": "info", "UNKNOWN": "info"}


def vulnerabilities(plain: ShownReport, scope: Scope) -> Markup | None:
    """Return the section; None where no other program's report was folded in."""
    result = plain.vulnerabilities
    if result is None:
        return None
    rows = result.items
    counts = ", ".join(f"{number(count)} {name.lower()}" for name, count in result.counts.items() if count)
    fixable = sum(result.fixable.values())
    lead: tuple[Content, ...] = (
        *_source(result),
        f": {counts or 'none'}. {number(fixable)} can be mended by a newer version.",
    )
    rest = rows[_SHOWN:_MAX_ROWS]
    return scope.section(
        "vulnerabilities",
        "Known vulnerabilities",
        element("p", lead, class_="lead"),
        _of_this_image(result),
        vulnerability_filter(rows[:_MAX_ROWS], tuple(result.counts)) if len(rows) > 1 else None,
        _table("The worst known vulnerabilities", rows[:_SHOWN]) if rows else None,
        folded(f"{number(len(rest))} more", _table("More known vulnerabilities", rest), printed=False)
        if rest
        else None,
        remainder(len(rows) - len(rows[:_MAX_ROWS]), "vulnerabilities"),
    )


def _source(result: ShownVulnerabilities) -> tuple[Content, ...]:
    if result.as_of is not UNSET:
        return ("By the advisories that were imported on ", prose(str(result.as_of), 20))
    return ("Told by ", prose(result.tool, 60))


def _of_this_image(result: ShownVulnerabilities) -> Markup | None:
    """Return the warning that the other report is about another image, where its id says so."""
    if result.same_image is not False:
        return None
    return element("p", "That report is about another image: ", code(result.image_id, 100), class_="read partial")


def _table(caption: str, rows: Sequence[ShownVulnerability]) -> Markup:
    lines = (
        (
            code(row.id, 60),
            badge(_KINDS.get(row.severity, row.severity.lower()), row.severity.capitalize()),
            code(row.package, 120) if row.deleted is UNSET else (code(row.package, 120), " (lower layer)"),
            code(row.version, 80),
            code(row.fixed_in, 80) if row.fixed_in else "\u2013",
        )
        for row in rows
    )
    marks = (
        {
            "data_severity": row.severity,
            "data_mended": "yes" if row.fixed_in else "no",
            "data_exploited": "yes" if row.exploited is True else "no",
        }
        for row in rows
    )
    return table(caption, ("Id", "Severity", "Package", "Version", "Mended in"), lines, data=marks)
