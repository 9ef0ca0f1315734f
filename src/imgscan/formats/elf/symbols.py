"""The dynamic symbol table: names that a file takes from others, and names it offers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import Struct

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.dynamic import DT_GNU_HASH, DT_HASH, DT_STRTAB, DT_SYMTAB, Dynamic
from imgscan.formats.elf.gnu_hash import GnuHash, parse_gnu_hash
from imgscan.formats.elf.header import Header
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.segments import Segments

MAX_IMPORTS = 200_000
_MAX_LENGTH = 32
_EM_S390, _EM_ALPHA = 22, 0x9026
_SEARCHED = 128 << 10
"""Strings up to here are searched for a name; in longer ones it is looked up by its hash."""


class DynamicSymbols:
    """The part of a dynamic symbol table that holds its imports, and its strings.

    Names are looked up in the string table first, at the speed of C: nine of ten questions end there. ``offers``
    says whether a name is offered, None when it cannot tell; without it the strings are searched.
    """

    __slots__ = ("_names", "_offers", "_record", "_strings", "_table")

    def __init__(
        self, table: bytes, record: Struct, strings: bytes, offers: Callable[[bytes], bool | None] | None = None
    ) -> None:
        self._table = table
        self._record = record
        self._strings = strings
        self._offers = offers
        self._names: frozenset[bytes] | None = None

    def has(self, name: bytes) -> bool:
        """Whether a symbol of this name is imported or offered."""
        if self._offers is not None:
            if self._names is None:
                self._names = frozenset(_text(self._strings, at) for at, _ in self._record.iter_unpack(self._table))
            result = name in self._names or self._offers(name)
            if result is not None:
                return result
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
                end = find(b"\0", name, name + _MAX_LENGTH)
                if end >= 0 and strings[name:end] in names:
                    return True
        return False

    def imported(self, names: frozenset[bytes], suffix: bytes) -> frozenset[bytes]:
        """Return which of these names, of less than 32 bytes each and all with this ending, are imported."""
        strings = self._strings
        if self._offers is not None:
            return names.intersection(
                _text(strings, at) for at, section in self._record.iter_unpack(self._table) if not section
            )
        text = suffix + b"\0"
        result: dict[int, bytes] = {}
        at = strings.find(text)
        while at >= 0:
            start = strings.rfind(b"\0", max(at - _MAX_LENGTH, 0), at) + 1
            name = strings[start : at + len(suffix)]
            if start and name in names:
                result[start] = name
            at = strings.find(text, at + 1)
        if not result:
            return frozenset()
        indexes = {name for name, section in self._record.iter_unpack(self._table) if not section}
        return frozenset(name for start, name in result.items() if start in indexes)


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
    hashed = _hashed(content, header, segments, dynamic)
    number = hashed.first if hashed is not None else _number(content, header, segments, sections, dynamic, start)
    strings = dynamic.strings
    if number is None or strings is None:
        return None
    table = content.read(start, min(number, MAX_IMPORTS) * record.size, "symbols")
    if table is None:
        return None
    if hashed is None or len(strings) <= _SEARCHED:
        return DynamicSymbols(table, record, strings)
    return DynamicSymbols(table, record, strings, partial(_offers, content, hashed, record, start, strings))


def _offers(
    content: ElfContent, hashed: GnuHash, record: Struct, start: int, strings: bytes, name: bytes
) -> bool | None:
    """Whether the symbols that start at ``start`` of the file offer a name; None when what tells was not kept."""
    indexes = hashed.indexes(content, name)
    if indexes is None:
        return None
    for index in indexes:
        data = content.kept(start + index * record.size, record.size)
        if not data:
            return None
        if _text(strings, record.unpack(data)[0]) == name:
            return True
    return False


def _text(strings: bytes, at: int) -> bytes:
    """Return the start of a name."""
    return strings[at : at + _MAX_LENGTH].partition(b"\0")[0]


def _hashed(content: ElfContent, header: Header, segments: Segments, dynamic: Dynamic) -> GnuHash | None:
    """Return the GNU hash table.

    It holds defined symbols only, all behind the undefined ones: where it has any, its first index bounds the imports
    and most of a library's table need not be read.
    """
    if DT_GNU_HASH not in dynamic.tags:
        return None
    offset = segments.file_offset(dynamic.tags[DT_GNU_HASH])
    return None if offset is None else parse_gnu_hash(content, header.layout, offset)


def _number(
    content: ElfContent, header: Header, segments: Segments, sections: Sections, dynamic: Dynamic, start: int
) -> int | None:
    """Return up to which index imports may stand; the loader needs no such number, so no tag gives it."""
    tags = dynamic.tags
    size = header.layout.symbol.size
    if sections.dynsym is not None and sections.dynsym.offset == start:
        return sections.dynsym.size // size
    if DT_HASH in tags:
        return _chain_length(content, header, segments, tags[DT_HASH])
    strings_at = segments.file_offset(tags.get(DT_STRTAB, 0))
    # Linkers put the strings right behind the symbols; without sections there is no better bound.
    return (strings_at - start) // size if strings_at is not None and strings_at > start else None


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
