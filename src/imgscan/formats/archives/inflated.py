"""A compressed file in memory, unpacked up to a bound; total: of a damaged one what can be read."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable
from struct import pack
from typing import TypeAlias

from imgscan.errors import InputError
from imgscan.formats.archives.deflate import INFLATE_ERRORS, crc32, new_inflater
from imgscan.formats.archives.zstd import FrameWalker

GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
MAGICS = (GZIP, BZIP2, XZ, ZSTD)
_MEMORY = 128 << 20
_Unpack: TypeAlias = Callable[[bytes, int, list[bytes]], bool]
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 2, 4, 8, 16, 0xE0
_FIRST_STEP, _LONGEST_STEP = 1 << 16, 1 << 20


def inflated(data: bytes, limit: int) -> tuple[bytes, bool]:
    """Return at most ``limit`` bytes of what a gzip, bzip2, xz or zstd file holds, and whether that is all of it.

    Of gzip all members are read (RFC 1952, 2.2), of the others the first stream.
    """
    unpack = _gzip if data.startswith(GZIP) else _unpacking(data)  # of a manual each page is a gzip file
    if unpack is None:
        return b"", False
    out: list[bytes] = []
    try:
        whole = unpack(data, limit, out)
    except (*INFLATE_ERRORS, OSError, lzma.LZMAError, EOFError, ValueError, InputError):
        whole = False
    return (out[0] if len(out) == 1 else b"".join(out)), whole


def _gzip(data: bytes, limit: int, out: list[bytes]) -> bool:
    """Read members until what follows is none: gzip ignores what stands behind them, too."""
    view = memoryview(data)
    at = 0
    while data.startswith(GZIP, at):
        start = _content_of_gzip(data, at)
        if start is None:
            return False
        at, crc, size, whole = _member(view, start, limit, out)
        limit -= size
        if not whole or data[at : at + 8] != pack("<II", crc, size & 0xFFFFFFFF):
            return False
        at += 8
    return True


def _content_of_gzip(data: bytes, at: int) -> int | None:
    """Return where the content of the member at ``at`` begins, None where its header is cut or damaged (2.3)."""
    flags, end = data[at + 3] if at + 10 <= len(data) else 0xFF, at + 10
    if flags & _RESERVED:
        return None
    if flags & _FEXTRA:
        end += 2 + int.from_bytes(data[end : end + 2], "little")
    for flag in (_FNAME, _FCOMMENT):
        if flags & flag:
            nul = data.find(b"\0", end)
            if nul < 0:
                return None
            end = nul + 1
    if flags & _FHCRC:
        end += 2
        if int.from_bytes(data[end - 2 : end], "little") != crc32(data[at : end - 2], 0) & 0xFFFF:
            return None
    return end


def _member(view: memoryview, at: int, limit: int, out: list[bytes]) -> tuple[int, int, int, bool]:
    """Inflate a stream from ``at`` on; return where it ends, the checksum and size of its content, whether it is whole.

    It is fed in steps: what is left of the last one is copied, and a file may have a million members.
    """
    inflater, step = new_inflater(), _FIRST_STEP
    crc = size = 0
    while not inflater.eof:
        piece = view[at : at + step]
        content = inflater.decompress(piece, limit - size + 1)  # one more, so that the end is seen
        out.append(content[: limit - size])
        at, step = at + len(piece), min(2 * step, _LONGEST_STEP)
        crc, size = crc32(content, crc), size + len(content)
        if size > limit or not (piece or inflater.eof):
            return at, crc, size, False
    return at - len(inflater.unused_data), crc, size, True


def _bzip2(data: bytes, limit: int, out: list[bytes]) -> bool:
    stream = bz2.BZ2Decompressor()
    out.append(stream.decompress(data, limit))
    return stream.eof


def _xz(data: bytes, limit: int, out: list[bytes]) -> bool:
    stream = lzma.LZMADecompressor(memlimit=_MEMORY)
    out.append(stream.decompress(data, limit))
    return stream.eof


def _zstd(data: bytes, limit: int, out: list[bytes]) -> bool:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=_MEMORY).stream_reader(data, read_across_frames=True)
    left = limit
    try:
        while True:
            piece = reader.read1(min(1 << 20, left + 1))  # read() would lose what precedes a fault
            if not piece:
                # The reader takes a stream cut in half for a whole one; a walk over its frames does not.
                walker = FrameWalker()
                walker.feed(data)
                return walker.between_frames
            out.append(piece[:left])
            left -= len(piece)
            if left < 0:
                return False
    except zstandard.ZstdError as error:
        raise ValueError from error


_UNPACK: dict[bytes, _Unpack] = {GZIP: _gzip, BZIP2: _bzip2, XZ: _xz, ZSTD: _zstd}


def _unpacking(data: bytes) -> _Unpack | None:
    return next((unpack for magic, unpack in _UNPACK.items() if data.startswith(magic)), None)
