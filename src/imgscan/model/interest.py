"""What an observer wants to see of a layer, as data: selectors, patterns, digests, pieces of content."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

import msgspec

from imgscan.model.entry import EntryKind

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
        suffix: frozenset(number for number, pattern in enumerate(patterns) if suffix in pattern.not_in)
        for suffix in {suffix for pattern in patterns for suffix in pattern.not_in}
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


class Links(msgspec.Struct, frozen=True):
    """That names count which links of the merged image give to a content.

    ``read_as`` is a function of a module: a path to what a content would be read as by this name, None for nothing. A
    content is observed again where a link's name is read as something else than its stored name. ``folders`` are
    directories whose names count where the directory itself is a link.
    """

    read_as: Callable[[str], Hashable | None]
    folders: tuple[str, ...] = ()


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

    With ``links`` names are those of the merged image, too: a content that a link there leads to is observed under the
    link's name, after the merge.
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
    links: Links | None = None
