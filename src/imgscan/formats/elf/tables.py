"""All tables of one loadable file, parsed: what the rules on its properties read."""

from __future__ import annotations

from typing import NamedTuple

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.dynamic import NO_DYNAMIC, Dynamic, parse_dynamic
from imgscan.formats.elf.header import Header
from imgscan.formats.elf.notes import Notes, parse_notes
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.segments import PT_INTERP, Segments, parse_segments
from imgscan.formats.elf.symbols import DynamicSymbols, parse_symbols

MAX_PATH = 4096


class Tables(NamedTuple):
    """The tables; ``has_dynamic`` is false, and ``dynamic`` empty, where a dynamic section cannot be read.

    ``symbols`` is None where the dynamic symbols cannot be read.
    """

    header: Header
    segments: Segments
    sections: Sections
    dynamic: Dynamic
    has_dynamic: bool
    symbols: DynamicSymbols | None
    notes: Notes
    interpreter: str | None


def parse_tables(content: ElfContent, header: Header, sections: Sections) -> Tables:
    """Return the tables of a program or a library; what is malformed is noted in ``content``."""
    segments = parse_segments(content, header)
    dynamic = parse_dynamic(content, header, segments)
    return Tables(
        header=header,
        segments=segments,
        sections=sections,
        dynamic=dynamic or NO_DYNAMIC,
        has_dynamic=dynamic is not None,
        symbols=None if dynamic is None else parse_symbols(content, header, segments, sections, dynamic),
        notes=parse_notes(content, header, segments, sections),
        interpreter=_interpreter(content, segments),
    )


def _interpreter(content: ElfContent, segments: Segments) -> str | None:
    segment = segments.first(PT_INTERP)
    if segment is None:
        return None
    text = content.read(segment.offset, min(segment.filesz, MAX_PATH), "interpreter")
    return (text or b"").partition(b"\0")[0].decode("utf-8", "surrogateescape")
