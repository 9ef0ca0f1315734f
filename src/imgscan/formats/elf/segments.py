"""Program headers: what the kernel and the loader map. Source: gABI 4.2, "Program Header"; the GNU types: elf.h."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.header import Header

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
PT_GNU_STACK, PT_GNU_RELRO, PT_GNU_PROPERTY = 0x6474E551, 0x6474E552, 0x6474E553
PF_X, PF_W = 1, 2
_NOTES = frozenset({PT_NOTE, PT_GNU_PROPERTY})
_Record: TypeAlias = tuple[int, int, int, int, int, int]

MAX_SEGMENTS = 4096
"""Linux refuses more than 64 KiB of program headers; real files have a dozen."""


class Segment(NamedTuple):
    """A program header; ``offset``, ``vaddr``, ``filesz`` and ``align`` in bytes."""

    type: int
    flags: int
    offset: int
    vaddr: int
    filesz: int
    align: int


class Segments:
    """The program headers, sorted out: ``loads`` in order, ``notes``, and of every other type the first.

    Made of records in the order of ``Segment``'s fields: files have a dozen, and few are asked for. ``end`` is the
    offset behind the last byte that any of them names.
    """

    __slots__ = ("_first", "end", "loads", "notes", "number")

    def __init__(self, records: Iterable[_Record]) -> None:
        loads: list[Segment] = []
        notes: list[Segment] = []
        others: dict[int, _Record] = {}
        number = end = 0
        for record in records:
            number += 1
            kind, _, offset, _, filesz, _ = record
            if kind == PT_LOAD:
                loads.append(Segment._make(record))
            elif kind in _NOTES:
                notes.append(Segment._make(record))
            elif kind not in others:
                others[kind] = record
            if offset + filesz > end:
                end = offset + filesz
        self.loads, self.notes, self._first, self.number, self.end = loads, notes, others, number, end

    def first(self, kind: int) -> Segment | None:
        """Return the first program header of a type (none of PT_LOAD or notes)."""
        record = self._first.get(kind)
        return None if record is None else Segment._make(record)

    def file_offset(self, address: int) -> int | None:
        """Return where in the file the byte at a virtual address comes from, None when no segment loads it."""
        for _, _, offset, vaddr, filesz, _ in self.loads:
            if vaddr <= address < vaddr + filesz:
                return offset + address - vaddr
        return None


def parse_segments(content: ElfContent, header: Header) -> Segments:
    """Return the program headers; none, with ``segments`` noted, when the table is malformed."""
    number, offset, size = header.segments
    if not number:
        return Segments([])
    layout = header.layout
    if size != layout.segment.size or number > MAX_SEGMENTS:
        content.note("segments")
        return Segments([])
    table = content.read(offset, number * size, "segments")
    if table is None:
        return Segments([])
    records = layout.segment.iter_unpack(table)
    if layout.wide:
        return Segments(records)
    return Segments((kind, flags, at, vaddr, size, align) for kind, at, vaddr, size, flags, align in records)
