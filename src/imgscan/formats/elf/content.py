"""The bytes of one ELF file that were kept: a prefix and ranges behind it; every access is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Buffer: TypeAlias = bytes | memoryview

Piece: TypeAlias = tuple[int, Buffer]
"""Where a range starts in the file, and its bytes."""


class ElfContent:
    """Reads ranges of a file of ``size`` bytes, of which ``data`` is the start and ``pieces`` ranges further on.

    A range outside the file is the file's fault: its ``what`` goes into ``damaged``. A range inside that was not
    kept is ours: ``unkept`` becomes true, and what depends on it is unknown.
    """

    __slots__ = ("_pieces", "damaged", "data", "size", "unkept")

    def __init__(self, data: Buffer, size: int | None = None, pieces: Sequence[Piece] = ()) -> None:
        self.data = data
        self.size = len(data) if size is None else size
        self._pieces: tuple[Piece, ...] = ((0, data), *pieces)
        self.damaged: list[str] = []
        self.unkept = False

    def read(self, offset: int, length: int, what: str) -> bytes | None:
        """Return ``length`` bytes from ``offset`` on, None when they are not all there; ``what`` names the table."""
        end = offset + length
        if end <= len(self.data):
            return bytes(self.data[offset:end])
        if end > self.size:
            self.note(what)
            return None
        result = self._gathered(offset, end)
        self.unkept |= result is None
        return result

    def kept(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset`` on if they were kept, else none: for what is only a hint."""
        return self._gathered(offset, offset + length) or b""

    def note(self, what: str) -> None:
        """Note that a table is malformed."""
        if what not in self.damaged:
            self.damaged.append(what)

    def tail(self, limit: int) -> bytes:
        """Return the last bytes of the file, at most ``limit``; empty when they were not kept."""
        start = max(self.size - limit, 0)
        return self._gathered(start, self.size) or b""

    def _gathered(self, offset: int, end: int) -> bytes | None:
        parts: list[Buffer] = []
        for start, piece in self._pieces:
            if start <= offset < start + len(piece):
                part = piece[offset - start : end - start]
                parts.append(part)
                offset += len(part)
                if offset >= end:
                    return b"".join(parts)
        return None if offset < end else b""
