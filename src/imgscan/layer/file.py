"""A file of a layer as Python reads files: from any place on, as often as one likes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Pieces = Callable[[int], Iterator[bytes]]
"""Yields the content from a byte on."""


class LayerFile(io.RawIOBase):
    """The content of ``size`` bytes that ``pieces`` gives; who reads it may get an ``InputError`` (a damaged layer).

    To go on where one stands costs nothing; to jump asks ``pieces`` again: free in a layer that is stored as it is,
    and in a compressed one a reading of all that lies before.
    """

    def __init__(self, size: int, pieces: Pieces) -> None:
        super().__init__()
        self._size = size
        self._pieces = pieces
        self._at = 0
        self._stream: Iterator[bytes] | None = None
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether one can jump in it: yes."""
        return True

    def tell(self) -> int:
        """Return where one stands."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte, which may lie behind the end; return which."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}
        if whence not in base:
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        target = base[whence] + offset
        if target < 0:
            raise ValueError(f"negative seek position {target}")
        if target != self._at:
            self._stream, self._rest, self._at = None, memoryview(b""), target
        return target

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as one piece goes; return how many bytes came, 0 at the end."""
        target = memoryview(buffer).cast("B")
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        while not self._rest and self._at < self._size:
            self._stream = self._stream or self._pieces(self._at)
            piece = next(self._stream, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        self._at += count
        return count


def from_byte(pieces: Iterator[bytes], start: int) -> Iterator[bytes]:
    """Yield what comes after the first ``start`` bytes."""
    for piece in pieces:
        if start < len(piece):
            yield piece[start:] if start else piece
        start = max(start - len(piece), 0)


def first_bytes(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the first ``size`` bytes; fewer where there are no more."""
    while size > 0 and (piece := next(pieces, None)) is not None:
        yield piece[:size]
        size -= len(piece)
