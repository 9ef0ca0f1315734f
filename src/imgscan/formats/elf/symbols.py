"""The dynamic symbol table: names that a file takes from others, and names it offers."""

from __future__ import annotations

from struct import Struct

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.dynamic import DT_GNU_HASH, DT_HASH, DT_STRTAB, DT_SYMTAB, Dynamic
from imgscan.formats.elf.header import Header
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.segments import Segments

MAX_IMPORTS = 200_000
_LONGEST = 32
_EM_S390, _EM_ALPHA = 22, 0x9026
_GNU_HASH_HEADER = 16


class DynamicSymbols:
    """The part of a dynamic symbol table that holds its imports, and its strings.

    Names are looked up in the string table first, at the speed of C: nine of ten questions end there.
    """

    __slots__ = ("_record", "_strings", "_table")

    def __init__(self, table: bytes, record: Struct, strings: bytes) -> None:
        self._table = table
        self._record = record
        self._strings = strings

    def has(self, name: bytes) -> bool:
        """Whether a symbol of this name is imported or offered."""
        return b"\0" + name + b"\0" in self._strings

    def has_part(self, text: bytes) -> bool:
        """Whether ``text`` is part of any name."""
        return text in self._strings

    def imports_any(self, names: frozenset[bytes]) -> bool:
        """Whether any of these names, of less than 32 bytes each, is imported."""
        strings = self._strings
        find = strings.find
        for name, section in self._record.iter_unpack(self._table):
            if not section:
                end = find(b"\0", name, name + _LONGEST)
                if end >= 0 and strings[name:end] in names:
                    return True
        return False

    def imported(self, names: frozenset[bytes], ending: bytes) -> frozenset[bytes]:
        """Return which of these names, all with this ending, are imported."""
        strings = self._strings
        text = ending + b"\0"
        found: dict[int, bytes] = {}
        at = strings.find(text)
        while at >= 0:
            start = strings.rfind(b"\0", max(at - _LONGEST, 0), at) + 1
            name = strings[start : at + len(ending)]
            if start and name in names:
                found[start] = name
            at = strings.find(text, at + 1)
        if not found:
            return frozenset()
        places = {name for name, section in self._record.iter_unpack(self._table) if not section}
        return frozenset(name for start, name in found.items() if start in places)


_NO_SYMBOLS = DynamicSymbols(b"", Struct("<I10xH"), b"")


def parse_symbols(
    content: ElfContent, header: Header, segments: Segments, sections: Sections, dynamic: Dynamic
) -> DynamicSymbols | None:
    """Return the dynamic symbols, none for a file without; None when they are malformed or were not kept."""
    address = dynamic.tags.get(DT_SYMTAB)
    if address is None:
        return _NO_SYMBOLS
    start = segments.file_offset(address)
    if start is None:
        content.note("symbols")
        return None
    record = header.layout.symbol
    number = _number(content, header, segments, sections, dynamic, start)
    if number is None or dynamic.strings is None:
        return None
    table = content.read(start, min(number, MAX_IMPORTS) * record.size, "symbols")
    return None if table is None else DynamicSymbols(table, record, dynamic.strings)


def _number(
    content: ElfContent, header: Header, segments: Segments, sections: Sections, dynamic: Dynamic, start: int
) -> int | None:
    """Return up to which index imports may stand; the loader needs no such number, so no tag gives it.

    DT_GNU_HASH holds defined symbols only, all behind the undefined ones: where it has any, its first index is the
    bound and most of a library's table need not be read.
    """
    tags = dynamic.tags
    if DT_GNU_HASH in tags:
        first = _first_hashed(content, header, segments, tags[DT_GNU_HASH])
        if first:
            return first
    size = header.layout.symbol.size
    if sections.dynsym is not None and sections.dynsym.offset == start:
        return sections.dynsym.size // size
    if DT_HASH in tags:
        return _chain_length(content, header, segments, tags[DT_HASH])
    strings_at = segments.file_offset(tags.get(DT_STRTAB, 0))
    # Linkers put the strings right behind the symbols; without sections there is no better bound.
    return (strings_at - start) // size if strings_at is not None and strings_at > start else None


def _first_hashed(content: ElfContent, header: Header, segments: Segments, address: int) -> int | None:
    """Return the index of the first symbol in the GNU hash table, None when it is empty or not there.

    Source: binutils, bfd/elflink.c; an empty table is written with one bucket of 0 and a first index of 1.
    """
    offset = segments.file_offset(address)
    head = None if offset is None else content.read(offset, _GNU_HASH_HEADER, "hash")
    if offset is None or head is None:
        return None
    layout = header.layout
    buckets, first = layout.words.unpack_from(head)
    (bloom_words,) = layout.word.unpack_from(head, 8)
    table = content.read(offset + _GNU_HASH_HEADER + bloom_words * (8 if layout.wide else 4), buckets * 4, "hash")
    return first if table and table.strip(b"\0") else None


def _chain_length(content: ElfContent, header: Header, segments: Segments, address: int) -> int | None:
    """Return nchain of DT_HASH, which equals the number of symbols (gABI 4.2, "Hash Table")."""
    offset = segments.file_offset(address)
    if offset is None:
        content.note("hash")
        return None
    layout = header.layout
    # Two machines write this table in words of 8 bytes.
    words = layout.dynamic if layout.wide and header.machine in (_EM_S390, _EM_ALPHA) else layout.words
    head = content.read(offset, words.size, "hash")
    if head is None:
        return None
    chains: int = words.unpack(head)[1]
    return chains
