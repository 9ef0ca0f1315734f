"""The controls: result, reason, and on demand the evidence, benchmark by benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from imgscan.model.control import RUN_TIME
from imgscan.report.html.findings import suppression
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, folded, joined, number, pairs, prose, remainder, remedy, shortened
from imgscan.report.shown import ShownControl, ShownReport

STATUSES = ("FAIL", "WARN", "PASS", "INFO", "UNKNOWN", "NOT_EVALUABLE")
WORDS = {"NOT_EVALUABLE": "N/A"}
_MAX_ROWS = 400
_MAX_LINES = 20


def status_badge(status: str) -> Markup:
    """Return a status as a badge."""
    return badge(status.lower().replace("_", "-"), WORDS.get(status, status))


def controls(plain: ShownReport, scope: Scope, anchors: Mapping[str, str]) -> Markup | None:
    """Return the section, None where no control was judged.

    ``anchors`` are the fingerprints that the page has, with what to call them.
    """
    rows = plain.controls
    if not rows:
        return None
    parts = (
        _edition(edition, list(group), scope, anchors)
        for edition, group in groupby(rows[:_MAX_ROWS], lambda row: row.edition)
    )
    legend = element(
        "p",
        "PASS is proved by the archive. UNKNOWN: an image could decide it, but this one lacks the data. "
        "N/A: only the running container can.",
        class_="lead",
    )
    return scope.section("controls", "Security checks", legend, parts, remainder(len(rows) - _MAX_ROWS, "controls"))


def _edition(edition: str, rows: list[ShownControl], scope: Scope, anchors: Mapping[str, str]) -> Markup:
    others = [row for row in rows if row.status == "NOT_EVALUABLE" and row.id.startswith(RUN_TIME)]
    judged = [row for row in rows if row not in others]
    return fragment(
        scope.heading(1, edition, " ", element("span", tally(rows), class_="count")),
        _table(f"Controls of {edition}", judged, scope, anchors) if judged else None,
        folded(
            f"{number(len(others))} that no image can decide: what to check where it runs",
            _table(f"Controls of {edition} that no image can decide", others, scope, anchors),
        )
        if others
        else None,
    )


def tally(rows: Sequence[ShownControl]) -> str:
    """Return how many controls have which result."""
    counts = Counter(row.status for row in rows)
    return ", ".join(f"{counts[name]} {WORDS.get(name, name)}" for name in STATUSES if counts[name])


def _table(caption: str, rows: Sequence[ShownControl], scope: Scope, anchors: Mapping[str, str]) -> Markup:
    head = element("tr", element("th", "Result", scope="col"), element("th", "Control", scope="col"))
    body = (
        element(
            "tr",
            element("td", status_badge(row.status)),
            element("th", _control(row, scope, anchors), scope="row"),
        )
        for row in rows
    )
    return element(
        "table", element("caption", caption), element("thead", head), element("tbody", body), class_="controls-table"
    )


def _control(row: ShownControl, scope: Scope, anchors: Mapping[str, str]) -> Markup:
    details = list(_details(row, scope, anchors))
    return fragment(
        element("p", element("code", row.id[:60], class_="id"), " ", prose(row.title, 200), class_="title"),
        element("p", prose(row.reason), class_="reason"),
        element("p", suppression(row.suppressed), class_="meta") if row.suppressed else None,
        folded(_summary(row), *details, printed=_is_printed(row)) if details else None,
    )


def _is_printed(row: ShownControl) -> bool:
    """Whether paper shows the details: not the remedy alone of what no image can decide."""
    return bool(row.evidence) or row.status != "NOT_EVALUABLE"


def _summary(row: ShownControl) -> str:
    count = len(row.evidence)
    if not count:
        return "Remedy" if row.remediation else "Findings"
    return f"Evidence ({number(count)})" + (" and remedy" if row.remediation else "")


def _details(row: ShownControl, scope: Scope, anchors: Mapping[str, str]) -> Iterator[Content]:
    lines = row.evidence
    if lines:
        yield element("ul", (element("li", code(line, 400)) for line in lines[:_MAX_LINES]), class_="lines")
        yield remainder(len(lines) - _MAX_LINES)
    links = [
        element("a", shortened(anchors[print_], 120), href="#" + scope.id(f"f-{print_}"))
        for print_ in row.findings[:_MAX_LINES]
        if print_ in anchors
    ]
    if row.remediation or links:
        yield pairs(
            (
                ("Remedy", remedy(row.remediation) if row.remediation else None),
                ("Findings", joined(links) or None),
            )
        )
