"""Header blobs out of rpm's three databases: SQLite, ndb, Berkeley DB hash.

Sources: rpm lib/backend/sqlite.c, lib/backend/ndb/rpmpkg.c; Berkeley DB src/dbinc/db_page.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.sqlite import read_log_rows, read_table

_SQLITE = b"SQLite format 3\0"
_WAL = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_NDB = b"RpmP"
_NDB_PAGE, _NDB_MAX_PAGES = 4096, 2048
_HASH_MAGIC = {"<": b"\x61\x15\x06\0", ">": b"\0\x06\x15\x61"}
_HASH_PAGES = (2, 13)  # P_HASH_UNSORTED, P_HASH
_OVERFLOW = 7
_INLINE, _OFF_PAGE = 1, 3
_PAGE_HEADER = 26
_MIN_SIZE = 24
"""Bytes; what is shorter is no header but rpm's own count."""


def read_header_blobs(data: bytes) -> Iterator[bytes]:
    """Yield the header blob of each package of a database, whichever of the three (or an SQLite log) it is.

    Raises:
        PackageDataError: none of them, or damaged.
    """
    total = 0
    for blob in _any_blobs(data):
        total += len(blob)
        if total > 2 * len(data):  # slots or pages that share their bytes: no writer makes them
            raise PackageDataError("a package database larger inside than outside", Position())
        yield blob


def _any_blobs(data: bytes) -> Iterator[bytes]:
    if data.startswith(_SQLITE):
        return _blobs(read_table(data, b"Packages"))
    if data[:4] in _WAL:
        return _blobs(read_log_rows(data))
    return _ndb(data) if data.startswith(_NDB) else _hash(data)


def _blobs(rows: Iterator[tuple[object, ...]]) -> Iterator[bytes]:
    for row in rows:
        if len(row) == 2 and isinstance(row[1], bytes) and len(row[1]) > _MIN_SIZE:
            yield row[1]


def _ndb(data: bytes) -> Iterator[bytes]:
    if len(data) < 32:
        raise PackageDataError("an ndb database cut short", Position(offset=0))
    version, _, pages = unpack_from("<3I", data, 4)
    end = pages * _NDB_PAGE
    if version or not 0 < pages <= _NDB_MAX_PAGES or end > len(data):
        raise PackageDataError("an ndb database of an unknown version or cut short", Position(offset=4))
    for at in range(32, end, 16):
        magic, index, block, _ = unpack_from("<4s3I", data, at)
        if magic != b"Slot":
            raise PackageDataError("an ndb slot without its magic", Position(offset=at))
        if index:
            yield _ndb_blob(data, index, block * 16)


def _ndb_blob(data: bytes, index: int, at: int) -> bytes:
    if at + 16 > len(data):
        raise PackageDataError("an ndb blob outside its file", Position(offset=at))
    magic, number, _, size = unpack_from("<4s3I", data, at)
    if magic != b"BlbS" or number != index or at + 16 + size > len(data):
        raise PackageDataError("an ndb blob that its slot does not fit", Position(offset=at))
    return data[at + 16 : at + 16 + size]


def _hash(data: bytes) -> Iterator[bytes]:
    order = next((order for order in "<>" if data[12:16] == _HASH_MAGIC[order]), None)
    if order is None or len(data) < 512:
        raise PackageDataError("not a package database of rpm", Position(offset=0))
    (size,) = unpack_from(f"{order}I", data, 20)
    if size < 512 or size > 65536 or size & (size - 1):
        raise PackageDataError(f"a Berkeley DB with pages of {size} bytes", Position(offset=20))
    budget = 2 * (len(data) // size)
    for at in range(size, len(data) - size + 1, size):
        page = data[at : at + size]
        if page[25] not in _HASH_PAGES:
            continue
        (count,) = unpack_from(f"{order}H", page, 20)
        if count % 2 or _PAGE_HEADER + 2 * count > size:
            raise PackageDataError("a hash page with an odd number of items", Position(offset=at))
        offsets = unpack_from(f"{order}{count}H", page, _PAGE_HEADER)
        # Items fill a page from its end, so each ends where the one before it starts.
        for offset, end in zip(offsets[1::2], offsets[0::2], strict=True):
            if offset < end <= size and page[offset] == _INLINE:
                if end - offset - 1 > _MIN_SIZE:
                    yield page[offset + 1 : end]
            elif offset + 12 <= size and page[offset] == _OFF_PAGE:
                first, length = unpack_from(f"{order}II", page, offset + 4)
                blob, used = _chain(data, order, size, first, length)
                budget -= used
                if budget < 0:
                    raise PackageDataError("a Berkeley DB whose pages run in circles", Position(offset=at))
                yield blob


def _chain(data: bytes, order: str, size: int, number: int, length: int) -> tuple[bytes, int]:
    """Return an overflow item of ``length`` bytes and of how many pages it came."""
    parts: list[bytes] = []
    have = 0
    if length > len(data):
        raise PackageDataError("an item larger than its database", Position())
    while have < length:
        at = number * size
        if not number or at + size > len(data) or data[at + 25] != _OVERFLOW:
            raise PackageDataError("an item whose overflow pages end early", Position(offset=at))
        following, _, used = unpack_from(f"{order}IHH", data, at + 16)
        piece = data[at + _PAGE_HEADER : at + _PAGE_HEADER + min(used, size - _PAGE_HEADER, length - have)]
        if not piece:
            raise PackageDataError("an empty overflow page", Position(offset=at))
        parts.append(piece)
        have += len(piece)
        number = following
    return b"".join(parts), len(parts)
