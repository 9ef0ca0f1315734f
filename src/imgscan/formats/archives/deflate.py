"""Deflate streams and the checksum of their containers. isal is wrapped here; its exceptions stop here.

isal inflates twice as fast as zlib. Its headers of gzip are not used: it fails on one that two chunks share.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class Inflater(Protocol):
    """Inflates one raw deflate stream (RFC 1951) that comes in pieces."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unused_data(self) -> bytes:
        """What was given behind its end; isal's may reach back into the piece before."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What of the last piece was left since ``max_length`` bytes were put out."""

    def decompress(self, data: Buffer, max_length: int = ..., /) -> bytes:
        """Return what comes out next; raises one of ``INFLATE_ERRORS``."""


crc32: Callable[[Buffer, int], int]
new_inflater: Callable[[], Inflater]
INFLATE_ERRORS: tuple[Any, ...]
try:
    from isal import igzip_lib, isal_zlib

    crc32, INFLATE_ERRORS = isal_zlib.crc32, (igzip_lib.IsalError, zlib.error)
    new_inflater = lambda: isal_zlib.decompressobj(wbits=-15)  # noqa: E731 (one line each)
except ImportError:  # no wheel for this platform: the same API, half as fast
    crc32, INFLATE_ERRORS = zlib.crc32, (zlib.error,)
    new_inflater = lambda: zlib.decompressobj(wbits=-15)  # noqa: E731 (one line each)
