"""Members of a zip archive out of its bytes, bounded. Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import unpack_from

import msgspec

from imgscan.errors import PackageDataError, Position

MAX_MEMBERS = 200_000
_END, _CENTRAL, _LOCAL = b"PK\5\6", b"PK\1\2", b"PK\3\4"
_ZIP64_LOCATOR, _ZIP64_LOCATOR_SIZE = b"PK\6\7", 20
_END_SIZE, _CENTRAL_SIZE, _LOCAL_SIZE = 22, 46, 30
_LONGEST_COMMENT = 0xFFFF
_STORED, _DEFLATED = 0, 8


class ZipMember(msgspec.Struct, frozen=True):
    """One member: sizes in bytes; ``offset`` is that of its local header from the start of the archive."""

    name: str
    method: int
    stored_size: int
    size: int
    offset: int


def read_members(data: bytes) -> Iterator[ZipMember]:
    """Yield the members that the central directory names.

    Raises:
        PackageDataError: no zip archive, damaged, or more than 200,000 members.
    """
    end = data.rfind(_END, max(len(data) - _END_SIZE - _LONGEST_COMMENT, 0))
    if end < 0 or end + _END_SIZE > len(data):
        raise PackageDataError("no zip archive, or one cut short", Position(offset=0))
    size, offset = unpack_from("<II", data, end + 12)
    # An archive may have a script before it that the offset does not count, or zip64 records behind its directory.
    start = offset if data[offset : offset + 4] == _CENTRAL else end - size
    shift = start - offset
    if start < 0 or shift < 0:
        raise PackageDataError("a zip archive whose central directory does not fit", Position(offset=end))
    at = start
    for _ in range(MAX_MEMBERS):
        if data[at : at + 4] != _CENTRAL or at + _CENTRAL_SIZE > end:
            return
        method, stored, whole, name_size, extra, comment = unpack_from("<H8xII3H", data, at + 10)
        (local,) = unpack_from("<I", data, at + 42)
        name = data[at + _CENTRAL_SIZE : at + _CENTRAL_SIZE + name_size].decode("utf-8", "replace")
        yield ZipMember(name, method, stored, whole, local + shift)
        at += _CENTRAL_SIZE + name_size + extra + comment
    raise PackageDataError(f"a zip archive of more than {MAX_MEMBERS} members", Position())


def has_more_members(data: bytes, limit: int) -> bool:
    """Whether an archive's central directory may name more than ``limit`` members, told from its size.

    Where zip64 records say the size (4.3.14), or it is large, its headers are counted, those of archives inside too.
    """
    end = data.rfind(_END, max(len(data) - _END_SIZE - _LONGEST_COMMENT, 0))
    if end < 0 or end + _END_SIZE > len(data):
        return False
    (size,) = unpack_from("<I", data, end + 12)
    is_zip64 = data.startswith(_ZIP64_LOCATOR, max(end - _ZIP64_LOCATOR_SIZE, 0))
    if not is_zip64 and size <= limit * _CENTRAL_SIZE:
        return False
    return data.count(_CENTRAL, 0 if is_zip64 else max(end - size, 0), end) > limit


def read_content(data: bytes, member: ZipMember, limit: int) -> bytes:
    """Return a member's content.

    Raises:
        PackageDataError: it is larger than ``limit`` bytes, damaged, or packed in another way than deflate.
    """
    at = member.offset
    if data[at : at + 4] != _LOCAL or at + _LOCAL_SIZE > len(data):
        raise PackageDataError("a zip member without its header", Position(offset=at))
    name_size, extra = unpack_from("<HH", data, at + 26)
    start = at + _LOCAL_SIZE + name_size + extra
    raw = data[start : start + min(member.stored_size, limit + 1)]
    if member.method == _DEFLATED:
        inflater = zlib.decompressobj(wbits=-15)
        try:
            raw = inflater.decompress(raw, limit + 1)
        except zlib.error as error:
            raise PackageDataError(f"a damaged zip member ({error})", Position(offset=start)) from None
    elif member.method != _STORED:
        raise PackageDataError(f"a zip member packed by method {member.method}", Position(offset=at))
    if len(raw) > limit:
        raise PackageDataError(f"a zip member of more than {limit} bytes", Position(offset=at))
    return raw
