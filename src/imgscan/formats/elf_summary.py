"""One line on an ELF file, out of its first bytes. pyelftools is wrapped here, and loaded on the first question.

For the few files that carry a finding: the description says to a person what file(1) would.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

_SECTION_FIELDS = {1: ((0x20, 4), (0x30, 4)), 2: ((0x28, 8), (0x3C, 4))}
"""By class (32 or 64 bit): where e_shoff, and e_shnum with e_shstrndx, stand in the header (ELF specification, 1.4)."""

_TYPES = {"ET_REL": "relocatable", "ET_EXEC": "executable", "ET_DYN": "shared object", "ET_CORE": "core file"}


def elf_summary(head: bytes) -> str:
    """Return what an ELF file is, from its header and program headers: ``ELF 64-bit LSB PIE executable, x64, ...``.

    ``ELF, malformed`` where these cannot be read; what lies behind ``head`` is not looked at.
    """
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(BytesIO(_without_sections(head)))
        segments = [elf.get_segment(number) for number in range(min(elf.num_segments(), 64))]
        interpreter = next((_interpreter(head, item) for item in segments if item["p_type"] == "PT_INTERP"), None)
        dynamic = any(item["p_type"] == "PT_DYNAMIC" for item in segments)
        kind = _TYPES.get(elf["e_type"], str(elf["e_type"]))
        if kind == "shared object" and interpreter:
            kind = "PIE executable"
        order = "LSB" if elf.little_endian else "MSB"
        linked = f"dynamic, interpreter {interpreter}" if interpreter else "dynamic" if dynamic else "static"
        return f"ELF {elf.elfclass}-bit {order} {kind}, {elf.get_machine_arch()}, {linked}"
    except Exception:  # noqa: BLE001 (foreign parser on hostile bytes: whatever it raises, the file is malformed)
        return "ELF, malformed"


def _interpreter(head: bytes, segment: Any) -> str:
    start, size = segment["p_offset"], segment["p_filesz"]
    name = head[start : start + size].rstrip(b"\0") if start + size <= len(head) else b""
    return name.decode("utf-8", "surrogateescape") or "unknown"


def _without_sections(head: bytes) -> bytes:
    """Return the bytes with a header that names no sections: the loader needs none, and they lie at the file's end."""
    fields = _SECTION_FIELDS.get(head[4] if len(head) > 4 else 0, ())
    changed = bytearray(head)
    for offset, length in fields:
        changed[offset : offset + length] = bytes(length)
    return bytes(changed)
