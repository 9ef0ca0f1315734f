"""Bytes that layers carry and nobody sees."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.model.items import EfficiencyItem, WasteItem, read_item, read_items
from imgscan.report.html.markup import Markup, element
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import code, folded, number, share, size, table
from imgscan.report.shown import ShownReport

_SHOWN = 15
_MAX_ROWS = 100


def waste(plain: ShownReport, scope: Scope) -> Markup | None:
    """Return the section; None where the analyzer of leftovers did not run."""
    score = read_item(plain.inventory, EfficiencyItem)
    if score is None:
        return None
    if not score.wasted_files:
        text = "No layer carries a file that a later one deletes or overwrites."
        return scope.section("waste", "Wasted bytes", element("p", text, class_="lead"))
    lead = element(
        "p",
        f"{number(score.wasted_files)} files of ",
        size(score.wasted_bytes),
        " that a later layer deletes or overwrites: stored and transferred with the image, never seen. That is "
        f"{share(score.wasted_bytes, score.file_bytes)} of the bytes of all files.",
        class_="lead",
    )
    rows = list(read_items(plain.inventory, WasteItem))
    rest = rows[_SHOWN:_MAX_ROWS]
    return scope.section(
        "waste",
        "Wasted bytes",
        lead,
        _table("Largest hidden files", rows[:_SHOWN], scope),
        folded(f"{len(rest)} smaller ones", _table("More hidden files", rest, scope), printed=False) if rest else None,
        _left(score.wasted_files - len(rows[:_MAX_ROWS])),
    )


def _table(caption: str, rows: Sequence[WasteItem], scope: Scope) -> Markup:
    lines = (
        (
            code(row.path, 200),
            size(row.bytes),
            scope.layer(row.layer),
            element("span", f"{row.state} in ", scope.layer(row.removed_in), class_="size"),
        )
        for row in rows
    )
    return table(caption, ("Path", "Bytes", "Carried by", "Fate"), lines, ("Bytes",))


def _left(count: int) -> Markup | None:
    return element("p", f"and {number(count)} smaller files", class_="more") if count > 0 else None
