"""Rows of one table of an SQLite database, read from its bytes without the SQLite library.

rpm's database comes from the image, so its schema may hold anything; here nothing of it is run. Of the write-ahead
log alone the rows that it holds whole are read. Source: sqlite.org/fileformat2.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

from imgscan.errors import PackageDataError, Position

_MAGIC = b"SQLite format 3\0"
_LEAF, _INTERIOR = 13, 5
_MAX_DEPTH = 20
_MAX_COLUMNS = 100
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_WIDTHS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}

Value = int | bytes | None
"""A column: an integer, or the bytes of text and blobs; floating point numbers read as None."""


class _Pages:
    """Pages by number (from 1); ``usable`` is the page size less what each page reserves."""

    def __init__(self, size: int, reserved: int, total: int) -> None:
        self.size = size
        self.usable = size - reserved
        self.total = total
        self.budget = 2 * total + 64  # each page is walked once and serves one overflow chain
        self.bytes = 2 * total * size  # cells may share their bytes in a crafted page

    def page(self, number: int) -> bytes:
        raise NotImplementedError

    def spend(self, payload: int = 0) -> None:
        self.budget -= not payload
        self.bytes -= payload
        if self.budget < 0 or self.bytes < 0:
            raise PackageDataError("an SQLite database whose pages run in circles", Position())


class _File(_Pages):
    """The pages of a database file."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512 or not data.startswith(_MAGIC):
            raise PackageDataError("not an SQLite database", Position(offset=0))
        size = int.from_bytes(data[16:18], "big")
        size = 65536 if size == 1 else size
        if size < 512 or size & (size - 1) or size - data[20] < 480:
            raise PackageDataError(f"an SQLite database with pages of {size} bytes", Position(offset=16))
        super().__init__(size, data[20], len(data) // size)
        self._data = data

    def page(self, number: int) -> bytes:
        at = (number - 1) * self.size
        if number < 1 or at + self.size > len(self._data):
            raise PackageDataError(f"an SQLite database without its page {number}", Position(offset=at))
        self.spend()
        return self._data[at : at + self.size]


class _Log(_Pages):
    """The pages that a write-ahead log holds, as of its last commit; the others are missing."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 32:
            raise PackageDataError("a write-ahead log cut short", Position(offset=0))
        magic, _, size, _, salt1, salt2 = unpack_from(">6I", data)
        if magic not in _WAL_MAGIC or size < 512 or size > 65536 or size & (size - 1):
            raise PackageDataError("not a write-ahead log", Position(offset=0))
        self.frames: dict[int, int] = {}
        pending: dict[int, int] = {}
        for at in range(32, len(data) - 24 - size + 1, 24 + size):
            number, commit, first, second = unpack_from(">4I", data, at)
            if (first, second) != (salt1, salt2):
                break  # frames of an older log
            pending[number] = at + 24
            if commit:
                self.frames.update(pending)
                pending = {}
        super().__init__(size, 0, len(self.frames))
        self._data = data

    def page(self, number: int) -> bytes:
        at = self.frames.get(number)
        if at is None:
            raise PackageDataError(f"a write-ahead log without page {number}", Position())
        self.spend()
        return self._data[at : at + self.size]


def read_table(data: bytes, name: bytes) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of the table ``name`` of a database file, in the order of their row ids.

    Raises:
        PackageDataError: not an SQLite database, damaged, or without the table.
    """
    pages = _File(data)
    for row in _rows(pages, 1, 0):
        if len(row) >= 4 and row[0] == b"table" and row[1] == name and isinstance(row[3], int):
            yield from _rows(pages, row[3], 0)
            return
    raise PackageDataError(f"an SQLite database without the table {name.decode('ascii', 'replace')}", Position())


def read_log_rows(data: bytes) -> Iterator[tuple[Value, ...]]:
    """Yield the rows on the table leaves of a write-ahead log that it holds whole, of any table.

    Raises:
        PackageDataError: not a write-ahead log.
    """
    log = _Log(data)
    for number in sorted(log.frames):
        page = log.page(number)
        if page[0] != _LEAF or number == 1:
            continue
        for cell in _cells(page, 0, 8):
            try:
                yield _row(log, page, cell)
            except PackageDataError:
                continue  # an overflow page that only the file has: the row was there before


def _rows(pages: _Pages, root: int, depth: int) -> Iterator[tuple[Value, ...]]:
    """Yield the rows below one page of a table's tree."""
    page = pages.page(root)
    start = 100 if root == 1 else 0
    if page[start] == _LEAF:
        for cell in _cells(page, start, 8):
            yield _row(pages, page, cell)
        return
    if page[start] != _INTERIOR or depth > _MAX_DEPTH:
        raise PackageDataError(f"page {root} of an SQLite database is no table", Position())
    for cell in _cells(page, start, 12):
        if cell + 4 > len(page):
            raise PackageDataError("a cell outside its page", Position())
        yield from _rows(pages, int.from_bytes(page[cell : cell + 4], "big"), depth + 1)
    yield from _rows(pages, int.from_bytes(page[start + 8 : start + 12], "big"), depth + 1)


def _cells(page: bytes, start: int, header: int) -> tuple[int, ...]:
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    if start + header + 2 * count > len(page):
        raise PackageDataError("a page with more cells than fit", Position())
    return unpack_from(f">{count}H", page, start + header)


def _row(pages: _Pages, page: bytes, at: int) -> tuple[Value, ...]:
    size, at = _varint(page, at)
    _, at = _varint(page, at)
    return _columns(_payload(pages, page, at, size))


def _payload(pages: _Pages, page: bytes, at: int, size: int) -> bytes:
    """Return a cell's payload of ``size`` bytes: its start here, the rest in a chain of overflow pages."""
    usable = pages.usable
    if size:
        pages.spend(size)
    if size <= usable - 35:
        return page[at : at + size]
    least = (usable - 12) * 32 // 255 - 23
    local = least + (size - least) % (usable - 4)
    local = local if local <= usable - 35 else least
    parts = [page[at : at + local]]
    left = size - local
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    while left > 0 and following:
        overflow = pages.page(following)
        parts.append(overflow[4 : 4 + min(left, usable - 4)])
        left -= len(parts[-1])
        following = int.from_bytes(overflow[:4], "big")
    if left:
        raise PackageDataError("a row whose overflow pages end early", Position())
    return b"".join(parts)


def _columns(payload: bytes) -> tuple[Value, ...]:
    end, at = _varint(payload, 0)
    kinds: list[int] = []
    while at < end and len(kinds) < _MAX_COLUMNS:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    result: list[Value] = []
    at = end
    for kind in kinds:
        width = (kind - 12) // 2 if kind >= 12 else _WIDTHS.get(kind, 0)
        raw = payload[at : at + width]
        at += width
        result.append(raw if kind >= 12 else _integer(kind, raw))
    return tuple(result)


def _integer(kind: int, raw: bytes) -> int | None:
    if kind in (8, 9):
        return kind - 8
    return int.from_bytes(raw, "big", signed=True) if 1 <= kind <= 6 else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at ``at`` and where it ends: 7 bits a byte, high ones first, the ninth byte whole."""
    value = 0
    for step in range(9):
        if at + step >= len(data):
            raise PackageDataError("a number that runs out of its page", Position())
        byte = data[at + step]
        if step == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    raise AssertionError  # pragma: no cover
