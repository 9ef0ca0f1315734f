"""The dynamic section: what the loader is told.

Source: gABI 4.2, "Dynamic Section"; the GNU tags: elf.h of glibc. Found by PT_DYNAMIC, as the loader finds it.
"""

from __future__ import annotations

from typing import NamedTuple

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.header import Header
from imgscan.formats.elf.segments import PT_DYNAMIC, Segments

DT_NULL, DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ = 0, 1, 4, 5, 6, 10
DT_SONAME, DT_RPATH, DT_DEBUG, DT_TEXTREL, DT_BIND_NOW, DT_RUNPATH, DT_FLAGS = 14, 15, 21, 22, 24, 29, 30
DT_GNU_HASH, DT_FLAGS_1 = 0x6FFFFEF5, 0x6FFFFFFB
DF_TEXTREL, DF_BIND_NOW = 4, 8
DF_1_NOW, DF_1_PIE = 1, 0x08000000

MAX_TAGS = 4096
MAX_NEEDED = 512
MAX_NAME = 1024
MAX_SEARCH_PATH = 32 * 1024
"""Names and search paths are cut here: no loader opens a longer one, and a file could hold any number."""


class Dynamic(NamedTuple):
    """The dynamic section; ``tags`` holds the last value of each tag, as the loader takes it.

    ``strings`` is the string table, None when it is not there; ``needed`` the sonames in order.
    """

    tags: dict[int, int]
    needed: tuple[str, ...]
    strings: bytes | None

    def text(self, tag: int) -> str | None:
        """Return the string that a tag points to, None without the tag; unreadable ones are empty."""
        offset = self.tags.get(tag)
        limit = MAX_NAME if tag == DT_SONAME else MAX_SEARCH_PATH
        return None if offset is None else _text(self.strings, offset, limit)

    @property
    def bind_now(self) -> bool:
        """Whether all symbols are bound at start: DT_BIND_NOW, DF_BIND_NOW or DF_1_NOW."""
        tags = self.tags
        return DT_BIND_NOW in tags or bool(tags.get(DT_FLAGS, 0) & DF_BIND_NOW or tags.get(DT_FLAGS_1, 0) & DF_1_NOW)

    @property
    def text_relocations(self) -> bool:
        """Whether the loader must write into code: DT_TEXTREL or DF_TEXTREL."""
        return DT_TEXTREL in self.tags or bool(self.tags.get(DT_FLAGS, 0) & DF_TEXTREL)

    @property
    def pie_flag(self) -> bool:
        """Whether DF_1_PIE is set."""
        return bool(self.tags.get(DT_FLAGS_1, 0) & DF_1_PIE)


NO_DYNAMIC = Dynamic({}, (), b"")


def parse_dynamic(content: ElfContent, header: Header, segments: Segments) -> Dynamic | None:
    """Return the dynamic section, ``NO_DYNAMIC`` for a file without one, None when it was not kept or is malformed."""
    segment = segments.first(PT_DYNAMIC)
    if segment is None:
        return NO_DYNAMIC
    record = header.layout.dynamic
    length = min(segment.filesz // record.size, MAX_TAGS) * record.size
    table = content.read(segment.offset, length, "dynamic")
    if table is None:
        return None
    tags: dict[int, int] = {}
    needed: list[int] = []
    for tag, value in record.iter_unpack(table):
        if tag == DT_NEEDED:
            needed.append(value)
        elif tag == DT_NULL:
            break
        else:
            tags[tag] = value
    strings = _strings(content, segments, tags)
    return Dynamic(tags, tuple(_text(strings, value, MAX_NAME) for value in needed[:MAX_NEEDED]), strings)


def _strings(content: ElfContent, segments: Segments, tags: dict[int, int]) -> bytes | None:
    """Return the string table that DT_STRTAB and DT_STRSZ name."""
    if DT_STRTAB not in tags:
        return b""
    offset = segments.file_offset(tags[DT_STRTAB])
    if offset is None:
        content.note("strings")
        return None
    return content.read(offset, tags.get(DT_STRSZ, 0), "strings")


def _text(strings: bytes | None, offset: int, limit: int) -> str:
    if strings is None or offset >= len(strings):
        return ""
    end = strings.find(b"\0", offset, offset + limit)
    return strings[offset : end if end >= 0 else offset + limit].decode("utf-8", "surrogateescape")
