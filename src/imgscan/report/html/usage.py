"""Where the bytes are: a treemap of the largest directories and files, coloured by layer, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.treemap import Box, squarify
from imgscan.report.html.words import code, folded, number, share, shortened, size, table
from imgscan.report.shown import ShownReport, ShownUsage
from imgscan.wording import counted, human_bytes

PALETTE = 8
"""How many layers have a colour of their own before they repeat."""

_ROOMS = (("wide", Box(0, 0, 1000, 520)), ("narrow", Box(0, 0, 360, 560)))
_HEADER = 19
_LETTER = 6.7
_BOLD = 7.4
_LEAST_SIDE = 3


def usage(plain: ShownReport, scope: Scope) -> Markup | None:
    """Return the section, None where no file has bytes."""
    rows = plain.usage
    if not rows or not rows[0].bytes:
        return None
    whole = rows[0].bytes
    below = _below(rows)
    label = f"Treemap of what holds most of {human_bytes(whole)}; the table below has the same figures"
    maps = (
        element(
            "svg",
            _tiles(rows[0], below, room, whole),
            class_=f"treemap {kind}",
            viewBox=f"0 0 {room.width} {room.height}",
            role="img",
            aria_label=label,
        )
        for kind, room in _ROOMS
    )
    lead = element(
        "p",
        "The visible files hold ",
        size(whole),
        ". Directories, four levels deep, and files with at least 0.5 % of it, in the colour of the layer that brought "
        "most.",
        class_="lead",
    )
    return scope.section(
        "usage",
        "Where the bytes are",
        lead,
        element("div", maps, class_="figure"),
        _legend(plain, rows, scope),
        folded(f"The same as a table ({len(rows)} directories and files)", _table(rows, scope), printed=False),
    )


def _below(rows: Sequence[ShownUsage]) -> dict[str, list[ShownUsage]]:
    """Return by path the rows directly below it, the largest first."""
    result: dict[str, list[ShownUsage]] = {}
    for row in rows[1:]:
        result.setdefault(row.path.rpartition("/")[0] or "/", []).append(row)
    return {path: sorted(kids, key=lambda row: (-row.bytes, row.path)) for path, kids in result.items()}


def _tiles(row: ShownUsage, below: dict[str, list[ShownUsage]], box: Box, whole: int) -> Iterator[Markup]:
    """Yield the tile of a directory and those of what is in it."""
    kids = below.get(row.path, [])
    header = 0 if row.path == "/" else _HEADER
    inner = Box(box.x + 2, box.y + header, box.width - 4, box.height - header - 2) if header else box
    if not kids or inner.width < 4 * _LEAST_SIDE or inner.height < 4 * _LEAST_SIDE:
        yield from _tile(row, box, whole, f"tile l{row.layer % PALETTE}")
        return
    if header:
        yield from _tile(row, box, whole, "tile folder")
    rest = row.bytes - sum(kid.bytes for kid in kids)
    parts: list[ShownUsage | None] = sorted(
        [*kids, None] if rest > 0 else [*kids], key=lambda kid: -(kid.bytes if kid else rest)
    )
    sizes = [kid.bytes if kid else rest for kid in parts]
    for kid, room in zip(parts, squarify(sizes, inner), strict=True):
        if kid is None:
            others = replace(row, path=row.path.rstrip("/") + "/*", bytes=rest)
            yield from _tile(others, room, whole, "tile rest")
        else:
            yield from _tiles(kid, below, room, whole)


def _tile(row: ShownUsage, box: Box, whole: int, kind: str) -> Iterator[Markup]:
    if box.width < _LEAST_SIDE or box.height < _LEAST_SIDE:
        return
    path, held = shortened(row.path, 200), f"{human_bytes(row.bytes)}, {share(row.bytes, whole)}"
    if kind.endswith("rest"):
        path, name, described = f"other files below {path[:-1]}", "other", held
    else:
        name = path.rpartition("/")[2]
        files = f", {counted(row.files, 'file')}, most" if row.type == "dir" else ""
        described = f"{held}{files} from layer {row.layer}"
    letters = int((box.width - 8) / (_BOLD if kind.endswith("folder") else _LETTER))
    content: list[Content] = [element("title", f"{path}: {described}"), element("rect", width="100%", height="100%")]
    if letters >= 3 and box.height >= _HEADER - 2:
        line = f"{name}  {human_bytes(row.bytes)}" if len(name) + 11 <= letters else name
        content.append(element("text", _fitted(line, letters), x=5, y=14))
        if line == name and box.height >= 2 * _HEADER and letters >= 8 and not kind.endswith("folder"):
            content.append(element("text", human_bytes(row.bytes), x=5, y=29, class_="minor"))
    yield element(
        "svg",
        content,
        x=f"{box.x:.1f}",
        y=f"{box.y:.1f}",
        width=f"{max(box.width - 1, 1):.1f}",
        height=f"{max(box.height - 1, 1):.1f}",
        class_=kind,
    )


def _fitted(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "\u2026"


def _legend(plain: ShownReport, rows: Sequence[ShownUsage], scope: Scope) -> Markup:
    layers = {layer.index: layer.created_by or "" for layer in plain.layers}
    used = sorted({row.layer for row in rows[1:]} or {rows[0].layer})
    items = (
        element(
            "li",
            element("svg", element("rect", width="100%", height="100%"), class_=f"swatch l{index % PALETTE}"),
            scope.layer(index),
            " ",
            code(layers.get(index, "")[:70] or "instruction unknown"),
        )
        for index in used[:24]
    )
    return element("ul", items, class_="legend")


def _table(rows: Sequence[ShownUsage], scope: Scope) -> Markup:
    whole = rows[0].bytes
    lines = (
        (
            code(row.path + ("/" if row.type == "dir" and row.path != "/" else ""), 160),
            size(row.bytes),
            share(row.bytes, whole),
            number(row.files) if row.type == "dir" else "",
            fragment(
                scope.layer(row.layer),
                f" ({share(row.layer_bytes, row.bytes)})" if row.type == "dir" else None,
            ),
        )
        for row in sorted(rows, key=lambda row: (-row.bytes, row.path))
    )
    columns = ("Path", "Bytes", "Share", "Files", "Most from")
    return table("Directories and files by their bytes", columns, lines, ("Bytes", "Share", "Files"))
