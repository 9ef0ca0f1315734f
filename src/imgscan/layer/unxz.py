"""Xz and bzip2 streams of any number of parts, by the standard library."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable, Iterator
from typing import Protocol

from imgscan.errors import DecompressionError, LimitError, Position, TruncatedError
from imgscan.layer.asides import Asides
from imgscan.layer.stored import Buffer, Stored
from imgscan.layer.window import TRAILING, Window, first_steps
from imgscan.model.limits import Limits


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: Buffer, max_length: int = ..., /) -> bytes: ...


def unxz(stored: Stored, window: Window, limits: Limits, asides: Asides) -> Iterator[bytes]:
    """Yield the content of all xz streams; zeros behind one are padding. Source: The .xz File Format 1.2, 2.2.

    Raises: as ``decompressed``.
    """

    def new() -> _Decompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.xz_memory_bytes)

    return _streams(stored, window, new, "xz", b"\xfd", asides)


def bunzip2(stored: Stored, window: Window, asides: Asides) -> Iterator[bytes]:
    """Yield the content of all bzip2 streams.

    Raises: as ``decompressed``.
    """
    return _streams(stored, window, bz2.BZ2Decompressor, "bzip2", b"B", asides)


def _streams(
    stored: Stored, window: Window, new: Callable[[], _Decompressor], name: str, magic: bytes, asides: Asides
) -> Iterator[bytes]:
    first = True
    while not stored.at_end():
        at = Position(offset=stored.offset)
        if not first:
            start = stored.exactly(1)
            stored.give_back(start)
            if start != magic:
                asides.add_rest(stored)
                raise DecompressionError(TRAILING, at)
        first = False
        yield from _stream(stored, window, new(), name)
        if name == "xz":
            stored.skip_zeros()


def _stream(stored: Stored, window: Window, stream: _Decompressor, name: str) -> Iterator[bytes]:
    steps = first_steps()
    while not stream.eof:
        needed = stream.needs_input
        data: Buffer = stored.take(next(steps)) if needed else b""
        try:
            piece = stream.decompress(data, window.bytes)
        except (lzma.LZMAError, OSError, ValueError, EOFError) as error:
            where = Position(offset=stored.offset)
            if "emory usage limit" in str(error):
                raise LimitError("an xz dictionary over limits.xz_memory_bytes", where) from None
            raise DecompressionError(f"damaged {name} stream ({error})", where) from None
        if piece:
            yield piece
        elif needed and not data and not stream.eof:
            raise TruncatedError(f"the {name} stream ends early", Position(offset=stored.offset))
    stored.give_back(stream.unused_data)
