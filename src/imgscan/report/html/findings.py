"""Findings by severity and cause, each with its evidence on demand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from imgscan.analyzers.catalog import rule_of
from imgscan.report.html.evidence import evidence
from imgscan.report.html.filter import SEVERITIES, filter_form
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, folded, joined, number, pairs, prose, remainder, remedy
from imgscan.report.shown import ShownFinding, ShownReport, ShownSuppression

MAX_ROWS = 1000
"""How many findings the page has, the worst first."""

_MAX_OF_A_CAUSE = 100
_OPEN = 3


def title_of(rule: str) -> str:
    """Return what a rule is about, as its heading."""
    title = rule_of(rule).title[:120]
    return title[:1].upper() + title[1:]


def findings(plain: ShownReport, scope: Scope) -> Markup:
    """Return the section."""
    rows = plain.findings
    if not rows:
        return scope.section("findings", "Findings", element("p", "None.", class_="lead"))
    shown = rows[:MAX_ROWS]
    anchors: set[str] = set()
    parts = (_severity(name, list(group), scope, anchors) for name, group in groupby(shown, lambda row: row.severity))
    body = element("div", parts, data_findings=True)
    left = remainder(len(rows) - len(shown), "findings")
    return scope.section("findings", "Findings", filter_form(shown), body, left)


def _severity(name: str, rows: list[ShownFinding], scope: Scope, anchors: set[str]) -> Markup:
    heading = scope.heading(1, name.capitalize(), " ", element("span", number(len(rows)), class_="count"))
    causes = (_cause(rule, list(group), scope, anchors) for rule, group in groupby(rows, lambda row: row.rule))
    return element("div", heading, causes, class_="severity", id=scope.id(f"severity-{name.lower()}"))


def _cause(rule: str, rows: list[ShownFinding], scope: Scope, anchors: set[str]) -> Markup:
    shown = rows[:_MAX_OF_A_CAUSE]
    severity = rows[0].severity
    serious = severity in SEVERITIES[:3]
    same = len(rows) > 1 and len({row.message for row in rows}) == 1
    summary = (
        element("span", title_of(rule), class_="cause"),
        [" ", element("span", number(len(rows)), class_="count")] if len(rows) > 1 else None,
        [" ", element("code", rule[:100], class_="rule")],
    )
    return folded(
        fragment(*summary),
        element("p", rule_of(rule).description, class_="why"),
        element("p", prose(rows[0].message), class_="message") if same else None,
        element("ul", (_finding(row, scope, anchors, not same, serious) for row in shown), class_="items"),
        remainder(len(rows) - len(shown), "of this rule"),
        open_=serious or (severity == "LOW" and len(rows) <= _OPEN),
        kind=f"group {severity.lower()}",
    )


def _finding(row: ShownFinding, scope: Scope, anchors: set[str], with_text: bool, serious: bool) -> Markup:
    print_ = row.fingerprint
    anchor = None if print_ in anchors else scope.id(f"f-{print_}")
    anchors.add(print_)
    line = element("span", f", line {row.line}") if row.line is not None else None
    where = fragment(code(row.path), line) if row.path is not None else badge("quiet", row.state)
    meta = joined(_described(row, scope))
    return element(
        "li",
        element("p", where, class_="where"),
        element("p", meta, class_="meta") if meta else None,
        element("p", prose(row.message), class_="message") if with_text else None,
        folded("Evidence and remedy", *_details(row), printed=serious),
        id=anchor,
        data_severity=row.severity,
        data_analyzer=row.analyzer[:200],
        data_state=row.state,
        data_layer=row.layer.index if row.layer else None,
    )


def _described(row: ShownFinding, scope: Scope) -> Iterator[Content]:
    if row.suppressed:
        yield suppression(row.suppressed)
    if row.known:
        yield badge("quiet", "known before")
    if row.removed_in:
        yield badge("warn", f"{row.state} in layer {row.removed_in.index}")
    if row.layer:
        yield scope.layer(row.layer.index)


def suppression(item: ShownSuppression) -> Markup:
    """Return that a finding or control does not count, and who says so."""
    until = f", until {item.expires}" if item.expires else ""
    return fragment(badge("quiet", "accepted"), " ", prose(f"{item.reason} ({item.owner}{until})", 400))


def _details(row: ShownFinding) -> Iterator[Content]:
    made = row.layer.created_by if row.layer else None
    yield pairs(
        (
            ("Remedy", remedy(row.remediation) if row.remediation else None),
            ("Added by", code(made, 160) if made else None),
            ("Fingerprint", code(row.fingerprint)),
        )
    )
    repeated = {"names"} if row.evidence.get("names") == [row.path] else set()
    yield evidence({key: value for key, value in row.evidence.items() if key not in repeated})
