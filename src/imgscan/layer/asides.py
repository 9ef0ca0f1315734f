"""What a compressed stream holds beside its content: unseen by readers of the tar, and sent along all the same."""

from __future__ import annotations

from imgscan.layer.stored import Stored

_PIECE_BYTES = 64  # what Python takes for a piece: a stream may have millions of members with a name of one letter
_STEP = 1 << 16


class Asides:
    """Header fields of gzip, skippable frames of zstd, what follows the end: at most ``limit`` bytes are kept.

    ``pieces`` are stored offsets and bytes, in order; ``left_out`` counts the bytes that were not kept.
    """

    def __init__(self, limit: int) -> None:
        self.pieces: list[tuple[int, bytes]] = []
        self.left_out = 0
        self._left = limit

    def add(self, offset: int, data: bytes) -> None:
        """Take what stands at an offset."""
        if not data:
            return
        kept = data[: max(self._left - _PIECE_BYTES, 0)]
        self.left_out += len(data) - len(kept)
        if kept:
            self._left -= len(kept) + _PIECE_BYTES
            self.pieces.append((offset, kept))

    def add_rest(self, stored: Stored) -> None:
        """Take all that is left of a stream."""
        while True:
            offset = stored.offset
            data = bytes(stored.take(_STEP))
            if not data:
                return
            self.add(offset, data)

    def joined(self) -> list[tuple[int, bytes]]:
        """Return the pieces, those that touch each other as one."""
        runs: list[tuple[int, list[bytes]]] = []
        end = -1
        for offset, data in self.pieces:
            if offset == end:
                runs[-1][1].append(data)
            else:
                runs.append((offset, [data]))
            end = offset + len(data)
        return [(offset, b"".join(parts)) for offset, parts in runs]
