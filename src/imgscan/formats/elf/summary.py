"""One line on an ELF file, out of its first bytes: what file(1) would tell a person."""

from __future__ import annotations

from imgscan.errors import ElfError
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.header import ET_CORE, ET_DYN, ET_EXEC, ET_REL, parse_header
from imgscan.formats.elf.machines import machine_name
from imgscan.formats.elf.segments import PT_DYNAMIC, PT_INTERP, Segment, parse_segments

_TYPES = {ET_REL: "relocatable", ET_EXEC: "executable", ET_DYN: "shared object", ET_CORE: "core file"}


def elf_summary(head: bytes) -> str:
    """Return what an ELF file is, from its header and program headers: ``ELF 64-bit LSB PIE executable, x86-64, ...``.

    ``ELF, malformed`` where these cannot be read; what lies behind ``head`` is not looked at.
    """
    content = ElfContent(head)
    try:
        header = parse_header(content)
    except ElfError:
        return "ELF, malformed"
    segments = parse_segments(content, header)
    if "segments" in content.damaged:
        return "ELF, malformed"
    interp = segments.first(PT_INTERP)
    interpreter = _interpreter(head, interp) if interp is not None else None
    kind = _TYPES.get(header.type, f"type {header.type}")
    if kind == "shared object" and interpreter:
        kind = "PIE executable"
    if interpreter:
        linked = f"dynamic, interpreter {interpreter}"
    else:
        linked = "dynamic" if segments.first(PT_DYNAMIC) is not None else "static"
    order = "LSB" if header.layout.little else "MSB"
    bits = 64 if header.layout.wide else 32
    return f"ELF {bits}-bit {order} {kind}, {machine_name(header.machine)}, {linked}"


def _interpreter(head: bytes, segment: Segment) -> str:
    start, end = segment.offset, segment.offset + segment.filesz
    name = head[start:end].rstrip(b"\0") if end <= len(head) else b""
    return name.decode("utf-8", "surrogateescape") or "unknown"
