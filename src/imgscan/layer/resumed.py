"""A compressed stream from any byte of its content on: marks laid on the way, from which inflating can go on.

Gzip is inflated by zlib here, whose state can be copied at any point (isal's cannot, and is 1.6 times as fast for all
else). A zstd stream can be taken up where a frame begins, which zstd:chunked layers do for each file; of a stream of
one frame, of xz and bzip2, all that lies before is inflated again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from threading import Lock
from typing import NamedTuple, Protocol

from imgscan.errors import DecompressionError, Position, TruncatedError
from imgscan.layer.stored import Buffer
from imgscan.layer.unzstd import FrameInflater
from imgscan.model.limits import Limits

RESUMABLE = ("gzip", "zstd")
_SPAN = 1 << 20
_STEP = 64 << 10
_ZSTD_STEP = 8 << 10
_WINDOW = 256 << 10

StoredFrom = Callable[[int], Iterator[Buffer]]
"""Yields the stored bytes from an offset on."""


class Inflater(Protocol):
    """One gzip member or zstd frame as it is inflated."""

    def inflate(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """Return what comes of the data, what of them was not taken, and whether the member has ended."""

    def copied(self) -> Inflater | None:
        """Return the same at the same point, None where it cannot be copied."""


class _Gzip:
    def __init__(self, inner: zlib._Decompress | None = None) -> None:
        self._inner = inner or zlib.decompressobj(31)  # 31: gzip's header and trailer, its checksum compared

    def inflate(self, data: bytes) -> tuple[bytes, bytes, bool]:
        inner = self._inner
        piece = inner.decompress(data, _WINDOW)
        return piece, inner.unused_data if inner.eof else inner.unconsumed_tail, inner.eof

    def copied(self) -> Inflater | None:
        return _Gzip(self._inner.copy())


class _Mark(NamedTuple):
    """Where inflating can go on: offsets in the content and in the stored bytes, the state between them."""

    at: int
    stored: int
    inflater: Inflater | None = None
    """None where a member or a frame begins."""


class ResumedStream:
    """The content of one compressed stream, from any byte on and from several threads at a time.

    ``limit`` is how many marks are kept, each of some 40 KB: beyond it every other one goes, and they lie twice as far
    apart.
    """

    def __init__(self, reads: StoredFrom, compression: str, limits: Limits, limit: int = 256) -> None:
        self._reads = reads
        self._gzip = compression == "gzip"
        self._limits = limits
        self._limit = max(limit, 2)
        self._span = _SPAN
        self._marks = [_Mark(0, 0)]
        self._lock = Lock()

    def pieces(self, start: int) -> Iterator[bytes]:
        """Yield the content from a byte on.

        Raises:
            DecompressionError: the stream is damaged behind the mark that was begun at.
            InputError: it cannot be read.
        """
        with self._lock:
            mark = next(mark for mark in reversed(self._marks) if mark.at <= start)
        at = mark.at
        for piece in self._inflated(mark):
            if at + len(piece) > start:
                yield piece[max(start - at, 0) :]
            at += len(piece)

    def _inflated(self, mark: _Mark) -> Iterator[bytes]:
        at, stored = mark.at, mark.stored
        inflater = mark.inflater.copied() if mark.inflater is not None else None
        for data in _steps(self._reads(stored), _STEP if self._gzip else _ZSTD_STEP):
            full = False
            while data or full:
                if inflater is None:
                    rest = data.lstrip(b"\0") if at else data  # zeros behind a member are padding
                    stored += len(data) - len(rest)
                    data = rest
                    if not data:
                        break
                    inflater = _Gzip() if self._gzip else FrameInflater(self._limits)
                try:
                    piece, rest, ended = inflater.inflate(data)
                except zlib.error as error:
                    raise DecompressionError(f"damaged gzip stream ({error})", Position(offset=stored)) from None
                stored += len(data) - len(rest)
                data = rest
                at += len(piece)
                if piece:
                    yield piece
                full = not ended and len(piece) == _WINDOW and self._gzip  # zlib may hold back some
                inflater = None if ended else inflater
                if not full:
                    self._note(at, stored, inflater)
        if inflater is not None:
            raise TruncatedError("the compressed stream ends early", Position(offset=stored))

    def _note(self, at: int, stored: int, inflater: Inflater | None) -> None:
        """Lay a mark where the last one is far enough behind."""
        if at < self._marks[-1].at + self._span:
            return
        state = inflater.copied() if inflater is not None else None
        if inflater is not None and state is None:
            return
        with self._lock:
            if at < self._marks[-1].at + self._span:
                return
            self._marks.append(_Mark(at, stored, state))
            if len(self._marks) > self._limit:
                self._marks = self._marks[::2]
                self._span *= 2


def _steps(chunks: Iterator[Buffer], limit: int) -> Iterator[bytes]:
    for chunk in chunks:
        view = memoryview(chunk)
        for at in range(0, len(view), limit):
            yield bytes(view[at : at + limit])
