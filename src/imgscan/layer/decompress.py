"""Stored bytes to the uncompressed tar: plain, gzip, zstd, xz and bzip2, every fault seen and bounded in memory.

isal and zstandard are wrapped here; their exceptions stop here.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, Protocol, TypeAlias, cast

from imgscan.errors import DecompressionError, LimitError, Position, TruncatedError
from imgscan.formats.zstd import FrameWalker
from imgscan.model.limits import Limits

try:
    from isal import igzip_lib, isal_zlib

    _gzip_object: Callable[[], _ZlibLike] = lambda: isal_zlib.decompressobj(wbits=31)  # noqa: E731 (one line each)
    _GZIP_ERRORS: tuple[Any, ...] = (igzip_lib.IsalError, zlib.error)
except ImportError:  # no wheel for this platform: the same API, half as fast
    _gzip_object = lambda: zlib.decompressobj(wbits=31)  # noqa: E731 (one line each)
    _GZIP_ERRORS = (zlib.error,)

Buffer: TypeAlias = bytes | bytearray | memoryview

MAGICS = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
)
UNSUPPORTED = (
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x5d\x00\x00", "lzma (alone)"),
    (b"LZIP", "lzip"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
)
_TRAILING = "data after the end of the compressed stream"


def compression_of(head: bytes) -> str:
    """Return how a stream that starts with ``head`` (at least 8 bytes) is compressed; ``none`` for a plain one.

    A zstd stream may begin with a skippable frame. Sources: RFC 1952, RFC 8878 3.1.2, the xz and bzip2 formats.
    """
    for magic, name in MAGICS:
        if head.startswith(magic):
            return name
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return "zstd"
    return "none"


def unsupported_compression(head: bytes) -> str | None:
    """Return the name of a packing that is known and not read, or None."""
    return next((name for magic, name in UNSUPPORTED if head.startswith(magic)), None)


class _ZlibLike(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: Buffer, max_length: int = ..., /) -> bytes: ...


class _LzmaLike(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: Buffer, max_length: int = ..., /) -> bytes: ...


def decompressed(chunks: Iterable[Buffer], compression: str, limits: Limits) -> Iterator[Buffer]:
    """Yield the uncompressed stream in pieces of at most ``limits.window_bytes``.

    ``chunks`` are the stored bytes in order; a piece of a plain stream is a chunk itself. All that precedes a fault
    is yielded before the fault is raised.

    Raises:
        DecompressionError: the stream is damaged (checksum, length, structure) or followed by other data; ``offset``
            is in stored bytes, at the chunk where it was seen.
        TruncatedError: the stream ends early.
        LimitError: the output outgrows ``layer_bytes`` or ``layer_ratio``.
    """
    counted = _Counted(chunks)
    if compression == "none":
        pieces: Iterator[Buffer] = iter(counted)
    elif compression == "gzip":
        pieces = _gzip(counted, limits.window_bytes)
    elif compression == "zstd":
        pieces = _zstd(counted, limits)
    elif compression == "xz":
        pieces = _members(
            counted,
            lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.xz_memory_bytes),
            limits.window_bytes,
            padding=True,
        )
    else:
        pieces = _members(counted, bz2.BZ2Decompressor, limits.window_bytes, padding=False)
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > limits.layer_bytes:
            raise LimitError("more uncompressed bytes than limits.layer_bytes", counted.position())
        if total > limits.layer_ratio_floor and total > limits.layer_ratio * counted.bytes:
            text = f"grows more than {limits.layer_ratio} times its stored size, over limits.layer_ratio"
            raise LimitError(text, counted.position())
        yield piece


class _Counted:
    """Chunks, counted as they pass."""

    def __init__(self, chunks: Iterable[Buffer]) -> None:
        self._chunks = chunks
        self.bytes = 0

    def __iter__(self) -> Iterator[Buffer]:
        for chunk in self._chunks:
            self.bytes += len(chunk)
            yield chunk

    def position(self) -> Position:
        return Position(offset=self.bytes)


def _gzip(chunks: _Counted, window: int) -> Iterator[bytes]:
    """Inflate all members of a gzip stream; zeros after the last one are padding (RFC 1952 and gzip(1))."""
    stream = _gzip_object()
    started = ended = False
    for chunk in chunks:
        data: Buffer = chunk
        while len(data):
            if ended:  # between members
                data = bytes(data).lstrip(b"\0") if not started else data
                if not len(data):
                    break
                if bytes(data[:1]) != b"\x1f":
                    raise DecompressionError(_TRAILING, chunks.position())
                stream, ended = _gzip_object(), False
            try:
                piece = stream.decompress(data, window)
            except _GZIP_ERRORS as error:
                raise DecompressionError(f"damaged gzip stream ({error})", chunks.position()) from None
            if piece:
                yield piece
            if stream.eof:
                data, ended, started = stream.unused_data, True, False
            else:
                data = stream.unconsumed_tail
                if not piece and not data:
                    break
    if not ended:
        # The object may hold back output until asked without input.
        while piece := _flushed(stream, window, chunks):
            yield piece
        if not stream.eof:
            raise TruncatedError("the gzip stream ends early", chunks.position())


def _flushed(stream: _ZlibLike, window: int, chunks: _Counted) -> bytes:
    try:
        return stream.decompress(stream.unconsumed_tail, window)
    except _GZIP_ERRORS as error:
        raise DecompressionError(f"damaged gzip stream ({error})", chunks.position()) from None


def _members(chunks: _Counted, new: Callable[[], _LzmaLike], window: int, padding: bool) -> Iterator[bytes]:
    """Decompress all streams of an xz or bzip2 file."""
    stream = new()
    between = False
    name = "xz" if padding else "bzip2"
    for chunk in chunks:
        data: Buffer = chunk
        while len(data) or not stream.needs_input:
            if between:
                data = bytes(data).lstrip(b"\0") if padding else data
                if not len(data):
                    break
                if bytes(data[:1]) not in (b"\xfd", b"B"):
                    raise DecompressionError(_TRAILING, chunks.position())
                stream, between = new(), False
            try:
                piece = stream.decompress(data, window)
            except (lzma.LZMAError, OSError, ValueError, EOFError) as error:
                if "emory usage limit" in str(error):
                    raise LimitError("an xz dictionary over limits.xz_memory_bytes", chunks.position()) from None
                raise DecompressionError(f"damaged {name} stream ({error})", chunks.position()) from None
            data = b""
            if piece:
                yield piece
            if stream.eof:
                data, between = stream.unused_data, True
                if not data:
                    break
    if not stream.eof:
        raise TruncatedError(f"the {name} stream ends early", chunks.position())


def _zstd(chunks: _Counted, limits: Limits) -> Iterator[bytes]:
    """Decompress all frames of a zstd stream, skippable ones included (RFC 8878; zstd:chunked ends in them).

    zstandard's stream_reader is bounded in memory and takes a stream cut in half for a whole one; an own walk over
    the frames' block headers sees the cut.
    """
    import zstandard

    walker = FrameWalker()
    source = _Readable(chunks, walker)
    reader = zstandard.ZstdDecompressor(max_window_size=limits.zstd_window_bytes).stream_reader(
        cast(IO[bytes], source), read_size=limits.window_bytes, read_across_frames=True
    )
    while True:
        try:
            piece = reader.read1(limits.window_bytes)  # read() would lose what precedes a fault
        except zstandard.ZstdError as error:
            text = str(error)
            if "too much memory" in text:
                raise LimitError("a zstd window over limits.zstd_window_bytes", chunks.position()) from None
            raise DecompressionError(f"damaged zstd stream ({text})", chunks.position()) from None
        if not piece:
            break
        yield piece
    if source.error is not None:
        raise source.error
    if not walker.between_frames:
        raise TruncatedError("the zstd stream ends early", chunks.position())


class _Readable:
    """The chunks as the file object that stream_reader wants, walked as they pass."""

    def __init__(self, chunks: _Counted, walker: FrameWalker) -> None:
        self._chunks = chunks
        self._iterator = iter(chunks)
        self._walker = walker
        self.error: Exception | None = None

    def read(self, _size: int = -1) -> bytes:
        """Return the next chunk, of whatever size, or nothing at the end or at a fault (kept in ``error``)."""
        if self.error is not None:
            return b""
        try:
            chunk = bytes(next(self._iterator, b""))
        except Exception as error:  # noqa: BLE001 (must not pass through the C reader; raised again by _zstd)
            self.error = error
            return b""
        try:
            self._walker.feed(chunk)
        except DecompressionError as error:
            self.error = error
            whole = (error.position.offset or 0) - self._chunks.bytes
            return chunk[: len(chunk) + whole]
        return chunk
