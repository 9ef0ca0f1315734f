"""Notes: the build id, the Go build id, and the properties that a whole file was compiled with.

Sources: gABI 4.2, "Note Section"; Linux Extensions to gABI (NT_GNU_PROPERTY_TYPE_0); the x86-64 and AArch64 psABI.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.header import Header
from imgscan.formats.elf.layout import Layout
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.segments import Segments

NT_GNU_BUILD_ID, NT_GNU_PROPERTY_TYPE_0, NT_GO_BUILD_ID = 3, 5, 4
X86_FEATURE_1_AND, AARCH64_FEATURE_1_AND = 0xC0000002, 0xC0000000
MAX_NOTE_BYTES = 1 << 14
MAX_BUILD_ID = 64
_MAX_TABLES = 16
_MAX_NOTES = 256


class Notes(msgspec.Struct, frozen=True):
    """What the notes say: ``build_id`` in hex, the bits of ``features`` (FEATURE_1_AND of the machine) or None."""

    build_id: str | None = None
    go: bool = False
    features: int | None = None


def parse_notes(content: ElfContent, header: Header, segments: Segments | None, sections: Sections) -> Notes:
    """Return what the note segments say; without ``segments``, what the note sections say."""
    if segments is not None:
        tables = [(item.offset, item.filesz, item.align) for item in segments.notes]
    else:
        tables = [(item.offset, item.size, 4) for item in sections.notes]
    build_id: str | None = None
    go = False
    features: int | None = None
    for offset, size, align in dict.fromkeys(tables[:_MAX_TABLES]):
        data = content.read(offset, min(size, MAX_NOTE_BYTES), "notes")
        for owner, kind, value in _notes(data or b"", header.layout, align):
            if owner == b"GNU\0" and kind == NT_GNU_BUILD_ID and build_id is None:
                build_id = value[:MAX_BUILD_ID].hex()
            elif owner == b"GNU\0" and kind == NT_GNU_PROPERTY_TYPE_0:
                features = _features(value, header.layout, features)
            elif owner == b"Go\0\0" and kind == NT_GO_BUILD_ID:
                go = True
    return Notes(build_id, go, features)


def _notes(data: bytes, layout: Layout, align: int) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield owner (with its NUL), type and description of each note; the first that does not fit ends them."""
    align = 8 if align == 8 else 4
    at = 0
    for _ in range(_MAX_NOTES):
        if at + 12 > len(data):
            return
        owner_size, size = layout.words.unpack_from(data, at)
        (kind,) = layout.word.unpack_from(data, at + 8)
        start = at + 12 + owner_size
        start += -start % align
        if start + size > len(data):
            return
        yield data[at + 12 : at + 12 + owner_size], kind, data[start : start + size]
        at = start + size
        at += -at % align


def _features(data: bytes, layout: Layout, features: int | None) -> int | None:
    """Return the bits of the FEATURE_1_AND property in a list of properties, else what was found before."""
    align = 8 if layout.wide else 4
    at = 0
    while at + 8 <= len(data):
        kind, size = layout.words.unpack_from(data, at)
        if kind in (X86_FEATURE_1_AND, AARCH64_FEATURE_1_AND) and size == 4 and at + 12 <= len(data):
            (bits,) = layout.word.unpack_from(data, at + 8)
            features = bits
        at += 8 + size
        at += -at % align
    return features
