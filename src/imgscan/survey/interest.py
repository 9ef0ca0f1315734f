"""All analyzers' interests in one table: one look per entry says who wants it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from imgscan.analyzers.api import Analyzer
from imgscan.model.entry import Entry, EntryKind

_NOBODY: tuple[int, ...] = ()


class InterestIndex:
    """Answers which analyzers, by position, want an entry."""

    def __init__(self, analyzers: Sequence[Analyzer]) -> None:
        self._interests = [analyzer.interest for analyzer in analyzers]
        self._mask = 0
        self._names: dict[str, tuple[int, ...]] = {}
        self._suffixes: dict[str, tuple[int, ...]] = {}
        self._paths: dict[str, tuple[int, ...]] = {}
        self._globs: list[tuple[re.Pattern[str], int]] = []
        self._magics: dict[bytes, list[tuple[bytes, int]]] = {}
        self._xattrs: dict[str, tuple[int, ...]] = {}
        kinds: set[EntryKind] = set()
        for place, interest in enumerate(self._interests):
            self._mask |= interest.any_mode
            kinds |= interest.kinds
            for table, keys in (
                (self._names, interest.names),
                (self._suffixes, interest.suffixes),
                (self._paths, interest.paths),
                (self._xattrs, interest.xattrs),
            ):
                for key in keys:
                    table[key] = (*table.get(key, ()), place)
            self._globs += [(re.compile(fnmatch.translate(glob)), place) for glob in interest.globs]
            for magic in interest.magics:
                # Looked up by two bytes: one of a single byte stands under all that begin with it, and under itself.
                pairs = [magic + bytes([second]) for second in range(256)] if len(magic) == 1 else []
                for start in (magic[:2], *pairs):
                    self._magics.setdefault(start, []).append((magic, place))
        self._kinds = frozenset(kinds)
        self._prefixes = tuple({_literal_start(glob) for interest in self._interests for glob in interest.globs})
        self._endings = tuple(self._suffixes)
        self._lazy = tuple(place for place, interest in enumerate(self._interests) if interest.magics)

    def select(self, entry: Entry, head: bytes | None) -> Sequence[int]:
        """Return who wants ``entry``, whose content starts with ``head`` (None: not known, ask again)."""
        path = entry.path
        name = path[path.rfind("/") + 1 :]
        if not (
            name in self._names
            or entry.mode & self._mask
            or (head and head[:2] in self._magics)
            or entry.xattrs
            or path in self._paths
            or path.startswith(self._prefixes)
            or name.endswith(self._endings)
            or head is None
        ):
            return _NOBODY  # nine of ten entries
        if entry.kind not in self._kinds:
            return _NOBODY
        found = self._names.get(name, _NOBODY)
        if self._suffixes:
            dot = name.find(".", 1)
            while dot > 0:
                found += self._suffixes.get(name[dot:], _NOBODY)
                dot = name.find(".", dot + 1)
        if path in self._paths:
            found += self._paths[path]
        if entry.mode & self._mask:
            found += tuple(place for place, interest in enumerate(self._interests) if interest.any_mode & entry.mode)
        if path.startswith(self._prefixes):
            found += tuple(place for pattern, place in self._globs if pattern.match(path))
        if entry.xattrs:
            for key in entry.xattrs:
                found += self._xattrs.get(key, _NOBODY)
        if head is None:
            found += self._lazy
        elif head:
            for magic, place in self._magics.get(head[:2], ()):
                if head.startswith(magic):
                    found += (place,)
        if not found:
            return _NOBODY
        return sorted(place for place in set(found) if self._fits(place, entry))

    def wants(self, place: int, entry: Entry, head: bytes) -> bool:
        """Whether one analyzer wants an entry whose first bytes have become known only now."""
        return place in self.select(entry, head)

    def _fits(self, place: int, entry: Entry) -> bool:
        interest = self._interests[place]
        return entry.kind in interest.kinds and (interest.max_size is None or entry.size <= interest.max_size)


def _literal_start(glob: str) -> str:
    """Return what every path that fits begins with: most entries are sorted out by this alone."""
    return re.split(r"[*?\[]", glob, maxsplit=1)[0]
