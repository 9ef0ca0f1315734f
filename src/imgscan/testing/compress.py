"""Layers compressed in every way that imgscan reads. zstandard is imported here for writing."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import Literal, TypeAlias

Compression: TypeAlias = Literal["none", "gzip", "zstd", "xz", "bzip2"]
COMPRESSIONS: tuple[Compression, ...] = ("none", "gzip", "zstd", "xz", "bzip2")


def compress(data: bytes, compression: Compression, level: int = 1) -> bytes:
    """Return ``data`` compressed, the same bytes each time; zstd frames carry a checksum."""
    if compression == "gzip":
        return gzip.compress(data, level, mtime=0)
    if compression == "zstd":
        import zstandard

        return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(data)
    if compression == "xz":
        return lzma.compress(data, preset=min(level, 9))
    if compression == "bzip2":
        return bz2.compress(data, level)
    return data
