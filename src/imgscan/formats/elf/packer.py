"""Programs whose real code or data is packed into them, out of a scanner's sight."""

from __future__ import annotations

import zlib

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.header import Header
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.segments import PF_X, Segments

UPX = "UPX"
SUSPECTED = "unknown packer"
_TAIL = 4096
_APPIMAGE = (b"AI\x01", b"AI\x02")
# What stands at the very end of a program that carries an archive of itself.
_TRAILERS = (
    (b"MEI\x0c\x0b\x0a\x0b\x0e", "PyInstaller"),
    (b"<nexe~~sentinel>", "nexe"),
    (b"d3n0l4nd", "deno compile"),
    (b"\n---- Bun! ----\n", "bun build"),
    (b"\nPAR.pm\n", "PAR::Packer"),
    (b"/*! pkg ", "pkg"),
)
_SECTIONS = ((b"pydata", "PyInstaller"), (b".staticx.archive", "staticx"))
_SMALL = 16 * 1024
_SAMPLE = 64 * 1024
_DENSE = 0.96


def packer_of(content: ElfContent, header: Header, segments: Segments, sections: Sections, overlay: int) -> str | None:
    """Return what packed the file, None for a plain one; ``overlay`` is what is appended behind it, in bytes.

    Sources: UPX, src/stub/src/include/linux.h (``l_info`` behind the program headers, magic ``UPX!``) and
    src/packhead.cpp (the same magic in the last bytes); the AppImage specification, "type 1" and "type 2".
    """
    data = content.data
    behind = header.segments.end
    if data[behind + 4 : behind + 8] == b"UPX!" or b"UPX!" in content.tail(64):
        return UPX
    if data[8:11] in _APPIMAGE:
        return "AppImage"
    for section, name in _SECTIONS:
        if sections.mentions(section) and sections.find(section) is not None:
            return name
    if overlay:
        tail = content.tail(_TAIL)
        for mark, name in _TRAILERS:
            if mark in tail:
                return name
    return SUSPECTED if not header.sections.number and _looks_packed(content, segments) else None


def overlay_bytes(content: ElfContent, header: Header, segments: Segments, sections: Sections) -> int:
    """Return how many bytes stand behind everything that the headers name."""
    end = max(header.sections.end, segments.end)
    if not sections.known or end >= content.size:
        return 0  # nearly always: the section headers stand last
    return max(content.size - max(end, sections.end), 0)


def _looks_packed(content: ElfContent, segments: Segments) -> bool:
    """Whether code does not compress: what is left when a packer's marks are removed. Only without sections."""
    for item in segments.loads:
        if item.flags & PF_X and item.filesz > _SMALL:
            length = min(item.filesz, _SAMPLE)
            sample = content.read(item.offset + (item.filesz - length) // 2, length, "segments")
            return sample is not None and len(zlib.compress(sample, 1)) > _DENSE * len(sample)
    return False
