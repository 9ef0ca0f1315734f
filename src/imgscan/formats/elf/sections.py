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
    """The section headers; ``known`` is false when there is a table that cannot be read.

    Files have thirty of them, and most questions are about what most files lack: answers are sought only when asked.
    """

    __slots__ = ("_names", "_records", "_types", "known")

    def __init__(self, records: list[_Record], names: bytes, known: bool = True) -> None:
        self._records = records
        self._names = names
        self._types = [record[1] for record in records]
        self.known = known

    @property
    def symtab(self) -> bool:
        """Whether there is a symbol table, the one that ``strip`` removes."""
        return SHT_SYMTAB in self._types

    @property
    def only_debug(self) -> bool:
        """Whether code takes up no bytes, so that this is a separate debug file."""
        return SHT_NOBITS in self._types and any(
            flags & _CODE == _CODE for _, kind, flags, _, _ in self._records if kind == SHT_NOBITS
        )

    @property
    def dynsym(self) -> Section | None:
        """The dynamic symbol table."""
        return next(iter(self._of_type(SHT_DYNSYM)), None)

    @property
    def notes(self) -> list[Section]:
        """The note sections."""
        return self._of_type(SHT_NOTE)

    @property
    def end(self) -> int:
        """The offset behind the last byte that any section names."""
        return max((record[3] + record[4] for record in self._records if record[1] != SHT_NOBITS), default=0)

    def _of_type(self, kind: int) -> list[Section]:
        if kind not in self._types:
            return []
        return [Section._make(record[1:]) for record in self._records if record[1] == kind]

    def mentions(self, text: bytes) -> bool:
        """Whether ``text`` is part of any section's name: rules most questions out at once."""
        return text in self._names

    def find(self, name: bytes) -> Section | None:
        """Return the first section of that name."""
        text = name + b"\0"
        names = self._names
        at = names.find(text)
        while at >= 0:  # names share their ends: .text stands in .rela.text
            for record in self._records:
                if record[0] == at:
                    return Section._make(record[1:])
            at = names.find(text, at + 1)
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
    records = list(layout.section.iter_unpack(table))
    text = b""
    if header.names < number:
        _, kind, _, at, length = records[header.names]
        if kind != SHT_NOBITS:
            text = content.read(at, length, "section names") or b""
    return Sections(records, text)


def section_names_table(content: ElfContent, header: Header) -> Table | None:
    """Return where the sections' names stand, in bytes; None when their header was not kept."""
    number, offset, size = header.sections
    if header.names >= min(number, MAX_SECTIONS):
        return None
    record = content.kept(offset + header.names * size, header.layout.section.size)
    if not record:
        return None
    _, kind, _, at, length = header.layout.section.unpack(record)
    return None if kind == SHT_NOBITS else Table(length, at, 1)
