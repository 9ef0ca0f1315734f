"""The forms that filter findings and vulnerabilities; hidden until the script of the page, which reads them, runs."""

from __future__ import annotations

from collections.abc import Sequence, Set

from imgscan.report.html.markup import Markup, element
from imgscan.report.html.words import number
from imgscan.report.shown import ShownFinding, ShownVulnerability

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")
"""The worst first."""

_MAX_CHOICES = 300


def filter_form(rows: Sequence[ShownFinding]) -> Markup:
    """Return the form for the findings that the page has."""
    layers = sorted({row.layer.index for row in rows if row.layer})
    return element(
        "form",
        _severities(SEVERITIES, {row.severity for row in rows}),
        _select("Analyzer", "analyzer", sorted({row.analyzer for row in rows})),
        _select("State", "state", sorted({row.state for row in rows})),
        _select("Layer", "layer", [str(index) for index in layers]),
        element("label", "Search", element("input", type="search", name="text", placeholder="path, message, rule")),
        element("button", "Reset", type="reset"),
        element("p", f"{number(len(rows))} findings", role="status", aria_live="polite", data_count=True),
        class_="filter",
        hidden=True,
        data_filter=True,
        data_noun="findings",
        aria_label="Filter findings",
    )


def vulnerability_filter(rows: Sequence[ShownVulnerability], severities: Sequence[str]) -> Markup:
    """Return the form for the rows of the tables of vulnerabilities; ``severities`` have the worst first."""
    return element(
        "form",
        _severities(severities, {row.severity for row in rows}),
        _select("Newer version", "mended", ("yes", "no")),
        _select("Exploited", "exploited", ("yes", "no")),
        element("label", "Search", element("input", type="search", name="text", placeholder="id, package, version")),
        element("button", "Reset", type="reset"),
        element("p", f"{number(len(rows))} vulnerabilities", role="status", aria_live="polite", data_count=True),
        class_="filter",
        hidden=True,
        data_filter_rows=True,
        data_noun="vulnerabilities",
        aria_label="Filter vulnerabilities",
    )


def _severities(names: Sequence[str], present: Set[str]) -> Markup:
    boxes = (
        element(
            "label", element("input", type="checkbox", name="severity", value=name, checked=True), name.capitalize()
        )
        for name in names
        if name in present
    )
    return element("fieldset", element("legend", "Severity"), boxes)


def _select(title: str, name: str, values: Sequence[str]) -> Markup:
    options = (element("option", value[:60], value=value[:200]) for value in values[:_MAX_CHOICES])
    return element("label", title, element("select", element("option", "all", value=""), options, name=name))
