"""Stored bytes in order, taken in steps of any size and given back where too many were taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class Stored:
    """Reads chunks; ``offset`` is that of the next byte.

    A chunk that holds thousands of compressed members is not copied for each of them: a decompressor is fed in
    steps, and only what it left of the last step is given back.
    """

    def __init__(self, chunks: Iterable[Buffer]) -> None:
        self._chunks = iter(chunks)
        self._view = memoryview(b"")
        self._pos = 0
        self.offset = 0

    def at_end(self) -> bool:
        """Whether no byte is left."""
        while self._pos == len(self._view):
            chunk = next(self._chunks, None)
            if chunk is None:
                return True
            self._view, self._pos = memoryview(chunk), 0
        return False

    def take(self, limit: int) -> memoryview:
        """Return the next bytes, at most ``limit`` and all of one chunk; none at the end alone."""
        if self.at_end():
            return self._view[:0]
        taken = self._view[self._pos : self._pos + limit]
        self._pos += len(taken)
        self.offset += len(taken)
        return taken

    def give_back(self, data: bytes) -> None:
        """Take back the last bytes that were taken: isal's may reach back into the chunk before."""
        self.offset -= len(data)
        if len(data) <= self._pos:
            self._pos -= len(data)
        else:
            self._view, self._pos = memoryview(data + bytes(self._view[self._pos :])), 0

    def exactly(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer only at the end."""
        parts = []
        while count and (part := self.take(count)):
            parts.append(bytes(part))
            count -= len(part)
        return b"".join(parts)

    def through_nul(self, limit: int) -> bytes:
        """Return the next bytes through the first NUL; without one at the end, or after ``limit`` bytes."""
        parts = []
        while limit > 0 and (part := bytes(self.take(min(limit, 512)))):
            end = part.find(b"\0") + 1
            if end:
                self.give_back(part[end:])
                parts.append(part[:end])
                break
            parts.append(part)
            limit -= len(part)
        return b"".join(parts)

    def skip_zeros(self) -> None:
        """Step over zero bytes."""
        while part := bytes(self.take(4096)):
            if left := part.lstrip(b"\0"):
                self.give_back(left)
                return
