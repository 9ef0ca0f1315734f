"""The GNU hash table: the names that a file offers, looked up as the loader does.

Source: binutils, bfd/elflink.c; glibc, elf/dl-lookup.c (``do_lookup_x``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.layout import Layout

_HEADER = 16
_MAX_STEPS = 4096


class GnuHash(NamedTuple):
    """Where the table's parts stand: ``buckets`` in bytes, the chains by their file offset.

    ``first`` is the index of the first symbol that is hashed: those before it are offered to nobody.
    """

    layout: Layout
    first: int
    buckets: bytes
    chains: int

    def indexes(self, content: ElfContent, name: bytes) -> list[int] | None:
        """Return the indexes of the symbols that may have this name; None when what tells them was not kept."""
        wanted = _hash(name)
        word = self.layout.word
        (index,) = word.unpack_from(self.buckets, wanted % (len(self.buckets) // 4) * 4)
        result: list[int] = []
        if index < self.first:
            return result
        for at in range(index, index + _MAX_STEPS):
            data = content.kept(self.chains + (at - self.first) * 4, 4)
            if not data:
                return None
            (value,) = word.unpack(data)
            if value | 1 == wanted | 1:
                result.append(at)
            if value & 1:
                return result
        return None


def parse_gnu_hash(content: ElfContent, layout: Layout, offset: int) -> GnuHash | None:
    """Return the table at an offset of the file; None when it is empty, malformed or was not kept.

    An empty table is written with one bucket of 0 and a first index of 1.
    """
    head = content.read(offset, _HEADER, "hash")
    if head is None:
        return None
    buckets, first = layout.words.unpack_from(head)
    (bloom_words,) = layout.word.unpack_from(head, 8)
    start = offset + _HEADER + bloom_words * (8 if layout.wide else 4)
    table = content.read(start, buckets * 4, "hash")
    if not first or not table or not table.strip(b"\0"):
        return None
    return GnuHash(layout, first, table, start + buckets * 4)


@lru_cache(maxsize=64)
def _hash(name: bytes) -> int:
    result = 5381
    for byte in name:
        result = (result * 33 + byte) & 0xFFFFFFFF
    return result
