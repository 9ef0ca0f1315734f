"""Names that deceive a reader, a terminal or another filesystem."""

from __future__ import annotations

import unicodedata

from imgscan.formats.path import parent_of
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.rootfs.view import ImageView

_MOST = 1000


def judge_name(path: str) -> Severity | None:
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


class Clashes:
    """Collects paths whose folded form another path may have: only those that folding changes are kept."""

    def __init__(self) -> None:
        self._cased: dict[str, list[str]] = {}

    def add(self, path: str) -> None:
        """Take a visible path, which need not be one of small ASCII letters alone."""
        lower = folded(path)
        if lower != path:
            self._cased.setdefault(lower, []).append(path)

    def found(self, view: ImageView) -> list[tuple[str, ...]]:
        """Return groups of paths that fold to one, sorted; what lies below a group is not told again."""
        groups = {}
        for lower, paths in self._cased.items():
            exact = lower in view
            if exact or len(paths) > 1:
                groups[lower] = tuple(sorted((*paths, lower) if exact else paths))
        tops = [
            group
            for group in groups.values()
            if len({parent_of(path) for path in group}) == 1  # otherwise their directories clash
        ]
        return sorted(tops)[:_MOST]
