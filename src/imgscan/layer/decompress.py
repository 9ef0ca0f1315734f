"""Stored bytes to the uncompressed tar: plain, gzip, zstd, xz and bzip2, every fault seen and bounded in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from imgscan.errors import DecompressionError, InputError, LimitError, Position, TruncatedError
from imgscan.layer.asides import Asides
from imgscan.layer.budget import ExpansionBudget
from imgscan.layer.gunzip import gunzip
from imgscan.layer.stored import Buffer, Stored
from imgscan.layer.unxz import bunzip2, unxz
from imgscan.layer.unzstd import unzstd
from imgscan.layer.window import Window
from imgscan.model.limits import Limits

__all__ = ["Buffer", "compression_of", "decompressed", "unsupported_compression"]

_KEPT_BYTES = 4 << 20
_SMALL_WINDOW = 512

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


def compression_of(head: bytes) -> str:
    """Return how a stream that starts with ``head`` (at least 10 bytes) is compressed; ``none`` for a plain one.

    A zstd stream may begin with a skippable frame. Sources: RFC 1952, RFC 8878 3.1.2, the xz and bzip2 formats.
    """
    for magic, name in MAGICS:
        if head.startswith(magic) and (name != "bzip2" or _is_bzip2(head)):
            return name
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return "zstd"
    return "none"


def _is_bzip2(head: bytes) -> bool:
    """Whether a level and a block, or the end, follow: ``BZh`` alone may begin the name of a plain tar's first file."""
    return head[3:4].isdigit() and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")


def unsupported_compression(head: bytes) -> str | None:
    """Return the name of a packing that is known and not read, or None."""
    return next((name for magic, name in UNSUPPORTED if head.startswith(magic)), None)


def decompressed(
    chunks: Iterable[Buffer],
    compression: str,
    limits: Limits,
    budget: ExpansionBudget | None = None,
    asides: Asides | None = None,
) -> Iterator[Buffer]:
    """Yield the uncompressed stream in pieces of at most ``limits.window_bytes``.

    ``chunks`` are the stored bytes in order; a piece of a plain stream is a chunk itself. All that precedes a fault
    is yielded before the fault is raised. What the stream holds beside its content goes to ``asides``.

    Raises:
        DecompressionError: the stream is damaged (checksum, length, structure) or followed by other data; ``offset``
            is in stored bytes, where it was seen.
        TruncatedError: the stream ends early.
        LimitError: the output outgrows ``layer_bytes``, or ``layer_ratio`` by more than is left in ``budget`` (by
            default ``layer_ratio_floor``).
    """
    plain = compression == "none"
    kept = _Kept(chunks)
    stored = Stored(kept)
    budget = budget or ExpansionBudget(limits.layer_ratio_floor)
    total = drawn = 0
    for piece in chunks if plain else _salvaged(stored, kept, compression, limits, asides or Asides(0)):
        total += len(piece)
        at = total if plain else stored.offset
        if total > limits.layer_bytes:
            raise LimitError("more uncompressed bytes than limits.layer_bytes", Position(offset=at))
        excess = total - limits.layer_ratio * at
        if excess > drawn:
            if not budget.take(excess - drawn):
                text = f"grows more than {limits.layer_ratio} times its stored size, over limits.layer_ratio"
                raise LimitError(text, Position(offset=at))
            drawn = excess
        yield piece


def _unpacked(stored: Stored, window: Window, compression: str, limits: Limits, asides: Asides) -> Iterator[bytes]:
    if compression == "gzip":
        return gunzip(stored, window, asides)
    if compression == "zstd":
        return unzstd(stored, window, limits, asides)
    if compression == "xz":
        return unxz(stored, window, limits, asides)
    return bunzip2(stored, window, asides)


class _Kept:
    """Chunks as they pass; the first ``_KEPT_BYTES`` of a stream are kept for as long as it is no longer than that."""

    def __init__(self, chunks: Iterable[Buffer]) -> None:
        self._chunks = chunks
        self._bytes = 0
        self.chunks: list[Buffer] = []

    def __iter__(self) -> Iterator[Buffer]:
        for chunk in self._chunks:
            self._bytes += len(chunk)
            if self._bytes <= _KEPT_BYTES:
                self.chunks.append(chunk)
            else:
                self.chunks.clear()
            yield chunk


def _salvaged(stored: Stored, kept: _Kept, compression: str, limits: Limits, asides: Asides) -> Iterator[bytes]:
    """Yield the uncompressed pieces; on damage also what the decompressor had decoded, and dropped, when it saw it.

    A decompressor that raises keeps what it has decoded in that call, at most one window. For a stream short enough
    to be kept it is decompressed anew, with small windows from that call on.
    """
    yielded = 0
    try:
        for piece in _unpacked(stored, Window(limits.window_bytes), compression, limits, asides):
            yielded += len(piece)
            yield piece
    except TruncatedError:
        raise  # the end came after all that could be decoded
    except DecompressionError:
        if kept.chunks:
            window = Window(limits.window_bytes if yielded else _SMALL_WINDOW)
            with suppress(InputError):
                for piece in _unpacked(Stored(kept.chunks), window, compression, limits, Asides(0)):
                    if len(piece) > yielded:
                        yield piece[yielded:]
                    yielded -= min(yielded, len(piece))
                    if not yielded:
                        window.bytes = _SMALL_WINDOW
        raise
