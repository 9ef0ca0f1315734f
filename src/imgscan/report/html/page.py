"""The format ``html``: all reports on one page, of several images behind a table of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.report.document import Report
from imgscan.report.html.controls import controls
from imgscan.report.html.coverage import coverage
from imgscan.report.html.findings import MAX_ROWS, findings
from imgscan.report.html.frame import asset, made_by, main, navigation, page_of
from imgscan.report.html.identity import identity, name_of
from imgscan.report.html.images import images
from imgscan.report.html.inventory import inventory
from imgscan.report.html.layers import MAX_ROWS as MAX_LAYERS
from imgscan.report.html.layers import layers
from imgscan.report.html.markup import Content, Markup, element
from imgscan.report.html.scope import Scope
from imgscan.report.html.steps import steps
from imgscan.report.html.usage import usage
from imgscan.report.html.verdict import verdict
from imgscan.report.html.vulnerabilities import vulnerabilities
from imgscan.report.html.waste import waste
from imgscan.report.html.words import code, shortened
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownFinding, ShownReport
from imgscan.report.summary import Summary, summary_of
from imgscan.report.writers import Style

SECTIONS = (
    ("verdict", "Verdict"),
    ("identity", "Identity"),
    ("controls", "Security checks"),
    ("findings", "Findings"),
    ("vulnerabilities", "Known vulnerabilities"),
    ("steps", "Next steps"),
    ("layers", "Layers"),
    ("usage", "Where the bytes are"),
    ("waste", "Wasted bytes"),
    ("inventory", "Inventory"),
    ("coverage", "Coverage and problems"),
)


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``html``: one page for all reports."""
    plain = [shown_report(report) for report in reports]
    return _page(plain, summary_of(reports, style.unread)).encode("utf-8", "backslashreplace")


def _page(reports: list[ShownReport], summary: Summary) -> str:
    many = len(reports) > 1
    title = f"{len(reports)} images" if many else shortened(name_of(reports[0]), 120)
    scopes = [_scope(report, index if many else None) for index, report in enumerate(reports)]
    parts = [_parts(report, scope) for report, scope in zip(reports, scopes, strict=True)]
    if many or summary.unread:
        anchors = ["#" + (scope.id("image") if many else scope.id("verdict")) for scope in scopes]
        content: Content = [
            images(summary, anchors),
            map(_article, reports, scopes, parts) if many else parts[0].values(),
        ]
        links = [("images", "All images")] + [
            (scope.id("image" if many else "verdict"), shortened(name_of(report), 60))
            for report, scope in zip(reports, scopes, strict=True)
        ]
    else:
        content = parts[0].values()
        links = [(scopes[0].id(name), text) for name, text in SECTIONS if name in parts[0]]
    return page_of(
        title=f"{title}: image report",
        generator=f"{reports[0].tool.name} {reports[0].tool.version}",
        header=_header(title, reports),
        content=[navigation(links), main(content)],
        footer=made_by(reports[0].tool.name, reports[0].tool.version, reports[0].tool.rules_digest),
        script=asset("report.js"),
    )


def _scope(report: ShownReport, index: int | None) -> Scope:
    layers = min(len(report.layers), MAX_LAYERS)
    return Scope(layers=layers) if index is None else Scope(prefix=f"image-{index}-", level=3, layers=layers)


def _parts(plain: ShownReport, scope: Scope) -> dict[str, Markup]:
    """Return the sections that have something to say, by name."""
    anchors = {row.fingerprint: _called(row) for row in plain.findings[:MAX_ROWS]}
    made = {
        "verdict": verdict(plain, scope),
        "identity": identity(plain, scope),
        "controls": controls(plain, scope, anchors),
        "findings": findings(plain, scope),
        "vulnerabilities": vulnerabilities(plain, scope),
        "steps": steps(plain, scope),
        "layers": layers(plain, scope),
        "usage": usage(plain, scope),
        "waste": waste(plain, scope),
        "inventory": inventory(plain, scope),
        "coverage": coverage(plain, scope),
    }
    return {name: part for name, part in made.items() if part is not None}


def _called(row: ShownFinding) -> str:
    return f"{row.path} ({row.rule})" if row.path else str(row.rule)


def _article(plain: ShownReport, scope: Scope, parts: dict[str, Markup]) -> Markup:
    title = element("h2", code(name_of(plain), 200), class_="image")
    return element("article", title, parts.values(), id=scope.id("image"))


def _header(title: str, reports: list[ShownReport]) -> Markup:
    image = reports[0].image
    under: Iterator[Content] = (
        element("p", code(value, 100)) for value in (image.manifest_digest or image.image_id,) if value
    )
    return element(
        "header",
        element("p", "Container image report", class_="eyebrow"),
        element("h1", element("bdi", title)),
        under if len(reports) == 1 else None,
    )


__all__ = ["SECTIONS", "asset", "write"]
