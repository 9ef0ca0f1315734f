"""Tar header blocks written by hand, every field as it is wanted, wrong ones too.

Sources: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, TypedDict, Unpack

BLOCK = 512

Text: TypeAlias = str | bytes
"""A name: text is encoded as UTF-8, lone surrogates become the bytes they stand for."""

Number: TypeAlias = int | bytes
"""A numeric field: an int is written in octal, or in base-256 when it does not fit; bytes are written as they are."""

Records: TypeAlias = Mapping[str, Text] | Mapping[bytes, Text] | Iterable[tuple[Text, Text]]
"""Pax records; pairs may repeat a key."""

Dialect: TypeAlias = Literal["v7", "ustar", "pax", "gnu", "star"]

_MAGICS: dict[Dialect, bytes] = {
    "v7": bytes(8),
    "ustar": b"ustar\x0000",
    "pax": b"ustar\x0000",
    "gnu": b"ustar  \0",
    "star": b"ustar\x0000",
}


class Fields(TypedDict, total=False):
    """The fields of a header beside its name.

    ``magic`` is 8 bytes with the version, ``prefix`` what stands in bytes 345 to 500, ``tail`` in bytes 500 to 512;
    ``checksum`` is computed unless given.
    """

    typeflag: bytes
    mode: Number
    uid: Number
    gid: Number
    size: Number
    mtime: Number
    link: Text
    magic: bytes
    uname: Text
    gname: Text
    major: Number
    minor: Number
    prefix: Text
    tail: bytes
    checksum: Number


def raw_text(text: Text) -> bytes:
    """Return a name's bytes."""
    return text if isinstance(text, bytes) else os.fsencode(text)


def tar_number(value: Number, width: int) -> bytes:
    """Return a numeric field of ``width`` bytes."""
    if isinstance(value, bytes):
        return value.ljust(width, b"\0")[:width]
    digits = b"%o" % value if value >= 0 else b""
    if digits and len(digits) < width:
        return digits.rjust(width - 1, b"0") + b"\0"
    bits = 8 * width - 1  # base-256: the top bit marks it, the rest is two's complement
    return (1 << bits | value & ((1 << bits) - 1)).to_bytes(width, "big")


def tar_header(name: Text, dialect: Dialect = "ustar", **fields: Unpack[Fields]) -> bytes:
    """Return one 512-byte header; names that are too long are cut."""
    tail = fields.get("tail", bytes(8) + b"tar\0" if dialect == "star" else b"")
    block = b"".join(
        (
            _text(name, 100),
            tar_number(fields.get("mode", 0o644), 8),
            tar_number(fields.get("uid", 0), 8),
            tar_number(fields.get("gid", 0), 8),
            tar_number(fields.get("size", 0), 12),
            tar_number(fields.get("mtime", 0), 12),
            b" " * 8,
            fields.get("typeflag", b"0"),
            _text(fields.get("link", b""), 100),
            fields.get("magic", _MAGICS[dialect]),
            _text(fields.get("uname", b""), 32),
            _text(fields.get("gname", b""), 32),
            tar_number(fields.get("major", b"" if dialect == "v7" else 0), 8),
            tar_number(fields.get("minor", b"" if dialect == "v7" else 0), 8),
            _text(fields.get("prefix", b""), 155),
            tail.ljust(12, b"\0"),
        )
    )
    assert len(block) == BLOCK, "typeflag is one byte, magic are eight, tail is twelve at most"
    checksum = fields.get("checksum", b"%06o\0 " % sum(block))
    return block[:148] + tar_number(checksum, 8) + block[156:]


def _text(text: Text, width: int) -> bytes:
    return raw_text(text)[:width].ljust(width, b"\0")


def pax_records(records: Records) -> bytes:
    """Return the data of an extended header, one ``length key=value`` line a record."""
    pairs: Iterable[tuple[Text, Text]] = records.items() if isinstance(records, Mapping) else records
    return b"".join(_record(raw_text(key), raw_text(value)) for key, value in pairs)


def _record(key: bytes, value: bytes) -> bytes:
    body = len(key) + len(value) + 3
    length = body + len(str(body))
    length = body + len(str(length))  # the length counts its own digits
    return b"%d %s=%s\n" % (length, key, value)


def extended_header(typeflag: bytes, data: bytes, name: Text = "././@Header", dialect: Dialect = "ustar") -> bytes:
    """Return a header that describes the next member (types x, g, L, K), and its data."""
    return tar_header(name, dialect, typeflag=typeflag, size=len(data)) + padded(data)


def padded(data: bytes) -> bytes:
    """Return ``data`` filled up with zeros to whole blocks."""
    return data + bytes(-len(data) % BLOCK)
