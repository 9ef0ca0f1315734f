"""What there is in the image, section by section, each a table that unfolds."""

from __future__ import annotations

from imgscan.model.items import ElfItem, read_item
from imgscan.report.html.columns import NUMERIC, TITLES, TOLD_ELSEWHERE, columns_of
from imgscan.report.html.evidence import in_words
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import code, folded, number, remainder, size, table
from imgscan.report.shown import ShownReport

_MAX_ROWS = 200
_MAX_PACKAGES = 1000
_MAX_SECTIONS = 60
_MAX_PRINTED = 60
_PROPERTIES = (
    ("pie", "PIE", "yes"),
    ("nx", "NX", "yes"),
    ("relro", "Full RELRO", "full"),
    ("canary", "Canary", "yes"),
    ("fortify", "FORTIFY", "yes"),
    ("rwx", "No RWX", "no"),
)


def inventory(plain: ShownReport, scope: Scope) -> Markup:
    """Return the section."""
    result = plain.inventory
    names = [name for name in TITLES if name in result]
    names += [name for name in result if name not in TITLES and name not in TOLD_ELSEWHERE]
    full = [name for name in names if result[name]]
    empty = [_title(name) for name in names if not result[name]]
    parts = (_section(name, result[name], scope) for name in full[:_MAX_SECTIONS])
    none = element("p", "None found: ", ", ".join(empty[:_MAX_SECTIONS]), class_="lead") if empty else None
    return scope.section("inventory", "Inventory", none, parts, remainder(len(full) - _MAX_SECTIONS, "sections"))


def _title(section: str) -> str:
    return TITLES.get(section) or section[:60].replace("_", " ").capitalize()


def _section(name: str, items: list[dict[str, object]] | dict[str, object], scope: Scope) -> Markup:
    heading = scope.heading(1, _title(name))
    if isinstance(items, dict):
        elf = read_item({name: items}, ElfItem) if name == ElfItem.section else None
        count = len(items) if elf is None else elf.files
        body = _elf(elf) if elf is not None else fragment(code(in_words(items), 4000))
        return folded(fragment(heading, _count(count)), body, kind="list")
    limit = _MAX_PACKAGES if name == "packages" else _MAX_ROWS
    columns = columns_of(name, items)
    rows = ([_cell(key, item.get(key), scope) for key, _ in columns] for item in items[:limit])
    titles = [title for _, title in columns]
    body = table(_title(name), titles, rows, tuple(NUMERIC)) if columns else None
    left = remainder(len(items) - limit)
    return folded(fragment(heading, _count(len(items))), body, left, kind="list", printed=len(items) <= _MAX_PRINTED)


def _count(count: object) -> Markup | None:
    return element("span", number(count), class_="count") if isinstance(count, int) else None


def _cell(key: str, value: object, scope: Scope) -> Content:
    if value is None or value == "" or value == []:
        return "\u2013"
    if key == "layer":
        return scope.layer(value)
    if key in ("size", "bytes") and isinstance(value, int):
        return size(value)
    if isinstance(value, list):
        return code(in_words(value), 200)
    return code(in_words(value, key), 160)


def _elf(values: ElfItem) -> Markup | None:
    """Return how many files of each language have each property, of those for which it means something."""
    if not values.languages:
        return None
    rows = (
        [code(name, 40), number(row.programs), number(row.libraries)]
        + [_answered(getattr(row, key), good) for key, _, good in _PROPERTIES]
        for name, row in values.languages.items()
    )
    titles = ["Language", "Programs", "Libraries", *(title for _, title, _ in _PROPERTIES)]
    return table("ELF hardening: files that have each property", titles, rows, titles[1:])


def _answered(answers: dict[str, int], good: str) -> str:
    asked = sum(count for answer, count in answers.items() if answer not in ("n/a", "unknown"))
    return f"{number(answers.get(good, 0))} of {number(asked)}" if asked else "\u2013"
