"""Sections, data segments and addresses of programs in ELF, PE and Mach-O: as much as build information needs.

Sources: System V gABI 4.1 chapters 4 and 5; Microsoft, "PE Format"; Apple, "OS X ABI Mach-O File Format Reference".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from struct import unpack_from
from typing import TypeAlias

import msgspec

from imgscan.errors import PackageDataError, Position

Buffer: TypeAlias = bytes | memoryview

MAGICS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce")
"""How programs begin; the last four are Mach-O, of either width and order."""
_MAX_SECTIONS = 20_000
_MAX_SEGMENTS = 1000
_MAX_NAME = 64
_PT_LOAD, _PF_X, _PF_W = 1, 1, 2
_NO_BITS = 8
_MACH_SEGMENT_32, _MACH_SEGMENT_64 = 1, 0x19
_PE_WRITE = 0x80000000


class Area(msgspec.Struct, frozen=True):
    """A section or segment: where it starts in the file, how long it is there, and its address when loaded.

    ``data`` is whether it is writable and no code: that is where Go's linker puts build information.
    """

    name: str
    offset: int
    size: int
    address: int
    data: bool


class Executable(msgspec.Struct, frozen=True):
    """A program: its named sections, its loaded segments, its byte order as ``struct`` writes it."""

    sections: tuple[Area, ...]
    segments: tuple[Area, ...]
    order: str = "<"

    def section(self, *names: str) -> Area | None:
        """Return the first section that has one of these names."""
        return next((area for area in self.sections if area.name in names), None)

    def offset_of(self, address: int) -> int | None:
        """Return where in the file the byte is that is loaded at ``address``; None where none is."""
        for area in (*self.segments, *self.sections):
            if area.address and area.address <= address < area.address + area.size:
                return area.offset + address - area.address
        return None


def parse_executable(data: Buffer) -> Executable:
    """Return the parts of a program.

    Raises:
        PackageDataError: it is none of the three forms, or its tables do not fit.
    """
    head = bytes(data[:4])
    try:
        if head == b"\x7fELF":
            return _elf(data)
        if head[:2] == b"MZ":
            return _pe(data)
        if head in MAGICS:
            return _mach_o(data)
    except (struct.error, IndexError, OverflowError):  # the last: a table at an offset that no file reaches
        raise PackageDataError("a program whose headers are cut short", Position(offset=0)) from None
    raise PackageDataError("no program in ELF, PE or Mach-O", Position(offset=0))


def executable_in(data: Buffer) -> Executable | None:
    """Return the parts of a program, None where ``parse_executable`` raises."""
    try:
        return parse_executable(data)
    except PackageDataError:
        return None


def _text(raw: Buffer) -> str:
    return bytes(raw[:_MAX_NAME]).partition(b"\0")[0].decode("ascii", "replace")


# ELF


def _elf(data: Buffer) -> Executable:
    wide, order = data[4] == 2, ">" if data[5] == 2 else "<"
    if wide:
        programs, sections = unpack_from(f"{order}QQ", data, 32)
        sizes = unpack_from(f"{order}6H", data, 52)
    else:
        programs, sections = unpack_from(f"{order}II", data, 28)
        sizes = unpack_from(f"{order}6H", data, 40)
    _, segment_size, segment_count, section_size, section_count, names = sizes
    result = tuple(_elf_segments(data, order, wide, programs, segment_size, segment_count))
    return Executable(
        tuple(_elf_sections(data, order, wide, sections, section_size, section_count, names)), result, order
    )


def _elf_segments(data: Buffer, order: str, wide: bool, table: int, size: int, count: int) -> Iterator[Area]:
    for number in range(min(count, _MAX_SEGMENTS)):
        at = table + number * size
        if wide:
            kind, flags, offset, address, _, length = unpack_from(f"{order}IIQQQQ", data, at)
        else:
            kind, offset, address, _, length, _, flags = unpack_from(f"{order}7I", data, at)
        if kind == _PT_LOAD:
            yield Area("", offset, length, address, flags & (_PF_X | _PF_W) == _PF_W)


def _elf_sections(
    data: Buffer, order: str, wide: bool, table: int, size: int, count: int, names: int
) -> Iterator[Area]:
    """Yield the sections; none where the table was stripped or does not fit, since programs run without it."""
    if not table or not size or table + size * count > len(data) or count > _MAX_SECTIONS or names >= count:
        return
    rows = []
    for number in range(count):
        at = table + number * size
        if wide:
            rows.append(unpack_from(f"{order}IIQQQQ", data, at))
        else:
            rows.append(unpack_from(f"{order}6I", data, at))
    texts = rows[names][4]
    for name, kind, flags, address, offset, length in rows:
        if kind and kind != _NO_BITS and offset + length <= len(data):
            yield Area(_text(data[texts + name : texts + name + _MAX_NAME]), offset, length, address, bool(flags & 1))


# PE


def _pe(data: Buffer) -> Executable:
    (at,) = unpack_from("<I", data, 60)
    if bytes(data[at : at + 4]) != b"PE\0\0":
        raise PackageDataError("a DOS program without a PE header", Position(offset=at))
    count, optional = unpack_from("<H12xH", data, at + 6)
    wide = unpack_from("<H", data, at + 24)[0] == 0x20B
    base = unpack_from("<Q", data, at + 48)[0] if wide else unpack_from("<I", data, at + 52)[0]
    sections = []
    for number in range(min(count, _MAX_SECTIONS)):
        row = at + 24 + optional + 40 * number
        virtual, address, size, offset, flags = unpack_from("<4I12xI", data, row + 8)
        area = Area(_text(data[row : row + 8]), offset, min(size, virtual or size), base + address, flags >= _PE_WRITE)
        sections.append(area)
    return Executable(tuple(sections), ())


# Mach-O


def _mach_o(data: Buffer) -> Executable:
    head = bytes(data[:4])
    order = "<" if head[:1] in (b"\xcf", b"\xce") else ">"
    wide = b"\xcf" in (head[:1], head[3:])
    (count,) = unpack_from(f"{order}I", data, 16)
    at = 32 if wide else 28
    sections: list[Area] = []
    segments: list[Area] = []
    for _ in range(min(count, _MAX_SEGMENTS)):
        command, size = unpack_from(f"{order}II", data, at)
        if command == (_MACH_SEGMENT_64 if wide else _MACH_SEGMENT_32):
            segment, inner = _mach_segment(data, order, wide, at)
            segments.append(segment)
            sections += inner
        if size < 8:
            break
        at += size
    return Executable(tuple(sections[:_MAX_SECTIONS]), tuple(segments), order)


def _mach_segment(data: Buffer, order: str, wide: bool, at: int) -> tuple[Area, list[Area]]:
    if wide:
        address, _, offset, size, _, protection, count = unpack_from(f"{order}4Q3I", data, at + 24)
        row, step = at + 72, 80
    else:
        address, _, offset, size, _, protection, count = unpack_from(f"{order}7I", data, at + 24)
        row, step = at + 56, 68
    inner = []
    for number in range(min(count, 255)):
        start = row + step * number
        where, length = unpack_from(f"{order}QQ" if wide else f"{order}II", data, start + 32)
        (position,) = unpack_from(f"{order}I", data, start + (48 if wide else 40))
        inner.append(Area(_text(data[start : start + 16]), position, length, where, bool(protection & 2)))
    return Area(_text(data[at + 8 : at + 24]), offset, size, address, protection & 6 == 2), inner
