"""The layers from the bottom up: instruction, sizes, whether they verify, and what part of the image each is."""

from __future__ import annotations

from imgscan.model.items import HistoryItem, read_items
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.usage import PALETTE
from imgscan.report.html.words import badge, code, folded, joined, number, pairs, remainder, share, shortened, size
from imgscan.report.shown import ShownLayer, ShownReport, ShownVerified

MAX_ROWS = 256
"""How many layers the page describes."""

_LINE = 180


def layers(plain: ShownReport, scope: Scope) -> Markup:
    """Return the section."""
    rows = plain.layers
    widest = max((max(row.uncompressed_bytes, row.stored_bytes) for row in rows), default=0)
    whole = sum(row.uncompressed_bytes for row in rows)
    base = _base_layers(plain)
    items = (_layer(row, scope, widest, whole, row.index in base) for row in rows[:MAX_ROWS])
    lead = element(
        "p",
        f"{number(len(rows))} {'layer' if len(rows) == 1 else 'layers'} from the bottom up: ",
        size(sum(row.stored_bytes for row in rows)),
        " stored, ",
        size(whole),
        " unpacked. The long bar is the unpacked size, the mark in it the stored one.",
        class_="lead",
    )
    return scope.section(
        "layers", "Layers", lead, element("ol", items, class_="timeline"), remainder(len(rows) - MAX_ROWS, "layers")
    )


def _base_layers(plain: ShownReport) -> set[int | None]:
    return {line.layer for line in read_items(plain.inventory, HistoryItem) if line.base}


def _layer(row: ShownLayer, scope: Scope, widest: int, whole: int, base: bool) -> Markup:
    made = row.created_by
    return element(
        "li",
        element(
            "div",
            element("span", row.index, class_="index"),
            element("span", _instruction(made), class_="instruction"),
            badge("quiet", "base image") if base else None,
            class_="layer-head",
        ),
        _bar(row, widest),
        element("p", joined(_described(row, whole)), class_="meta"),
        folded("Digests" + (" and whole instruction" if made and len(made) > _LINE else ""), _details(row)),
        id=scope.id(f"layer-{row.index}"),
    )


def _instruction(made: str | None) -> Markup:
    return (
        code(made if len(made) <= _LINE else made[:_LINE] + "\u2026") if made else element("em", "instruction unknown")
    )


def _bar(row: ShownLayer, widest: int) -> Markup:
    parts = (
        element("rect", class_=kind, y=y, height=height, width=f"{100 * held / widest if widest else 0:.2f}", x=0)
        for kind, held, y, height in (
            ("whole", row.uncompressed_bytes, "0", "10"),
            ("stored", row.stored_bytes, "6.5", "3.5"),
        )
    )
    return element(
        "svg",
        parts,
        class_=f"bar l{row.index % PALETTE}",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _described(row: ShownLayer, whole: int) -> tuple[Content, ...]:
    return (
        fragment(size(row.uncompressed_bytes), f" unpacked, {share(row.uncompressed_bytes, whole)} of all"),
        fragment(size(row.stored_bytes), " stored (", row.compression, ")"),
        f"{number(row.entries)} entries",
        _verified(row.verified),
        None if row.complete else badge("fail", "not read whole"),
    )


def _verified(verified: ShownVerified) -> Markup:
    answers = verified.digest, verified.diff_id
    if False in answers:
        return badge("fail", "digest does not match")
    if True in answers:
        return badge("pass", "verified")
    return badge("quiet", "nothing to verify with")


def _details(row: ShownLayer) -> Markup:
    words = {True: "equal to the computed one", False: "NOT the computed one", None: "not comparable"}
    made = row.created_by
    return pairs(
        (
            ("diff_id", fragment(code(row.diff_id or "unknown"), f" ({words[row.verified.diff_id]})")),
            ("digest", fragment(code(row.digest or "unknown"), f" ({words[row.verified.digest]})")),
            ("media type", code(row.media_type) if row.media_type else None),
            ("instruction", code(shortened(made, 4000), 5000) if made and len(made) > _LINE else None),
        )
    )
