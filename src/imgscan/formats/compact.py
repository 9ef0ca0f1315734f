"""Bytes made small for keeping: one zstd frame that says how long its content is."""

from __future__ import annotations

_LEVEL = 1  # 20 MB of facts in 40 ms, a fifth as long; the next levels cost twice for a tenth


def compacted(data: bytes) -> bytes:
    """Return ``data`` compressed."""
    import zstandard

    return zstandard.ZstdCompressor(level=_LEVEL).compress(data)


def expanded(data: bytes, limit: int) -> bytes:
    """Return what ``compacted`` was given.

    Raises:
        ValueError: it is something else, or longer than ``limit``: nothing of it is made then.
    """
    import zstandard

    try:
        if not 0 <= zstandard.frame_content_size(data) <= limit:
            raise ValueError("not a frame of that length")
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None
