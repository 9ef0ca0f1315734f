"""Zstd streams of any number of frames. zstandard is wrapped here; its exceptions stop here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import IO, cast

from imgscan.errors import DecompressionError, LimitError, Position, TruncatedError
from imgscan.formats.archives.zstd import FrameWalker
from imgscan.layer.asides import Asides
from imgscan.layer.stored import Stored
from imgscan.layer.window import Window
from imgscan.model.limits import Limits

_STEP = 1 << 20


def unzstd(stored: Stored, window: Window, limits: Limits, asides: Asides) -> Iterator[bytes]:
    """Yield the content of all frames, skippable ones stepped over (RFC 8878; zstd:chunked ends in them).

    zstandard's stream_reader is bounded in memory and takes a stream cut in half for a whole one; an own walk over
    the frames' block headers sees the cut. Skippable frames, and what follows the last frame, go to ``asides``.

    Raises: as ``decompressed``.
    """
    import zstandard

    source = _Walked(stored, asides)
    reader = zstandard.ZstdDecompressor(max_window_size=limits.zstd_window_bytes).stream_reader(
        cast(IO[bytes], source), read_size=_STEP, read_across_frames=True
    )
    while True:
        try:
            piece = reader.read1(window.bytes)  # read() would lose what precedes a fault
        except zstandard.ZstdError as error:
            if "too much memory" in str(error):
                text = "a zstd window over limits.zstd_window_bytes"
                raise LimitError(text, Position(offset=stored.offset)) from None
            raise DecompressionError(f"damaged zstd stream ({error})", Position(offset=stored.offset)) from None
        if not piece:
            break
        yield piece
    if source.error is not None:
        raise source.error
    if not source.walker.between_frames:
        raise TruncatedError("the zstd stream ends early", Position(offset=stored.offset))


class _Walked:
    """The stored bytes as the file object that stream_reader wants, walked as they pass."""

    def __init__(self, stored: Stored, asides: Asides) -> None:
        self._asides = asides
        self._stored = stored
        self._parts: list[bytes] = []
        self.walker = FrameWalker()
        self.error: Exception | None = None

    def read(self, _size: int = -1) -> bytes:
        """Return the next bytes, or nothing at the end or at a fault (kept in ``error``)."""
        while not self._parts and self.error is None:
            start = self._stored.offset
            try:
                chunk = bytes(self._stored.take(_STEP))
            except Exception as error:  # noqa: BLE001 (must not pass through the C reader; raised again by unzstd)
                self.error = error
                break
            if not chunk:
                break
            self._walk(chunk, start)
        return self._parts.pop(0) if self._parts else b""

    def _walk(self, chunk: bytes, start: int) -> None:
        """Cut a chunk where a checksum begins: the reader drops what it decoded in the call that finds it wrong."""
        whole = len(chunk)
        try:
            self.walker.feed(chunk)
        except DecompressionError as error:
            self.error = error
            whole = max((error.position.offset or 0) - start, 0)
            self._asides.add(start + whole, chunk[whole:])
            self._asides.add_rest(self._stored)
        for first, last in self.walker.skippable:
            self._asides.add(first, chunk[first - start : last - start])
        self.walker.skippable.clear()
        cuts = [cut - start for cut in self.walker.checksums if 0 < cut - start < whole]
        self.walker.checksums.clear()
        edges = (0, *cuts, whole)
        self._parts = [part for at, end in pairwise(edges) if (part := chunk[at:end])]


class FrameInflater:
    """One frame, or a skippable one, as it is inflated."""

    def __init__(self, limits: Limits) -> None:
        import zstandard

        self._fault = zstandard.ZstdError
        self._inner = zstandard.ZstdDecompressor(max_window_size=limits.zstd_window_bytes).decompressobj()

    def inflate(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """Return what comes of the data, what of them lies behind the frame, and whether it has ended.

        Raises:
            DecompressionError: the frame is damaged.
        """
        try:
            piece = self._inner.decompress(data)
        except self._fault as error:
            raise DecompressionError(f"damaged zstd stream ({error})") from None
        return piece, self._inner.unused_data if self._inner.eof else b"", self._inner.eof

    def copied(self) -> None:
        """Return None: zstandard copies no state."""
