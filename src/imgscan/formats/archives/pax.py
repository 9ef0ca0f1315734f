"""Pax extended headers. Source: POSIX.1-2017 pax, "pax Extended Header"; read as Go's archive/tar reads them."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from imgscan.errors import Position, TarHeaderError

_TEXT_KEYS = (b"path", b"linkpath", b"uname", b"gname")
_SPARSE_PAIR = (b"GNU.sparse.offset", b"GNU.sparse.numbytes")
_INT64 = 1 << 63


def parse_pax(data: bytes, offset: int) -> dict[bytes, bytes]:
    """Return the records of one extended header; of double keys the last one.

    GNU sparse 0.0 repeats two keys: they come back joined under ``GNU.sparse.map``, which is format 0.1.

    Raises:
        TarHeaderError: a record's length, newline, key or value is malformed; ``offset`` is the data's start.
    """
    records: dict[bytes, bytes] = {}
    sparse: list[bytes] = []
    at = 0
    while at < len(data):
        key, value, at = _record(data, at, offset)
        if key in _SPARSE_PAIR:
            if key != _SPARSE_PAIR[len(sparse) % 2] or b"," in value:
                raise TarHeaderError("GNU sparse records out of order", Position(offset=offset + at))
            sparse.append(value)
        else:
            records[key] = value
    if sparse:
        records[b"GNU.sparse.map"] = b",".join(sparse)
    return records


def _record(data: bytes, at: int, offset: int) -> tuple[bytes, bytes, int]:
    space = data.find(b" ", at, at + 21)
    digits = data[at:space] if space > 0 else b""
    length = int(digits) if digits.isdigit() else 0
    end = at + length
    body = data[space + 1 : end - 1]
    key, equals, value = body.partition(b"=")
    if (
        length < 5
        or end > len(data)
        or data[end - 1 : end] != b"\n"
        or not equals
        or not key
        or b"\0" in (value if key in _TEXT_KEYS else key)
    ):
        raise TarHeaderError("a malformed pax record", Position(offset=offset + at))
    return key, value, end


def parse_pax_int(value: bytes, offset: int) -> int:
    """Return a decimal record value that fits 64 bits.

    Raises:
        TarHeaderError: for anything else.
    """
    digits = value[1:] if value[:1] in (b"-", b"+") else value
    if digits.isdigit() and len(digits) <= 20 and -_INT64 <= (number := int(value)) < _INT64:
        return number
    raise TarHeaderError(f"not a number in a pax record: {value[:40]!r}", Position(offset=offset))


def parse_pax_time(value: bytes, offset: int) -> int:
    """Return a time record, ``seconds[.fraction]``, in nanoseconds; digits past the ninth are cut.

    Raises:
        TarHeaderError: for anything else.
    """
    whole, _, fraction = value.partition(b".")
    if whole.lstrip(b"-+") == b"" and fraction:
        raise TarHeaderError(f"not a time in a pax record: {value[:40]!r}", Position(offset=offset))
    seconds = parse_pax_int(whole, offset)
    if fraction and not fraction.isdigit():
        raise TarHeaderError(f"not a time in a pax record: {value[:40]!r}", Position(offset=offset))
    nanos = int(fraction[:9].ljust(9, b"0"))
    return seconds * 10**9 + (-nanos if whole[:1] == b"-" else nanos)


def parse_xattrs(records: dict[bytes, bytes]) -> dict[str, bytes] | None:
    """Return the extended attributes among ``records``, or None.

    Sources: star's ``SCHILY.xattr.<name>`` (raw bytes), which runtimes write and apply, and libarchive's
    ``LIBARCHIVE.xattr.<url-encoded name>`` (base64); the first wins where both name one attribute.
    """
    result: dict[str, bytes] = {}
    for key, value in records.items():
        if key.startswith(b"LIBARCHIVE.xattr."):
            name = unquote_to_bytes(key[17:]).decode("utf-8", "surrogateescape")
            try:
                # Libarchive leaves the padding away.
                result.setdefault(name, base64.b64decode(value + b"=" * (-len(value) % 4), validate=True))
            except binascii.Error:
                result.setdefault(name, value)
    for key, value in records.items():
        if key.startswith(b"SCHILY.xattr.") and value:
            result[key[13:].decode("utf-8", "surrogateescape")] = value
    return result or None
