"""What the survey keeps of an entry's content while it passes: a bounded prefix, a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from mmap import mmap

from imgscan.analyzers.api import Buffer, Content
from imgscan.survey.ranges import NO_PLANS, Plans, RangeKeeper

_ZEROS = bytes(1 << 20)
_LEAST = 4 << 20


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
    return mmap(-1, max(length, _LEAST))


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
    """Keeps the first ``wanted`` bytes, what ``plans`` ask for behind them and, if asked, the SHA-256 of all.

    ``size`` is how long the content will be. Hands a ``Content`` to ``done``. A content that comes in one piece is
    not copied: such a piece is valid until ``close``.
    """

    __slots__ = (
        "_arena",
        "_cut",
        "_done",
        "_hash",
        "_holes",
        "_length",
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
        digest: bool,
        holes: HoleBudget,
        done: Callable[[Content], None],
        size: int,
        plans: Plans = NO_PLANS,
        arena: Arena | None = None,
    ) -> None:
        self._hash = hashlib.sha256(usedforsecurity=False) if digest else None
        self._holes = holes
        self._done = done
        self._length = min(wanted, size)
        self._arena = arena or Arena()
        self._view: memoryview | None = None  # the content as it came
        self._prefix: memoryview | None = None  # or the room that it is copied to
        self._size = 0
        self._cut = False
        self._plans = plans if size > wanted else NO_PLANS
        self._said = size
        self._more: RangeKeeper | None = None

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._size < self._length:
            if len(data) == self._said:
                self._view = data
            else:
                self._keep(data[: self._length - self._size])
        if self._more is not None:
            self._more.take(self._size, data)
        if self._hash is not None:
            self._hash.update(data)
        self._size += len(data)

    def _keep(self, piece: Buffer) -> None:
        """Keep a part of the prefix."""
        if self._prefix is None:
            self._prefix = self._arena.prefix(self._length)
        end = self._size + len(piece)
        self._prefix[self._size : end] = piece
        if end == self._length and self._plans.each:
            self._more = RangeKeeper(self._plans.ranges(self._prefix, self._said), self._arena.ranges)

    def hole(self, length: int) -> None:
        """Take zeros; they are hashed up to ``limits.sparse_hash_bytes``, beyond that the digest is unknown."""
        if self._size < self._length:
            self._keep(bytes(min(length, self._length - self._size)))
        if self._more is not None:
            self._more.skip(self._size, length)
        self._size += length
        if self._hash is None:
            return
        if not self._holes.take(length):
            self._hash = None
            return
        while length > 0:
            self._hash.update(_ZEROS[:length])
            length -= len(_ZEROS)

    def close(self) -> None:
        """Hand on the content."""
        digest = self._hash.hexdigest() if self._hash is not None and not self._cut else None
        kept: Buffer = b""
        more: tuple[tuple[int, Buffer], ...] = ()
        if self._view is not None:
            kept = self._view[: self._length]
            more = tuple((first, self._view[first:last]) for first, last in self._plans.ranges(kept, self._said))
        elif self._prefix is not None:
            kept = self._prefix[: self._size]
            more = self._more.pieces() if self._more is not None else ()
        self._done(Content(kept, self._size, digest, self._cut, more))

    def abort(self) -> None:
        """Hand on what there is of a content that was cut short."""
        self._cut = True
        self.close()
