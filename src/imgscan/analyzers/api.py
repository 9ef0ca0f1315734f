"""The contract of an analyzer, for the built-in ones and for those of third parties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import msgspec

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item
from imgscan.model.ledger import Gap
from imgscan.rootfs.view import ImageView

_Derived = TypeVar("_Derived")

Buffer: TypeAlias = bytes | memoryview

Ranges: TypeAlias = Callable[[Buffer, int], tuple[tuple[int, int], ...]]
"""A pure function of a module: a content's first bytes and its size to the ranges (start, stop) wanted behind them."""


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """A content pattern, searched for in every byte of every file of every layer.

    ``expression`` is in the RE2 dialect, matched against bytes; ``^`` and ``$`` match at the ends of lines and of the
    file. A hit's excerpt reaches from ``before`` bytes ahead of the match's end to ``after`` bytes behind it, inside
    the file: ``before`` bounds the length of what can be found. Every place where a match ends is a hit.
    Files whose name ends in one of ``not_in`` (with the dot, small letters) are left out.
    """

    id: str
    expression: str
    before: int = 256
    after: int = 64
    ignore_case: bool = False
    not_in: frozenset[str] = frozenset()


def left_out_by_ending(patterns: Sequence[Pattern]) -> dict[str, frozenset[int]]:
    """Return by ending of a name, in small letters, the positions of the patterns that are not for such files."""
    return {
        ending: frozenset(number for number, pattern in enumerate(patterns) if ending in pattern.not_in)
        for ending in {ending for pattern in patterns for ending in pattern.not_in}
    }


class DigestRule(msgspec.Struct, frozen=True):
    """Which digests to compute (names of hashlib) of the contents whose path begins with one of ``under``.

    A path that ends with one of ``unless``, or a content of more than ``max_bytes``, is left to the rules after it.
    """

    under: tuple[str, ...]
    algorithms: tuple[str, ...]
    unless: tuple[str, ...] = ()
    max_bytes: int | None = None

    def takes(self, path: str, size: int) -> bool:
        """Whether the rule is about a content of ``size`` bytes at ``path``."""
        if self.max_bytes is not None and size > self.max_bytes:
            return False
        return path.startswith(self.under) and not (self.unless and path.endswith(self.unless))


class Excerpt(msgspec.Struct, frozen=True):
    """A piece of content from the middle: at most ``size`` bytes from the first match of ``expression`` on.

    A match is at most ``longest`` bytes. It is looked for only in contents with ``gate`` in their first 4096 bytes.
    """

    gate: bytes
    expression: bytes
    longest: int
    size: int


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """What an analyzer wants to see, as data: an entry is shown to it when any one of the selectors takes it.

    Selectors: ``any_mode`` (one of these mode bits is set), ``names`` (last component), ``suffixes`` (its ending from
    one of its dots on; only of paths that begin with one of ``suffixes_below``), ``paths`` (whole path), ``folders``
    (the directory that holds it), ``globs`` (fnmatch over the whole path), ``magics`` (first bytes, 16 at most),
    ``xattrs`` (an attribute of this name). ``kinds`` and ``max_size`` (bytes) hold for all of them.

    Of the content ``observe`` gets at most ``max_content_bytes``, with ``sha256`` also its digest, with ``digests``
    those of the first rule that takes its path, with ``excerpt`` that piece. Of a longer content it gets also the
    ``ranges`` that this function names once those first bytes are there, in order and without overlaps, up to
    ``Limits.content_bytes`` in all. ``patterns`` are independent of all that: ``match`` is called for their hits.
    """

    any_mode: int = 0
    names: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    suffixes_below: tuple[str, ...] = ("",)
    paths: frozenset[str] = frozenset()
    globs: tuple[str, ...] = ()
    magics: tuple[bytes, ...] = ()
    xattrs: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    kinds: frozenset[EntryKind] = frozenset({EntryKind.FILE})
    max_size: int | None = None
    max_content_bytes: int = 0
    ranges: Ranges | None = None
    sha256: bool = False
    digests: tuple[DigestRule, ...] = ()
    excerpt: Excerpt | None = None
    patterns: tuple[Pattern, ...] = ()


class Content:
    """The content of an entry: its first bytes, its whole size, its digest (hex) if asked for and known.

    ``cut`` is true when the layer ended before the content did. ``digests`` maps algorithms to hex, ``excerpt`` is
    the piece from the middle that was asked for, empty where its marker is not. ``more`` are the ranges that the
    interest asked for: offset and bytes, in order. ``view`` and ``more`` are for reading in place: they are valid
    during ``observe`` only; ``data`` is a copy, made when it is first asked for.
    """

    __slots__ = ("_data", "_derived", "cut", "digests", "excerpt", "more", "sha256", "size", "view")

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
        self.view = data
        self.size = size
        self.sha256 = sha256
        self.cut = cut
        self.digests = digests or {}
        self.excerpt = excerpt
        self.more = more
        self._data = data if isinstance(data, bytes) else None
        self._derived: dict[Any, Any] = {}

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
        found: _Derived = self._derived[make]
        return found


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

    def line_at(self, place: int) -> int | None:
        """The line of a place in the excerpt, as ``line``."""
        line, end = self.line, self.end - self.start
        if line is None:
            return None
        if place <= end:
            return line - self.excerpt.count(b"\n", place, end)
        return line + self.excerpt.count(b"\n", end, place)


Data: TypeAlias = dict[str, object]


class Analyzer(Protocol):
    """Observes entries of one layer, then concludes on the merged image.

    ``version`` rises whenever ``observe`` would yield other facts. ``observe`` depends on its arguments alone and runs
    in any thread or process; ``conclude`` runs once an image. Neither opens, walks or caches anything.
    """

    @property
    def id(self) -> str:
        """A short stable word."""

    @property
    def version(self) -> int:
        """Part of the key under which facts are kept."""

    @property
    def interest(self) -> Interest:
        """What to show to ``observe``."""

    def observe(self, entry: Entry, content: Content) -> Iterable[Data]:
        """Yield the data of facts on one entry of one layer: plain values, never a secret."""

    def conclude(self, view: ImageView) -> Iterable[Finding | Item | Gap]:
        """Yield findings and inventory items of one image, and gaps: what is not known, and which rules
        that leaves open.
        """


@runtime_checkable
class Redactor(Protocol):
    """An analyzer that knows texts of config and history that no report may show."""

    @property
    def id(self) -> str:
        """As an analyzer's."""

    def redactions(self, view: ImageView) -> Iterable[str]:
        """Return those texts; the engine takes them out of the report, and keeps them nowhere."""


@runtime_checkable
class TextRedactor(Protocol):
    """A redactor that knows a secret by its looks, in whatever text of files other analyzers quote."""

    def redactions_in(self, text: str) -> Iterable[str]:
        """Return the parts of ``text`` that no report may show."""


class PatternAnalyzer(Analyzer, Protocol):
    """An analyzer with content patterns."""

    def match(self, entry: Entry, match: Match) -> Iterable[Data]:
        """Yield the data of facts on one hit."""


@runtime_checkable
class OutsideAnalyzer(Protocol):
    """An analyzer that wants its patterns searched for in bytes that are no file's content, too."""

    def match_outside(self, path: str, match: Match) -> Iterable[Data]:
        """Yield the data of facts on one hit; ``path`` is that of the entry whose name or attribute it is, or empty."""
