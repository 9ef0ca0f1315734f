"""The verdict: how many findings of which severity, how the controls came out, and whether all was read."""

from __future__ import annotations

from collections import Counter

from imgscan.analyzers.catalog import rule_of
from imgscan.report.controls import distinct
from imgscan.report.html.controls import STATUSES, status_badge
from imgscan.report.html.filter import SEVERITIES
from imgscan.report.html.identity import verification
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import number, size
from imgscan.report.shown import ShownFinding, ShownReport

_MAX_CAUSES = 4


def verdict(plain: ShownReport, scope: Scope) -> Markup:
    """Return the section."""
    return scope.section(
        "verdict",
        "Verdict",
        element("p", *_sentence(plain), class_="sentence"),
        _tiles(plain, scope),
        _controls(plain),
        _read(plain, scope),
    )


def _counted(plain: ShownReport) -> list[ShownFinding]:
    return [row for row in plain.findings if not row.suppressed]


def _sentence(plain: ShownReport) -> tuple[Content, ...]:
    rows = _counted(plain)
    worst = next((name for name in SEVERITIES if any(row.severity == name for row in rows)), None)
    fails = sum(row.status == "FAIL" and not row.suppressed for row in distinct(plain.controls))
    checks = f"{number(fails)} {'check fails' if fails == 1 else 'checks fail'}; " if fails else ""
    if worst is None or worst == "INFO":
        return (checks, "no finding that is more than information.")
    top = [row for row in rows if row.severity == worst]
    causes = [rule_of(rule).title for rule in dict.fromkeys(row.rule for row in top)]
    named = "; ".join(causes[:_MAX_CAUSES])
    remainder = f"; and {number(len(causes) - _MAX_CAUSES)} more" if len(causes) > _MAX_CAUSES else ""
    noun = "finding" if len(top) == 1 else "findings"
    return (checks, f"{number(len(top))} {worst.lower()} {noun}: ", element("bdi", named), remainder, ".")


def _tiles(plain: ShownReport, scope: Scope) -> Markup:
    counts = Counter(row.severity for row in _counted(plain))
    present = {row.severity for row in plain.findings}
    tiles = []
    for name in SEVERITIES:
        inner = fragment(element("strong", number(counts[name])), element("span", name.capitalize()))
        link = element("a", inner, href="#" + scope.id(f"severity-{name.lower()}")) if name in present else inner
        tiles.append(element("li", link, class_=f"{name.lower()}{'' if counts[name] else ' zero'}"))
    return element("ul", tiles, class_="tiles", aria_label="Findings by severity")


def _controls(plain: ShownReport) -> Markup | None:
    rows = distinct(plain.controls)
    if not rows:
        return None
    counts = Counter(row.status for row in rows)
    at, parts = 0.0, []
    for name in STATUSES:
        width = 100 * counts[name] / len(rows)
        if counts[name]:
            parts.append(
                element(
                    "rect", x=f"{at:.3f}", width=f"{width:.3f}", y=0, height=10, class_=name.lower().replace("_", "-")
                )
            )
        at += width
    bar = element("svg", parts, class_="stack", viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")
    items = (element("li", status_badge(name), " ", number(counts[name])) for name in STATUSES if counts[name])
    title = element("p", f"{number(len(rows))} checks", class_="label")
    return element("div", title, bar, element("ul", items, class_="tally"), class_="checks")


def _left_out(plain: ShownReport) -> str | None:
    selection = plain.selection
    if not selection or not selection.left_out:
        return None
    return f"{number(selection.left_out)} findings below {selection.min_severity.lower()} were left out. "


def _read(plain: ShownReport, scope: Scope) -> Markup:
    coverage, layers = plain.coverage, plain.layers
    accepted = sum(bool(row.suppressed) for row in plain.findings)
    known = sum(bool(row.known) for row in plain.findings)
    off = [*(plain.tool.not_run or ()), *(f"controls {text}" for text in plain.tool.controls_off or ())]
    start = (
        fragment(element("strong", "Read whole"), ": ")
        if coverage.complete
        else fragment(element("strong", "Read in part"), ": silence proves nothing about what is missing. ")
    )
    described = fragment(
        start,
        f"{number(coverage.layers)} of {number(len(layers))} layers, {number(coverage.entries)} entries, ",
        size(coverage.bytes_read),
        f"; {verification(layers)}. ",
        f"{number(accepted)} accepted by exception. " if accepted else None,
        f"{number(known)} known from the baseline. " if known else None,
        _left_out(plain),
        fragment(element("strong", "Switched off"), f": {', '.join(off)}. ") if off else None,
        element("a", "Coverage and problems", href="#" + scope.id("coverage")),
    )
    return element("p", described, class_="read" if coverage.complete else "read partial")
