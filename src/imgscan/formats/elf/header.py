"""The ELF header: what the file is, and where its two tables stand."""

from __future__ import annotations

from typing import NamedTuple

from imgscan.errors import ElfError, Position
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.layout import IDENT, LAYOUTS, Layout

ET_REL, ET_EXEC, ET_DYN, ET_CORE = 1, 2, 3, 4

_PN_XNUM = 0xFFFF
_SHN_XINDEX = 0xFFFF


class Table(NamedTuple):
    """Where a table stands: how many records, from which offset on, of how many bytes each."""

    number: int
    offset: int
    record: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + self.number * self.record


class Header(NamedTuple):
    """What the ELF header says; ``names`` is the index of the section that holds the sections' names."""

    layout: Layout
    type: int
    machine: int
    segments: Table
    sections: Table
    names: int


def parse_header(content: ElfContent) -> Header:
    """Return the ELF header, its escapes for large numbers resolved.

    Raises:
        ElfError: no ELF magic, an unknown class or byte order, or the file ends inside the header.
    Source: gABI 4.2, "ELF Header"; for numbers of 65,535 and more "Special Section Indexes" and elf(5), PN_XNUM.
    """
    data = content.data
    if data[:4] != b"\x7fELF":
        raise ElfError("not an ELF file", Position(offset=0))
    layout = LAYOUTS.get((data[4], data[5])) if len(data) >= IDENT else None
    if layout is None:
        raise ElfError("an ELF file of unknown class or byte order", Position(offset=4))
    if len(data) < IDENT + layout.header.size:
        raise ElfError("an ELF file that ends inside its header", Position(offset=len(data)))
    kind, machine, _, _, phoff, shoff, _, _, phentsize, phnum, shentsize, shnum, names = layout.header.unpack_from(
        data, IDENT
    )
    if not shoff:
        shnum = 0
    elif phnum == _PN_XNUM or names == _SHN_XINDEX or not shnum:
        first = content.read(shoff, layout.first.size, "sections")
        if first is not None:
            size, link, info = layout.first.unpack(first)
            phnum = info if phnum == _PN_XNUM else phnum
            names = link if names == _SHN_XINDEX else names
            shnum = shnum or size
    return Header(layout, kind, machine, Table(phnum, phoff, phentsize), Table(shnum, shoff, shentsize), names)
