"""Section headers: what linkers and debuggers read, and the loader never does. Source: gABI 4.2, "Sections"."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.header import Header, Table

SHT_SYMTAB, SHT_NOTE, SHT_NOBITS, SHT_DYNSYM = 2, 7, 8, 11
SHF_ALLOC, SHF_EXECINSTR = 2, 4

MAX_SECTIONS = 1 << 17
"""Objects compiled with a section for each function have tens of thousands."""

_CODE = SHF_ALLOC | SHF_EXECINSTR
_Record: TypeAlias = tuple[int, int, int, int, int]


class Section(NamedTuple):
    """Type, flags, and where the bytes are (of SHT_NOBITS none are in the file)."""

    type: int
    flags: int
    offset: int
    size: int


class Sections:
    """The section headers, sorted out.

    ``known`` is false when there is a table that cannot be read. ``symtab``: there is a symbol table, the one that
    ``strip`` removes. ``only_debug``: code takes up no bytes, so that this is a separate debug file. ``dynsym`` is
    the dynamic symbol table, ``notes`` the note sections, ``end`` the offset behind the last byte that any names.
    """

    __slots__ = ("_names", "_records", "dynsym", "end", "known", "notes", "only_debug", "symtab")

    def __init__(self, records: list[_Record], names: bytes, known: bool = True) -> None:
        self._records = records
        self._names = names
        self.known = known
        self.symtab = self.only_debug = False
        self.dynsym: Section | None = None
        self.notes: list[Section] = []
        self.end = 0
        for _, kind, flags, offset, size in records:
            if kind == SHT_NOBITS:
                if flags & _CODE == _CODE:
                    self.only_debug = True
                continue
            if kind == SHT_SYMTAB:
                self.symtab = True
            elif kind == SHT_DYNSYM:
                self.dynsym = Section(kind, flags, offset, size)
            elif kind == SHT_NOTE:
                self.notes.append(Section(kind, flags, offset, size))
            if offset + size > self.end:
                self.end = offset + size

    def find(self, name: bytes) -> Section | None:
        """Return the first section of that name."""
        text = name + b"\0"
        at = self._names.find(text)
        if at < 0:
            return None  # in one look, for nearly every question asked
        place = {record[0]: record for record in reversed(self._records)}
        while at >= 0:  # names share their ends: .text stands in .rela.text
            if at in place:
                return Section._make(place[at][1:])
            at = self._names.find(text, at + 1)
        return None


def parse_sections(content: ElfContent, header: Header) -> Sections:
    """Return the section headers; a table that is malformed is noted as ``sections``, and everything else holds."""
    number, offset, size = header.sections
    if not number:
        return Sections([], b"")
    layout = header.layout
    if size != layout.section.size or number > MAX_SECTIONS:
        content.note("sections")
        return Sections([], b"", known=False)
    table = content.read(offset, number * size, "sections")
    if table is None:
        return Sections([], b"", known=False)
    names = section_names_table(content, header)
    text = content.read(names.offset, names.number, "section names") if names else None
    return Sections(list(layout.section.iter_unpack(table)), text or b"")


def section_names_table(content: ElfContent, header: Header) -> Table | None:
    """Return where the sections' names stand, in bytes; None when their header is not there."""
    number, offset, size = header.sections
    if header.names >= min(number, MAX_SECTIONS):
        return None
    record = content.kept(offset + header.names * size, header.layout.section.size)
    if not record:
        return None
    _, kind, _, at, length = header.layout.section.unpack(record)
    return None if kind == SHT_NOBITS else Table(length, at, 1)
