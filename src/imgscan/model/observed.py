"""What the survey hands to an observer: the content of one entry, or one hit of a pattern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from imgscan.model.interest import Buffer

_Derived = TypeVar("_Derived")


class Allowance:
    """How many bytes the archives of one layer may still unpack to beyond what is usual for their size."""

    def __init__(self, left: int) -> None:
        self.left: int = left

    def take(self, count: int) -> None:
        """Take so many of them."""
        self.left = max(self.left - count, 0)


class Content:
    """The content of an entry: its first bytes, its whole size, its digest (hex) if asked for and known.

    ``cut`` is true when the layer ended before the content did. ``digests`` maps algorithms to hex, ``excerpt`` is
    the piece from the middle that was asked for, empty where its marker is not. ``more`` are the ranges that the
    interest asked for: offset and bytes, in order. ``view`` and ``more`` are for reading in place: they are valid
    during ``observe`` only; ``data`` is a copy, made when it is first asked for. ``allowance`` is what archives may
    unpack to, None for any number of bytes.
    """

    __slots__ = ("_data", "_derived", "allowance", "cut", "digests", "excerpt", "more", "sha256", "size", "view")

    def __init__(
        self,
        data: Buffer = b"",
        size: int = 0,
        sha256: str | None = None,
        cut: bool = False,
        digests: dict[str, str] | None = None,
        excerpt: bytes = b"",
        more: tuple[tuple[int, Buffer], ...] = (),
    ) -> None:
        self.view: Buffer = data
        self.size: int = size
        self.sha256: str | None = sha256
        self.cut: bool = cut
        self.digests: dict[str, str] = digests or {}
        self.excerpt: bytes = excerpt
        self.more: tuple[tuple[int, Buffer], ...] = more
        self._data = data if isinstance(data, bytes) else None
        self._derived: dict[Any, Any] = {}
        self.allowance: Allowance | None = None

    @property
    def data(self) -> bytes:
        """The first bytes."""
        if self._data is None:
            self._data = bytes(self.view)
        return self._data

    @property
    def whole(self) -> bool:
        """Whether ``data`` is all of it."""
        return len(self.view) == self.size

    def derived(self, make: Callable[[Content], _Derived]) -> _Derived:
        """Return ``make(self)``, made once a content: what several analyzers observe from (a parsed header)."""
        if make not in self._derived:
            self._derived[make] = make(self)
        result: _Derived = self._derived[make]
        return result


class Match(msgspec.Struct, frozen=True):
    """One hit of a pattern: ``end`` is where it ends in the file, ``excerpt`` the bytes around, from ``start`` on.

    ``lines`` is the line of ``end``, or what counts it: most hits prove to be nothing, and nobody asks for their line.
    None of a binary file, one with a NUL among its first 16 bytes that is not UTF-16.
    """

    pattern: str
    end: int
    start: int
    excerpt: bytes
    lines: int | Callable[[], int] | None = 1

    @property
    def line(self) -> int | None:
        """The line of ``end``, counted from 1, None of a binary file; valid during ``match`` only."""
        return self.lines() if callable(self.lines) else self.lines

    def line_at(self, position: int) -> int | None:
        """The line of a place in the excerpt, as ``line``."""
        line, end = self.line, self.end - self.start
        if line is None:
            return None
        if position <= end:
            return line - self.excerpt.count(b"\n", position, end)
        return line + self.excerpt.count(b"\n", end, position)
