"""Gzip streams of any number of members.

Headers and trailers are read by ourselves: isal fails on headers that two chunks share, and both it and zlib drop the
content that they have decoded when the checksum behind it is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.errors import DecompressionError, Position, TruncatedError
from imgscan.formats.archives.deflate import INFLATE_ERRORS, crc32, new_inflater
from imgscan.layer.asides import Asides
from imgscan.layer.stored import Stored
from imgscan.layer.window import TRAILING, Window, first_steps

_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 2, 4, 8, 16
_LONGEST_TEXT = 1 << 16


def gunzip(stored: Stored, window: Window, asides: Asides) -> Iterator[bytes]:
    """Yield the content of all members; zeros behind one are padding. Sources: RFC 1952; gzip(1).

    Texts of headers, and what follows the last member, go to ``asides``.

    Raises: as ``decompressed``.
    """
    first = True
    while not stored.at_end():
        _header(stored, first, asides)
        first = False
        yield from _member(stored, window)
        stored.skip_zeros()


def _header(stored: Stored, first: bool, asides: Asides) -> None:
    """Step over a member's header. Source: RFC 1952, section 2.3."""
    start = Position(offset=stored.offset)
    header = stored.exactly(10)
    if not first and not header.startswith(b"\x1f\x8b"[: len(header)]):
        stored.give_back(header)
        asides.add_rest(stored)
        raise DecompressionError(TRAILING, start)
    if len(header) == 10 and (header[:3] != b"\x1f\x8b\x08" or header[3] & 0xE0):
        raise DecompressionError("a gzip header of an unknown kind", start)
    flags = header[3] if len(header) == 10 else _FEXTRA  # cut: found out by the next part
    if flags & _FEXTRA:
        length = stored.exactly(2)
        at = stored.offset
        extra = stored.exactly(int.from_bytes(length, "little"))
        if len(length) < 2 or len(extra) < int.from_bytes(length, "little"):
            raise _truncated(stored)
        asides.add(at, extra)
        header += length + extra
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            at = stored.offset
            text = stored.through_nul(_LONGEST_TEXT)
            if not text.endswith(b"\0"):
                if len(text) < _LONGEST_TEXT:
                    raise _truncated(stored)
                raise DecompressionError("a gzip header with a name longer than 64 KiB", start)
            asides.add(at, text)
            header += text
    if flags & _FHCRC:
        checksum = stored.exactly(2)
        if len(checksum) < 2:
            raise _truncated(stored)
        if int.from_bytes(checksum, "little") != crc32(header, 0) & 0xFFFF:
            raise DecompressionError("a gzip header whose checksum is wrong", start)


def _member(stored: Stored, window: Window) -> Iterator[bytes]:
    inflater = new_inflater()
    steps = first_steps()
    crc = size = 0
    while not inflater.eof:
        data = stored.take(next(steps))
        try:
            piece = inflater.decompress(data, window.bytes)
        except INFLATE_ERRORS as error:
            raise DecompressionError(f"damaged gzip stream ({error})", Position(offset=stored.offset)) from None
        stored.give_back(inflater.unused_data if inflater.eof else inflater.unconsumed_tail)
        if piece:
            crc = crc32(piece, crc)
            size += len(piece)
            yield piece
        elif not data and not inflater.eof:
            raise _truncated(stored)
    at = Position(offset=stored.offset)
    trailer = stored.exactly(8)
    if len(trailer) < 8:
        raise _truncated(stored)
    if trailer != crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"):
        raise DecompressionError("the content of a gzip stream does not match its checksum and length", at)


def _truncated(stored: Stored) -> TruncatedError:
    return TruncatedError("the gzip stream ends early", Position(offset=stored.offset))
