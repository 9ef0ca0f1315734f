"""Sparse members: which of their bytes are stored, by a map in the header, in records, or in blocks of its own.

Sources: GNU tar manual, "Storing Sparse Files"; the order of the looks is that of Go's archive/tar.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from imgscan.errors import LimitError, Position, TarHeaderError
from imgscan.formats.archives.pax import parse_pax_int
from imgscan.formats.archives.sparse import (
    Segments,
    check_segments,
    parse_map_1_0,
    parse_old_gnu,
    parse_pax_map,
    parse_real_size,
)
from imgscan.formats.archives.tar import BLOCK
from imgscan.layer.extended import Member
from imgscan.model.entry import EntryKind
from imgscan.model.limits import Limits

_PAIR_BYTES = 24  # of old GNU's map, for one segment


class SparseFile(NamedTuple):
    """A sparse member whose map is known, checked.

    ``size`` is that of the expanded file; ``stored`` bytes of it follow from ``content_at`` of the tar on.
    """

    member: Member
    size: int
    stored: int
    segments: Segments
    content_at: int


class MapReader(Protocol):
    """Reads a map that comes in blocks behind the header."""

    def take(self, block: bytes, at: int) -> SparseFile | None:
        """Take the next block, which is at ``at``; return the file once the map is whole.

        Raises:
            TarHeaderError: the map is malformed or longer than its member.
            LimitError: it is longer than ``limits.sparse_map_bytes``.
        """


def sparse_member(member: Member, block: bytes, at: int, is_gnu: bool, limits: Limits) -> SparseFile | MapReader | None:
    """Return what is known of a sparse member by its header at ``at``; None for an ordinary member.

    Raises:
        TarHeaderError: the map is malformed, or stands where none can.
    """
    if member.flag == b"S":
        if not is_gnu:
            raise TarHeaderError("a GNU sparse file in a header that is not GNU's", Position(offset=at))
        reader = _OldMap(member, block, at, limits)
        return reader if reader.continues else reader.file(at)
    pax = member.pax
    version = (pax.get(b"GNU.sparse.major", b""), pax.get(b"GNU.sparse.minor", b""))
    in_data = version == (b"1", b"0")
    by_record = version in ((b"0", b"0"), (b"0", b"1")) or (not any(version) and pax.get(b"GNU.sparse.map"))
    if not in_data and not by_record:
        return None
    if member.kind is not EntryKind.FILE:
        raise TarHeaderError("a sparse map on a member without data", Position(offset=at))
    member = member._replace(name=pax.get(b"GNU.sparse.name") or member.name)
    real = pax.get(b"GNU.sparse.size") or pax.get(b"GNU.sparse.realsize")
    size = parse_pax_int(real, at) if real else member.stored
    if in_data:
        return _MapInData(member, size, at, limits)
    count = parse_pax_int(pax[b"GNU.sparse.numblocks"], at) if b"GNU.sparse.numblocks" in pax else None
    segments = parse_pax_map(pax.get(b"GNU.sparse.map", b""), count, at)
    return _checked(member, size, member.stored, segments, at + BLOCK, at)


class _OldMap:
    """The map of old GNU: four segments in the header, more in extension blocks."""

    def __init__(self, member: Member, block: bytes, at: int, limits: Limits) -> None:
        self._member = member
        self._at = at
        self._max_bytes = limits.sparse_map_bytes
        self._size = parse_real_size(block, at)
        self._segments, self.continues = parse_old_gnu(block, 386, 4, at)

    def take(self, block: bytes, at: int) -> SparseFile | None:
        segments, self.continues = parse_old_gnu(block, 0, 21, at)
        self._segments.extend(segments)
        if len(self._segments) * _PAIR_BYTES > self._max_bytes:
            raise LimitError("a sparse map over limits.sparse_map_bytes", Position(offset=at))
        return None if self.continues else self.file(at)

    def file(self, last_block: int) -> SparseFile:
        return _checked(self._member, self._size, self._member.stored, self._segments, last_block + BLOCK, self._at)


class _MapInData:
    """The map of format 1.0: the first blocks of the member's data."""

    def __init__(self, member: Member, size: int, at: int, limits: Limits) -> None:
        self._member = member
        self._size = size
        self._at = at
        self._max_bytes = min(member.stored, limits.sparse_map_bytes)
        self._collected = bytearray()
        self._newlines = 0

    def take(self, block: bytes, at: int) -> SparseFile | None:
        self._collected.extend(block)
        self._newlines += block.count(b"\n")
        if len(self._collected) > self._max_bytes:
            text = "a sparse map longer than its member or limits.sparse_map_bytes"
            raise TarHeaderError(text, Position(offset=self._at))
        segments = parse_map_1_0(self._collected, self._newlines, self._at)
        if segments is None:
            return None
        left = self._member.stored - len(self._collected)
        return _checked(self._member, self._size, left, segments, at + BLOCK, self._at)


def _checked(member: Member, size: int, stored: int, segments: Segments, content_at: int, at: int) -> SparseFile:
    check_segments(segments, size, stored, at)
    return SparseFile(member, size, stored, segments, content_at)
