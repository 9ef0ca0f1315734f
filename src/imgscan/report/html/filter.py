"""The form that filters findings; hidden until the script of the page, which reads it, runs."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.report.html.markup import Markup, element
from imgscan.report.html.words import number
from imgscan.report.shown import ShownFinding

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")
"""The worst first."""

_MAX_CHOICES = 300


def filter_form(rows: Sequence[ShownFinding]) -> Markup:
    """Return the form for the findings that the page has."""
    present = [name for name in SEVERITIES if any(row.severity == name for row in rows)]
    layers = sorted({row.layer.index for row in rows if row.layer})
    boxes = (
        element(
            "label", element("input", type="checkbox", name="severity", value=name, checked=True), name.capitalize()
        )
        for name in present
    )
    return element(
        "form",
        element("fieldset", element("legend", "Severity"), boxes),
        _select("Analyzer", "analyzer", sorted({row.analyzer for row in rows})),
        _select("State", "state", sorted({row.state for row in rows})),
        _select("Layer", "layer", [str(index) for index in layers]),
        element("label", "Search", element("input", type="search", name="text", placeholder="path, message, rule")),
        element("button", "Reset", type="reset"),
        element("p", f"{number(len(rows))} findings", role="status", aria_live="polite", data_count=True),
        class_="filter",
        hidden=True,
        data_filter=True,
        aria_label="Filter findings",
    )


def _select(title: str, name: str, values: Sequence[str]) -> Markup:
    options = (element("option", value[:60], value=value[:200]) for value in values[:_MAX_CHOICES])
    return element("label", title, element("select", element("option", "all", value=""), options, name=name))
