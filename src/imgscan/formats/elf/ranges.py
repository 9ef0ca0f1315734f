"""Which ranges of a long ELF file its properties stand in, so that the rest need not be kept."""

from __future__ import annotations

from imgscan.errors import ElfError
from imgscan.formats.elf.content import Buffer, ElfContent
from imgscan.formats.elf.header import parse_header
from imgscan.formats.elf.sections import section_names_table
from imgscan.formats.elf.segments import PF_W, PF_X, PT_DYNAMIC, PT_INTERP, Segments, parse_segments

PREFIX_BYTES = 4 << 20
"""How much of each file is kept from its start on: nine of ten are whole in it."""

_SYMBOL_BYTES = 8 << 20
"""How much of the first loaded segment, or if that is code of the read-only ones: linkers put symbols at its start."""
_WRITABLE_BYTES = 4 << 20
"""How much of each writable one: patchelf moves symbols and strings into new ones."""
_TEXT_BYTES = 2 << 20
"""How much of each other one without code: texts, which tell a language."""
_TABLE_BYTES = 64 << 10
_NAMES_BYTES = 2 << 20
"""How much in front of the section headers: their names."""
_ALL_NAMES_BYTES = 4 << 20
"""The same in a static program: also the names of symbols."""
_TAIL_BYTES = 8 << 10
_MAX_LOADS = 32
_MAX_BYTES = 20 << 20


def elf_ranges(prefix: Buffer, size: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges (start, stop) behind ``prefix`` to keep of a file of ``size`` bytes; ordered, disjoint.

    Total for every input: none for what is no ELF file.
    """
    content = ElfContent(prefix, size)
    try:
        header = parse_header(content)
    except ElfError:
        return ()
    segments = parse_segments(content, header)
    dynamic = segments.first(PT_DYNAMIC)
    small = [*segments.notes, dynamic, segments.first(PT_INTERP)]
    wanted = [(item.offset, min(item.filesz, _TABLE_BYTES)) for item in small if item is not None]
    names = section_names_table(content, header)
    if names is not None:
        wanted.append((names.offset, min(names.number, _TABLE_BYTES)))
    table = header.sections
    before = _NAMES_BYTES if dynamic is not None else _ALL_NAMES_BYTES
    wanted.append((table.offset - before, min(table.number * table.record, _ALL_NAMES_BYTES) + before))
    wanted.append((size - _TAIL_BYTES, _TAIL_BYTES))
    if dynamic is not None:
        wanted += _loads(segments)
    return _disjoint(wanted, len(prefix), size)


def _loads(segments: Segments) -> list[tuple[int, int]]:
    """Return the starts of the loaded segments that may hold symbols and strings, the likeliest first."""
    loads = segments.loads[:_MAX_LOADS]
    result = [(item.offset, min(item.filesz, _SYMBOL_BYTES)) for item in loads[:1]]
    result += [(item.offset, min(item.filesz, _WRITABLE_BYTES)) for item in loads[1:] if item.flags & PF_W]
    # Where the first is code, an old linker put everything into it, or gold put the symbols behind it.
    limit = _SYMBOL_BYTES if loads and loads[0].flags & PF_X else _TEXT_BYTES
    return result + [(item.offset, min(item.filesz, limit)) for item in loads[1:] if not item.flags & (PF_W | PF_X)]


def _disjoint(wanted: list[tuple[int, int]], start: int, size: int) -> tuple[tuple[int, int], ...]:
    """Return the union of ranges (offset, length) between ``start`` and ``size``, those asked for first up to a bound.

    A range is cut where the bound is reached; what overlaps counts twice, so the bound is never exceeded.
    """
    left = _MAX_BYTES
    taken: list[tuple[int, int]] = []
    for offset, length in wanted:
        first = max(offset, start)
        last = min(offset + length, size, first + left)
        if last > first:
            taken.append((first, last))
            left -= last - first
    result: list[tuple[int, int]] = []
    for first, last in sorted(taken):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return tuple(result)
