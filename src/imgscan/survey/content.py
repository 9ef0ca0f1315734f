"""What the survey keeps of an entry's content while it passes: a bounded prefix, a digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from mmap import mmap

from imgscan.model.interest import Buffer, Excerpt
from imgscan.model.observed import Content
from imgscan.survey.ranges import Plan, RangeKeeper, planned

_ZEROS = bytes(1 << 20)
_MIN_SIZE = 4 << 20
_GATE_BYTES = 4096


@cache
def _new_hash(name: str) -> hashlib._Hash:
    """Return a digest of nothing, to be copied: that costs a fifth of making one, and there are 10^4 small files."""
    return hashlib.new(name, usedforsecurity=False)


class Arena:
    """Memory for the contents of one layer, one after the other: fresh pages for each would cost more than copying.

    Anonymous maps: pages that no content reaches are never there, and all of them go back when the layer is done.
    """

    __slots__ = ("_prefix", "_ranges")

    def __init__(self) -> None:
        self._prefix: mmap | None = None
        self._ranges: mmap | None = None

    def clear(self) -> None:
        """Give the memory back."""
        self._prefix = self._ranges = None

    def prefix(self, length: int) -> memoryview:
        """Return room for a prefix; that of the content before is no longer valid."""
        if self._prefix is None or len(self._prefix) < length:
            self._prefix = _map(length)
        return memoryview(self._prefix)[:length]

    def ranges(self, length: int) -> memoryview:
        """Return room for ranges, as above."""
        if self._ranges is None or len(self._ranges) < length:
            self._ranges = _map(length)
        return memoryview(self._ranges)[:length]


def _map(length: int) -> mmap:
    return mmap(-1, max(length, _MIN_SIZE))


class HoleBudget:
    """How many bytes of holes one layer may still have hashed."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, length: int) -> bool:
        """Whether so many more may be; a hole that does not fit leaves the budget as it is."""
        fits = length <= self._left
        self._left -= length if fits else 0
        return fits


class ContentSink:
    """Keeps the first ``wanted`` bytes, what ``plans`` ask for behind them, and the digests and excerpts asked for.

    ``size`` is how long the content will be, ``limit`` bounds what is kept of it. Hands a ``Content`` and the excerpts
    found to ``done``. A content that comes in one piece is not copied: such a piece is valid until ``close``.
    """

    __slots__ = (
        "_arena",
        "_cut",
        "_done",
        "_finders",
        "_hashes",
        "_holes",
        "_length",
        "_limit",
        "_more",
        "_plans",
        "_prefix",
        "_said",
        "_size",
        "_view",
    )

    def __init__(
        self,
        wanted: int,
        algorithms: Iterable[str],
        holes: HoleBudget,
        done: Callable[[Content, dict[Excerpt, bytes]], None],
        excerpts: Iterable[Excerpt] = (),
        plans: Sequence[Plan] = (),
        size: int = 0,
        arena: Arena | None = None,
        limit: int = 0,
    ) -> None:
        self._hashes = [_new_hash(name).copy() for name in algorithms]
        self._finders = {rule: ExcerptFinder(rule) for rule in excerpts} if excerpts else {}
        self._holes = holes
        self._limit = limit
        self._done = done
        self._length = min(wanted, size)
        self._arena = arena or Arena()
        self._view: memoryview | None = None  # the content as it came
        self._prefix: memoryview | None = None  # or the room that it is copied to
        self._size = 0
        self._cut = False
        self._plans = plans if size > wanted else ()
        self._said = size
        self._more: RangeKeeper | None = None
        if self._plans and not self._length:  # ranges alone, named from nothing but the size
            self._more = RangeKeeper(self._planned(b""), self._arena.ranges)

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._size < self._length:
            if len(data) == self._said:
                self._view = data
            else:
                self._keep(data[: self._length - self._size])
        if self._more is not None:
            self._more.take(self._size, data)
        for item in self._hashes:
            item.update(data)
        if self._finders:
            for finder in self._finders.values():
                finder.write(data)
        self._size += len(data)

    def _keep(self, piece: Buffer) -> None:
        """Keep a part of the prefix."""
        if self._prefix is None:
            self._prefix = self._arena.prefix(self._length)
        end = self._size + len(piece)
        self._prefix[self._size : end] = piece
        if end == self._length and self._plans:
            self._more = RangeKeeper(self._planned(self._prefix), self._arena.ranges)

    def _planned(self, prefix: Buffer) -> list[tuple[int, int]]:
        return planned(self._plans, prefix, self._said, max(self._limit - self._length, 0))

    def hole(self, length: int) -> None:
        """Take zeros; they are hashed up to ``limits.sparse_hash_bytes``, beyond that the digest is unknown."""
        if self._size < self._length:
            self._keep(bytes(min(length, self._length - self._size)))
        if self._more is not None:
            self._more.skip(self._size, length)
        self._size += length
        self._finders = {}  # no excerpt of a sparse file
        if not self._hashes:
            return
        if not self._holes.take(length):
            self._hashes = []
            return
        while length > 0:
            for item in self._hashes:
                item.update(_ZEROS[:length])
            length -= len(_ZEROS)

    def close(self) -> None:
        """Hand on the content."""
        digests = {item.name: item.hexdigest() for item in self._hashes} if self._hashes and not self._cut else None
        result = {rule: finder.excerpt() for rule, finder in self._finders.items()} if self._finders else {}
        kept: Buffer = b""
        more: tuple[tuple[int, Buffer], ...] = ()
        if self._view is not None:
            kept = self._view[: self._length]
            if self._plans:
                more = tuple([(first, self._view[first:last]) for first, last in self._planned(kept)])
        else:
            kept = self._prefix[: self._size] if self._prefix is not None else b""
            more = self._more.pieces() if self._more is not None else ()
        sha256 = digests.get("sha256") if digests is not None else None
        self._done(Content(kept, self._size, sha256, self._cut, digests, b"", more), result)

    def abort(self) -> None:
        """Hand on what there is of a content that was cut short."""
        self._cut = True
        self.close()


class ExcerptFinder:
    """Finds an excerpt in content that passes in pieces; what it finds does not depend on how it was cut."""

    __slots__ = ("_found", "_head", "_rule", "_tail")

    def __init__(self, rule: Excerpt) -> None:
        self._rule = rule
        self._head: bytes | None = b""  # of the content, until the gate has been looked for
        self._tail: bytes | None = None  # where a marker may have begun; None: not looking
        self._found: bytearray | None = None

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._head is not None:
            head = bytes(data[:_GATE_BYTES]) if not self._head else self._head + data[: _GATE_BYTES - len(self._head)]
            data = data[len(head) - len(self._head) :]
            self._head = head if len(head) < _GATE_BYTES else None
            if self._rule.gate not in head:
                return
            self._head = None
            self._tail = b""
            self._look(memoryview(head))
        if len(data):
            self._look(data)

    def excerpt(self) -> bytes:
        """Return what was found."""
        return bytes(self._found or b"")

    def _look(self, data: memoryview) -> None:
        if self._found is not None:
            self._found += data[: self._rule.size - len(self._found)]
            return
        if self._tail is None:
            return
        buffer = self._tail + bytes(data)
        match = re.search(self._rule.expression, buffer, re.DOTALL)
        if match is None:
            self._tail = buffer[-self._rule.longest :]
            return
        self._found = bytearray(buffer[match.start() : match.start() + self._rule.size])
