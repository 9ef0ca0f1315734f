"""rpm headers and databases made for tests, each in the form of its own backend."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import sha256
from struct import pack, unpack
from zlib import adler32

Value = str | Sequence[str] | Sequence[int]

_STRING, _STRINGS, _INT16, _INT32 = 6, 8, 3, 4
_INT16_TAGS = frozenset({1030})


def header(tags: Mapping[int, Value]) -> bytes:
    """Return a header blob with these tags."""
    index, data = b"", b""
    for tag, value in tags.items():
        if isinstance(value, str):
            kind, count, raw, align = _STRING, 1, value.encode("utf-8", "surrogateescape") + b"\0", 1
        elif value and isinstance(value[0], str):
            raw = b"".join(str(item).encode("utf-8", "surrogateescape") + b"\0" for item in value)
            kind, count, align = _STRINGS, len(value), 1
        else:
            code, kind, align = ("H", _INT16, 2) if tag in _INT16_TAGS else ("I", _INT32, 4)
            count, raw = len(value), pack(f">{len(value)}{code}", *value)
        data += bytes(-len(data) % align)
        index += pack(">IIII", tag, kind, len(data), count)
        data += raw
    return pack(">II", len(tags), len(data)) + index + data


def immutable(blob: bytes, digest: bool = True) -> bytes:
    """Return a header as rpm's database holds it: one region as it was packaged, and its digest behind it."""
    count, size = unpack(">II", blob[:8])
    index, data = blob[8 : 8 + 16 * count], blob[8 + 16 * count :]
    region = pack(">IIII", 63, 7, size, 16) + index
    data += pack(">IIiI", 63, 7, -16 * (count + 1), 16)
    packed = b"\x8e\xad\xe8\x01\0\0\0\0" + pack(">II", count + 1, len(data)) + region + data
    if digest:
        region += pack(">IIII", 273, 6, len(data), 1)
        data += sha256(packed).hexdigest().encode() + b"\0"
    return pack(">II", len(region) // 16, len(data)) + region + data


def package(name: str, version: str = "1.0", **files: tuple[int, str]) -> bytes:
    """Return the header of a package with files below /usr/bin: name to st_mode and SHA-256."""
    tags: dict[int, Value] = {1000: name, 1001: version, 1002: "1", 1022: "x86_64"}
    if files:
        count = len(files)
        tags |= {
            1030: [mode for mode, _ in files.values()],
            1035: [digest for _, digest in files.values()],
            1037: [0] * count,
            1039: ["root"] * count,
            1040: ["root"] * count,
            1116: [0] * count,
            1117: list(files),
            1118: ["/usr/bin/"],
            5011: [8],
        }
    return header(tags)


def sqlite(blobs: Sequence[bytes], page_size: int = 1024) -> bytes:
    """Return an rpmdb.sqlite, marked as in WAL mode like rpm's."""
    database = sqlite3.connect(":memory:")
    database.execute(f"pragma page_size = {page_size}")
    database.execute("create table Name (key text, hnum integer, idx integer)")
    database.execute("create table Packages (hnum integer primary key autoincrement, blob blob not null)")
    database.executemany("insert into Packages (blob) values (?)", [(blob,) for blob in blobs])
    database.commit()
    raw = bytearray(database.serialize())
    database.close()
    raw[18] = raw[19] = 2
    return bytes(raw)


def ndb(blobs: Sequence[bytes]) -> bytes:
    """Return a Packages.db: one page of slots, then the blobs in blocks of 16 bytes."""
    slots, body = b"", b""
    for number, blob in enumerate(blobs, 1):
        stored = pack("<4s3I", b"BlbS", number, 7, len(blob)) + blob
        stored += pack("<2I4s", adler32(stored), len(blob), b"BlbE")
        stored += bytes(-len(stored) % 16)
        slots += pack("<4s3I", b"Slot", number, (4096 + len(body)) // 16, len(stored) // 16)
        body += stored
    free = pack("<4s3I", b"Slot", 0, 0, 0)
    head = pack("<4s7I", b"RpmP", 0, 7, 1, len(blobs) + 1, 0, 0, 0)
    return head + slots + free * (254 - len(blobs)) + body


def berkeley(blobs: Sequence[bytes], order: str = "<", page_size: int = 4096) -> bytes:
    """Return a Packages: a metadata page, a hash page with the items, a chain of overflow pages for each."""
    pages = [b"", b""]
    items: list[bytes] = []
    for number, blob in enumerate(blobs):
        room = page_size - 26
        pieces = [blob[at : at + room] for at in range(0, len(blob), room)]
        first = len(pages)
        for at, piece in enumerate(pieces):
            following = first + at + 1 if at + 1 < len(pieces) else 0
            pages.append(_page(order, page_size, len(pages), following, 1, len(piece), 7, piece))
        items += [b"\1" + pack(f"{order}I", number + 1), b"\3\0\0\0" + pack(f"{order}II", first, len(blob))]
    offsets, body, end = [], b"", page_size
    for item in items:
        end -= len(item)
        offsets.append(end)
        body = item + body
    index = pack(f"{order}{len(offsets)}H", *offsets)
    pages[1] = _page(order, page_size, 1, 0, len(items), end, 13, index.ljust(page_size - 26 - len(body), b"\0") + body)
    meta = pack(f"{order}8x4I4B2I", 0, 0x061561, 9, page_size, 0, 8, 0, 0, 0, len(pages) - 1)
    pages[0] = meta.ljust(page_size, b"\0")
    return b"".join(pages)


def _page(order: str, size: int, number: int, following: int, count: int, free: int, kind: int, body: bytes) -> bytes:
    head = pack(f"{order}8x3I2H2B", number, 0, following, count, free, 0, kind)
    return (head + body).ljust(size, b"\0")
