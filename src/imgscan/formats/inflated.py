"""A compressed file in memory, unpacked up to a bound; total: of a damaged one what can be read."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable

from imgscan.errors import InputError
from imgscan.formats.zstd import FrameWalker

GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
MAGICS = (GZIP, BZIP2, XZ, ZSTD)
_MEMORY = 128 << 20


def inflated(data: bytes, most: int) -> tuple[bytes, bool]:
    """Return at most ``most`` bytes of what a gzip, bzip2, xz or zstd file holds, and whether that is all of it.

    Of gzip all members are read (RFC 1952, 2.2), of the others the first stream.
    """
    unpack = next((unpack for magic, unpack in _UNPACK.items() if data.startswith(magic)), None)
    if unpack is None:
        return b"", False
    out = bytearray()
    try:
        whole = unpack(data, most, out)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError, InputError):
        whole = False
    return bytes(out), whole


def _gzip(data: bytes, most: int, out: bytearray) -> bool:
    while data.startswith(GZIP):
        member = zlib.decompressobj(31)
        if len(out) >= most:
            return False
        out += member.decompress(data, most - len(out))
        if not member.eof:
            return False
        data = member.unused_data
    return True


def _bzip2(data: bytes, most: int, out: bytearray) -> bool:
    stream = bz2.BZ2Decompressor()
    out += stream.decompress(data, most)
    return stream.eof


def _xz(data: bytes, most: int, out: bytearray) -> bool:
    stream = lzma.LZMADecompressor(memlimit=_MEMORY)
    out += stream.decompress(data, most)
    return stream.eof


def _zstd(data: bytes, most: int, out: bytearray) -> bool:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=_MEMORY).stream_reader(data, read_across_frames=True)
    try:
        while len(out) <= most:
            piece = reader.read1(min(1 << 20, most + 1 - len(out)))  # read() would lose what precedes a fault
            if not piece:
                # The reader takes a stream cut in half for a whole one; a walk over its frames does not.
                walker = FrameWalker()
                walker.feed(data)
                return walker.between_frames
            out += piece
    except zstandard.ZstdError as error:
        raise ValueError from error
    del out[most:]
    return False


_UNPACK: dict[bytes, Callable[[bytes, int, bytearray], bool]] = {GZIP: _gzip, BZIP2: _bzip2, XZ: _xz, ZSTD: _zstd}
