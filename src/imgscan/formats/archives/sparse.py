"""Maps of sparse files: which bytes of the expanded file the archive stores.

Source: GNU tar manual, "Storing Sparse Files" (old GNU, pax 0.0, 0.1, 1.0); checked as Go's archive/tar checks.
"""

from __future__ import annotations

from typing import TypeAlias

from imgscan.errors import Position, TarHeaderError
from imgscan.formats.archives.tar import parse_number

Segments: TypeAlias = list[tuple[int, int]]
"""Stored parts of a file in order: (offset in the expanded file, length), both in bytes."""

_INT64 = 1 << 63
_MAX_DIGITS = 20


def parse_old_gnu(block: bytes, start: int, count: int, offset: int) -> tuple[Segments, bool]:
    """Return the segments that a header (or extension) block lists, and whether an extension block follows.

    ``start`` is where the 24-byte pairs begin in the block, ``count`` how many it has room for.
    """
    segments: Segments = []
    for at in range(start, start + 24 * count, 24):
        if not block[at]:
            break  # as GNU and BSD tar: the extension flag still counts
        segments.append((parse_number(block[at : at + 12], offset), parse_number(block[at + 12 : at + 24], offset)))
    return segments, block[start + 24 * count] != 0


def parse_pax_map(text: bytes, count: int | None, offset: int) -> Segments:
    """Return the segments of ``GNU.sparse.map`` (formats 0.0 and 0.1): ``offset,length,offset,length``."""
    values = [] if text == b"" else text.split(b",")
    numbers = [_decimal(value, offset) for value in values]
    if len(numbers) % 2 or (count is not None and len(numbers) != 2 * count):
        raise TarHeaderError("a sparse map of the wrong length", Position(offset=offset))
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def parse_map_1_0(data: bytes | bytearray, newlines: int, offset: int) -> Segments | None:
    """Return the segments at the start of a member's data (format 1.0), None while ``data`` lacks a part of them.

    ``data`` grows by blocks of 512 bytes; ``newlines`` is how many it holds, so that each block is read once.
    """
    first = bytes(data[: _MAX_DIGITS + 1]).partition(b"\n")
    if not first[1]:
        raise TarHeaderError("a malformed sparse map", Position(offset=offset))
    needed = 2 * _decimal(first[0], offset) + 1
    if newlines < needed:
        return None
    numbers = [_decimal(line, offset) for line in bytes(data).split(b"\n", needed)[1:needed]]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def parse_real_size(block: bytes, offset: int) -> int:
    """Return the expanded size that an old GNU sparse header states."""
    size = parse_number(block[483:495], offset)
    if size < 0:
        raise TarHeaderError("a negative size of a sparse file", Position(offset=offset))
    return size


def check_segments(segments: Segments, size: int, stored: int, offset: int) -> None:
    """Raise TarHeaderError unless the segments are in order, inside ``size`` and as long as the ``stored`` bytes."""
    end = total = 0
    for start, length in segments:
        if start < end or length < 0 or start + length > size:
            raise TarHeaderError("a sparse map that overlaps or leaves the file", Position(offset=offset))
        end = start + length
        total += length
    if size >= _INT64 or total > stored:
        raise TarHeaderError("a sparse map of more bytes than the archive holds", Position(offset=offset))


def _decimal(text: bytes, offset: int) -> int:
    if text.isdigit() and len(text) <= _MAX_DIGITS and (value := int(text)) < _INT64:
        return value
    raise TarHeaderError("a malformed sparse map", Position(offset=offset))
