"""Names that deceive a reader, a terminal or another filesystem."""

from __future__ import annotations

import unicodedata
from collections.abc import Set

from imgscan.formats.path import parent_of
from imgscan.model.finding import Severity
from imgscan.printable import printable

_MAX_CLASHES = 1000


def severity_of_name(path: str) -> Severity | None:
    """Return how odd a path's own name is: control and invisible characters more than bytes that are no UTF-8."""
    name = path[path.rfind("/") + 1 :]
    if name.isprintable() or printable(name) == name:
        return None
    only_bytes = all(char.isprintable() or 0xDC80 <= ord(char) <= 0xDCFF for char in name)
    return Severity.INFO if only_bytes else Severity.MEDIUM


def folded(path: str) -> str:
    """Return a path as a filesystem that ignores case and composition has it."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def clashes(paths: Set[str]) -> list[tuple[str, ...]]:
    """Return groups of paths that fold to one, sorted; what lies below a group is not told again."""
    cased = {path: lower for path in paths if (lower := path.lower() if path.isascii() else folded(path)) != path}
    if len(set(cased.values())) == len(cased) and paths.isdisjoint(cased.values()):
        return []
    groups: dict[str, list[str]] = {}
    for path, lower in cased.items():
        groups.setdefault(lower, [lower] if lower in paths else []).append(path)
    tops = [
        tuple(sorted(group))
        for group in groups.values()
        if len(group) > 1 and len({parent_of(path) for path in group}) == 1  # otherwise their directories clash
    ]
    return sorted(tops)[:_MAX_CLASHES]
