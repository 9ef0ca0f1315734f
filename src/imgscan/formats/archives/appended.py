"""Archives behind something else: a zip or a compressed tar behind a script, or behind a program's own bytes.

Sources: PKWARE APPNOTE 6.3.10, 4.3.16 (the end of a zip is found from the back); ELF gABI, "ELF Header"; Microsoft's PE
format, "Section Table". Spring Boot's executable jars, zipapps and self-extracting installers are made so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct, error, unpack_from
from typing import TypeAlias

Buffer: TypeAlias = bytes | memoryview

SCRIPT, ELF, PE = b"#!", b"\x7fELF", b"MZ"
HEADS = (SCRIPT, ELF, PE)
"""How what an archive is put behind begins."""

_END, _CENTRAL = b"PK\5\6", b"PK\1\2"
_END_SIZE, _MAX_COMMENT = 22, 0xFFFF
_STREAM = re.compile(rb"\n(?=\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|PK\x03\x04)")
_TAR, _TAR_AT = b"ustar", 257
_MAX_HEADERS = 4096
_NO_BYTES = (0, 8)  # SHT_NULL and SHT_NOBITS have none in the file
_SECTION = {
    (order, wide): Struct(order + ("4xI16xQQ24x" if wide else "4xI8xII16x")) for order in "<>" for wide in (False, True)
}
"""Type, offset and size in a section's header (gABI 4.1, "Sections"), by byte order and width."""


def zip_start(data: Buffer) -> int | None:
    """Return where the zip archive begins that ends with ``data``, None where none does."""
    tail = bytes(data[max(len(data) - _END_SIZE - _MAX_COMMENT, 0) :])
    end = tail.rfind(_END)
    if end < 0 or end + _END_SIZE > len(tail):
        return None
    size, offset = (int(part) for part in unpack_from("<II", tail, end + 12))
    end += len(data) - len(tail)
    central = end - size
    if size and central >= 0 and bytes(data[central : central + 4]) == _CENTRAL:
        return max(central - offset, 0)
    # Of zip64 the records say less than they mean: its directory is where the offset, or nothing, says.
    return 0 if offset == 0xFFFFFFFF or size == 0xFFFFFFFF else None


def program_end(data: Buffer, is_whole: bool) -> int | None:
    """Return where the bytes of an ELF or PE program end; None for none, or a header that cannot be read.

    Of one that is not ``is_whole`` the headers alone are read, and what they cannot say counts as none.
    """
    try:
        if bytes(data[:4]) == ELF:
            return max(_elf_ends(data, is_whole))
        if bytes(data[:2]) == PE:
            return max(_pe_ends(data))
    except (error, ValueError, IndexError, OverflowError):  # the last: an offset that no file reaches
        return None
    return None


def appended(data: bytes) -> int | None:
    """Return where the archive or compressed stream begins behind a script or a program, None where there is none."""
    if not data.startswith(HEADS):
        return None
    start = zip_start(data)
    if start is not None:
        return start
    if data.startswith(SCRIPT):
        stream = _STREAM.search(data)
        if stream is not None:
            return stream.end()
        tar = data.find(_TAR)
        return tar - _TAR_AT if tar > _TAR_AT else None
    end = program_end(data, True)
    return end if end is not None and 0 < end < len(data) else None


def _elf_ends(data: Buffer, is_whole: bool) -> Iterator[int]:
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    program, section = unpack_from(order + ("QQ" if wide else "II"), data, 32 if wide else 28)
    sizes = unpack_from(order + "6H", data, 52 if wide else 40)
    yield sizes[0]
    yield section + sizes[3] * sizes[4]
    for number in range(min(sizes[2], _MAX_HEADERS)):
        at = program + number * sizes[1]
        offset, length = (
            (unpack_from(order + "Q", data, at + 8)[0], unpack_from(order + "Q", data, at + 32)[0])
            if wide
            else (unpack_from(order + "I", data, at + 4)[0], unpack_from(order + "I", data, at + 16)[0])
        )
        yield offset + length
    row = _SECTION[order, wide]
    count = min(sizes[4], _MAX_HEADERS) if is_whole else 0
    if sizes[3] == row.size and section + count * row.size <= len(data):  # what nearly all are, in one go
        for kind, offset, length in row.iter_unpack(data[section : section + count * row.size]):
            if kind not in _NO_BYTES:
                yield offset + length
        return
    for number in range(count):
        at = section + number * sizes[3]
        (kind,) = unpack_from(order + "I", data, at + 4)
        offset, length = unpack_from(order + ("QQ" if wide else "II"), data, at + (24 if wide else 16))
        if kind not in _NO_BYTES:
            yield offset + length


def _pe_ends(data: Buffer) -> Iterator[int]:
    (header,) = unpack_from("<I", data, 0x3C)
    if bytes(data[header : header + 4]) != b"PE\0\0":
        raise ValueError("a program of DOS")
    (sections,) = unpack_from("<H", data, header + 6)
    (optional,) = unpack_from("<H", data, header + 20)
    yield header + 24 + optional
    for number in range(min(sections, _MAX_HEADERS)):
        size, at = unpack_from("<II", data, header + 24 + optional + 40 * number + 16)
        yield size + at
