"""The format ``html``: one file that needs nothing else, whose policy lets a browser load and run nothing else.

Style and script are allowed by their digests alone, so that a script which a text of the image might bring in would
not run even if it got past the escaping; sizes are SVG attributes because styles of elements are not allowed either.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from imgscan.report.document import Report
from imgscan.report.html.controls import controls
from imgscan.report.html.coverage import coverage
from imgscan.report.html.findings import MAX_ROWS, findings
from imgscan.report.html.identity import identity, name_of
from imgscan.report.html.inventory import inventory
from imgscan.report.html.layers import MAX_ROWS as MAX_LAYERS
from imgscan.report.html.layers import layers
from imgscan.report.html.markup import Content, Markup, element, verbatim
from imgscan.report.html.scope import Scope
from imgscan.report.html.steps import steps
from imgscan.report.html.usage import usage
from imgscan.report.html.verdict import verdict
from imgscan.report.html.vulnerabilities import vulnerabilities
from imgscan.report.html.waste import waste
from imgscan.report.html.words import code, shortened
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownFinding, ShownReport
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
    return _page(plain).encode("utf-8", "backslashreplace")


def _page(reports: list[ShownReport]) -> str:
    sheet, script = asset("report.css"), asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(sheet)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    many = len(reports) > 1
    title = f"{len(reports)} images" if many else shortened(name_of(reports[0]), 120)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"{reports[0].tool.name} {reports[0].tool.version}"),
        element("title", f"{title}: image report"),
        element("style", verbatim(sheet)),
    )
    places = [_scope(report, index if many else None) for index, report in enumerate(reports)]
    parts = [_parts(report, scope) for report, scope in zip(reports, places, strict=True)]
    if many:
        content: Content = [_contents(reports, places), map(_article, reports, places, parts)]
        links = [
            (scope.id("image"), shortened(name_of(report), 60)) for report, scope in zip(reports, places, strict=True)
        ]
    else:
        content = parts[0].values()
        links = [(places[0].id(name), text) for name, text in SECTIONS if name in parts[0]]
    body = element(
        "body",
        element("a", "Skip to the report", href="#report", class_="skip"),
        _header(title, reports),
        element("div", _navigation(links), element("main", content, id="report", tabindex="-1"), class_="page"),
        _footer(reports[0]),
        element("script", verbatim(script)),
    )
    return "<!DOCTYPE html>\n" + element("html", head, "\n", body, lang="en") + "\n"


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


def _contents(reports: list[ShownReport], places: list[Scope]) -> Markup:
    items = (
        element("li", element("a", code(name_of(plain), 160), href="#" + scope.id("image")), " ", _platform(plain))
        for plain, scope in zip(reports, places, strict=True)
    )
    return element("ul", items, class_="contents")


def _platform(plain: ShownReport) -> str:
    return str(plain.image.platform or "")[:60]


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


def _navigation(links: list[tuple[str, str]]) -> Markup:
    items = (element("li", element("a", text, href="#" + anchor)) for anchor, text in links)
    return element("nav", element("ul", items), aria_label="Contents")


def _footer(plain: ShownReport) -> Markup:
    tool = plain.tool
    rules = f" (secret rules {tool.rules_digest[:19]})" if tool.rules_digest else ""
    made = f"Made by {tool.name} {tool.version}{rules}"
    text = f"{made} from the image archive alone: no network, no running container."
    return element("footer", element("p", text))


@cache
def asset(name: str) -> str:
    """Return the style sheet or the script of the page."""
    return files("imgscan.report.html").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return a source expression for exactly this text (CSP Level 3, "hash-source")."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


__all__ = ["SECTIONS", "asset", "write"]
