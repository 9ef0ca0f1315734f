"""Findings by severity and cause, each with its evidence on demand; the filter is for those who have script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from imgscan.report.html.evidence import evidence
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.place import Place
from imgscan.report.html.words import badge, code, folded, joined, more, number, pairs, prose

MOST = 1000
"""How many findings the page has, the worst first."""

_MOST_OF_A_CAUSE = 100
_OPEN = 3
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")

_WORDS = {
    word.lower(): word for word in "SUID SGID SSH ELF APT APK ENV USER EXPOSE LABEL VOLUME HEALTHCHECK RPATH ID".split()
}


def title_of(rule: str) -> str:
    """Return a rule's last part as words: ``setuid.suid-file`` is "SUID file"."""
    words = [_WORDS.get(word, word) for word in rule.rpartition(".")[2][:80].split("-")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def findings(plain: dict[str, Any], place: Place) -> Markup:
    """Return the section."""
    rows = plain["findings"]
    if not rows:
        return place.section("findings", "Findings", element("p", "None.", class_="lead"))
    shown = rows[:MOST]
    anchors: set[str] = set()
    parts = (
        _severity(name, list(group), place, anchors) for name, group in groupby(shown, lambda row: row["severity"])
    )
    body = element("div", parts, data_findings=True)
    return place.section(
        "findings", "Findings", _filter(rows, len(shown)), body, more(len(rows) - len(shown), "findings")
    )


def _filter(rows: Sequence[dict[str, Any]], shown: int) -> Markup:
    """Return the form that report.js shows and reads; without script it stays hidden."""
    present = [name for name in SEVERITIES if any(row["severity"] == name for row in rows)]
    layers = sorted({row["layer"]["index"] for row in rows if row["layer"]})
    boxes = (
        element(
            "label", element("input", type="checkbox", name="severity", value=name, checked=True), name.capitalize()
        )
        for name in present
    )
    return element(
        "form",
        element("fieldset", element("legend", "Severity"), boxes),
        _select("Analyzer", "analyzer", sorted({row["analyzer"] for row in rows})),
        _select("State", "state", sorted({row["state"] for row in rows})),
        _select("Layer", "layer", [str(index) for index in layers[:300]]),
        element("label", "Search", element("input", type="search", name="text", placeholder="path, message, rule")),
        element("p", f"{number(shown)} findings", role="status", aria_live="polite", data_count=True),
        element("button", "Reset", type="reset"),
        class_="filter",
        hidden=True,
        data_filter=True,
        aria_label="Filter findings",
    )


def _select(title: str, name: str, values: Sequence[str]) -> Markup:
    options = (element("option", value[:60], value=value[:200]) for value in values[:300])
    return element("label", title, element("select", element("option", "all", value=""), options, name=name))


def _severity(name: str, rows: list[dict[str, Any]], place: Place, anchors: set[str]) -> Markup:
    heading = place.heading(
        1, name.capitalize(), element("span", number(len(rows)), class_="count"), class_=name.lower()
    )
    causes = (_cause(rule, list(group), place, anchors) for rule, group in groupby(rows, lambda row: row["rule"]))
    return element("div", heading, causes, class_="severity", id=place.id(f"severity-{name.lower()}"))


def _cause(rule: str, rows: list[dict[str, Any]], place: Place, anchors: set[str]) -> Markup:
    shown = rows[:_MOST_OF_A_CAUSE]
    severity = rows[0]["severity"]
    same = len(rows) > 1 and len({row["message"] for row in rows}) == 1
    summary = fragment(
        badge(severity.lower(), severity.capitalize()),
        " ",
        element("span", title_of(rule), class_="cause"),
        " ",
        element("span", number(len(rows)), class_="count") if len(rows) > 1 else None,
        " ",
        element("code", rule[:100], class_="rule"),
    )
    items = element("ul", (_finding(row, place, anchors, not same) for row in shown), class_="items")
    lead = element("p", prose(rows[0]["message"]), class_="message") if same else None
    serious = severity in SEVERITIES[:3] or len(rows) <= _OPEN
    return folded(summary, lead, items, more(len(rows) - len(shown), "of this rule"), open_=serious, kind="group")


def _finding(row: dict[str, Any], place: Place, anchors: set[str], tell: bool) -> Markup:
    print_ = row["fingerprint"]
    anchor = None if print_ in anchors else place.id(f"f-{print_}")
    anchors.add(print_)
    line = f", line {row['line']}" if row["line"] is not None else ""
    where = fragment(code(row["path"]), line) if row["path"] is not None else badge("quiet", row["state"])
    return element(
        "li",
        element("p", where, class_="where"),
        element("p", prose(row["message"]), class_="message") if tell else None,
        element("p", joined(_told(row, place)), class_="meta"),
        folded("Evidence and remedy", *_details(row)),
        id=anchor,
        data_severity=row["severity"],
        data_analyzer=row["analyzer"][:200],
        data_state=row["state"],
        data_layer=row["layer"]["index"] if row["layer"] else None,
        data_rule=row["rule"][:100],
    )


def _told(row: dict[str, Any], place: Place) -> Iterator[Content]:
    if row["layer"]:
        yield place.layer(row["layer"]["index"])
    if row["removed_in"]:
        yield fragment(badge("warn", f"{row['state']} in layer {row['removed_in']['index']}"))
    if row["known"]:
        yield badge("quiet", "known before")
    if row["suppressed"]:
        yield suppression(row["suppressed"])


def suppression(item: dict[str, Any]) -> Markup:
    """Return that a finding or control does not count, and who says so."""
    until = f", until {item['expires']}" if item["expires"] else ""
    return fragment(badge("quiet", "accepted"), " ", prose(f"{item['reason']} ({item['owner']}{until})", 400))


def _details(row: dict[str, Any]) -> Iterator[Content]:
    remedy = row["remediation"]
    made = row["layer"]["created_by"] if row["layer"] else None
    yield pairs(
        (
            ("Remedy", code(remedy, 1000) if remedy else None),
            ("Added by", code(made, 240) if made else None),
            ("Analyzer", code(row["analyzer"], 100)),
            ("Fingerprint", code(row["fingerprint"])),
        )
    )
    yield evidence(row["evidence"])
