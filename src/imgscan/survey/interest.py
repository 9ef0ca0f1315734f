"""All observers' interests in one table: one look per entry says who wants it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.observer import Observer

_NOBODY: tuple[int, ...] = ()
_FILE = EntryKind.FILE
_MAX_KEPT = 4096


class InterestIndex:
    """Answers which observers, by position, want an entry.

    Inside, a set of observers is an int with a bit for each.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._interests = [observer.interest for observer in observers]
        self._modes: list[tuple[int, int]] = []
        self._masks = dict.fromkeys(EntryKind, 0)
        self._names: dict[str, int] = {}
        self._suffixes: dict[str, tuple[int, ...]] = {}
        self._paths: dict[str, int] = {}
        self._globs: list[tuple[re.Pattern[str], int]] = []
        self._magics: dict[bytes, list[tuple[bytes, int]]] = {}
        self._xattrs: dict[str, int] = {}
        self._folders: dict[str, int] = {}
        for position, interest in enumerate(self._interests):
            bit = 1 << position
            if interest.any_mode:
                self._modes.append((interest.any_mode, bit))
                for kind in interest.kinds:
                    self._masks[kind] |= interest.any_mode
            for table, keys in (
                (self._names, interest.names),
                (self._paths, interest.paths),
                (self._xattrs, interest.xattrs),
                (self._folders, interest.folders),
            ):
                for key in keys:
                    table[key] = table.get(key, 0) | bit
            for suffix in interest.suffixes:
                self._suffixes[suffix] = (*self._suffixes.get(suffix, ()), position)
            self._globs += [(re.compile(fnmatch.translate(glob)), bit) for glob in interest.globs]
            for magic in interest.magics:
                # Looked up by two bytes: one of a single byte stands under all that begin with it, and under itself.
                pairs = [magic + bytes([second]) for second in range(256)] if len(magic) == 1 else []
                for start in (magic[:2], *pairs):
                    self._magics.setdefault(start, []).append((magic, bit))
        self._file_mask = self._masks[_FILE]  # apart: an enum's hash costs as much as all the rest
        self._below = [interest.suffixes_below for interest in self._interests]
        self._kinds = frozenset[EntryKind]().union(*(interest.kinds for interest in self._interests))
        self._prefixes = tuple({_literal_start(glob) for interest in self._interests for glob in interest.globs})
        self._start = min(map(len, self._prefixes), default=1)
        self._starts = frozenset(prefix[: self._start] for prefix in self._prefixes)
        self._endings = self._last_endings()
        self._lazy = sum(1 << position for position, interest in enumerate(self._interests) if interest.magics)
        self._bounded = sum(1 << position for position, item in enumerate(self._interests) if item.max_size is not None)
        self._of_files: dict[int, tuple[int, ...]] = {0: _NOBODY}

    def _last_endings(self) -> dict[str, tuple[str, ...]]:
        """Return what suffixes have from their last dot on, and below which directories each is asked for."""
        result: dict[str, set[str]] = {}
        for suffix, positions in self._suffixes.items():
            below = result.setdefault(suffix[suffix.rfind(".") :], set())
            below.update(start for position in positions for start in self._below[position])
        return {ending: tuple(below) for ending, below in result.items()}

    def select(self, entry: Entry, head: bytes | None) -> tuple[int, ...]:
        """Return who wants ``entry``, whose content starts with ``head`` (None: not known, ask again)."""
        path, kind, mode = entry.path, entry.kind, entry.mode
        cut = path.rfind("/") + 1
        name = path[cut:]
        dot = path.rfind(".", cut + 1)
        # Nine of ten entries end here, so each question is one look-up that may say yes too often.
        if not (
            name in self._names
            or head is None
            or head[:2] in self._magics
            or mode & (self._file_mask if kind is _FILE else self._masks[kind])
            or path[: self._start] in self._starts
            or (dot >= 0 and (below := self._endings.get(path[dot:])) is not None and path.startswith(below))
            or path in self._paths
            or (self._folders and path[: max(cut - 1, 0)] in self._folders)
            or entry.xattrs
        ):
            return _NOBODY
        if kind is not _FILE and kind not in self._kinds:
            return _NOBODY
        result = self._names.get(name, 0) | self._paths.get(path, 0)
        if dot >= 0 and path[dot:] in self._endings:
            result |= self._by_suffix(path, name)
        if self._folders:
            result |= self._folders.get(path[: max(cut - 1, 0)], 0)
        for mask, bit in self._modes:
            if mode & mask:
                result |= bit
        if path[: self._start] in self._starts and path.startswith(self._prefixes):
            for pattern, bit in self._globs:
                if pattern.match(path):
                    result |= bit
        if entry.xattrs:
            for key in entry.xattrs:
                result |= self._xattrs.get(key, 0)
        if head is None:
            result |= self._lazy
        elif head:
            for magic, bit in self._magics.get(head[:2], ()):
                if head.startswith(magic):
                    result |= bit
        if kind is not _FILE or result & self._bounded:
            return tuple([position for position in _bits(result) if self._fits(position, entry)])
        positions = self._of_files.get(result)
        return self._file_positions(result) if positions is None else positions

    def _by_suffix(self, path: str, name: str) -> int:
        result = 0
        dot = name.find(".", 1)
        while dot > 0:
            for position in self._suffixes.get(name[dot:], ()):
                if path.startswith(self._below[position]):
                    result |= 1 << position
            dot = name.find(".", dot + 1)
        return result

    def _file_positions(self, observers: int) -> tuple[int, ...]:
        """Return who of a set asks for regular files of any size."""
        positions = tuple([position for position in _bits(observers) if _FILE in self._interests[position].kinds])
        if len(self._of_files) < _MAX_KEPT:
            self._of_files[observers] = positions
        return positions

    def wants(self, position: int, entry: Entry, head: bytes) -> bool:
        """Whether one observer wants an entry whose first bytes have become known only now."""
        return position in self.select(entry, head)

    def _fits(self, position: int, entry: Entry) -> bool:
        interest = self._interests[position]
        return entry.kind in interest.kinds and (interest.max_size is None or entry.size <= interest.max_size)


def _bits(observers: int) -> list[int]:
    return [position for position in range(observers.bit_length()) if observers >> position & 1]


def _literal_start(glob: str) -> str:
    """Return what every path that fits begins with: most entries are sorted out by this alone."""
    return re.split(r"[*?\[]", glob, maxsplit=1)[0]
