"""Programs made for tests: the parts of ELF, PE and Mach-O that name packages, and no code."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from struct import pack

from imgscan.testing.compress import compress

_BASE = 0x400000
_START = 0x1000
_GO_MAGIC = b"\xff Go buildinf:"


def elf_with_sections(sections: Mapping[str, bytes], note: bytes = b"", wide: bool = True) -> bytes:
    """Return an ELF program whose one writable segment holds these sections, each at a multiple of 16.

    ``note`` stands in its first page. With an empty name the section table is left out: what ``sstrip`` makes.
    """
    body, rows, names = b"", [], b"\0"
    for name, content in sections.items():
        rows.append((len(names), len(body), len(content)))
        names += name.encode() + b"\0"
        body += content + bytes(-len(content) % 16)
    size, table = len(body), _START + len(body) + len(names)
    stripped = "" in sections
    count = 0 if stripped else len(rows) + 2
    word, head_size, segment_size, section_size = ("Q", 64, 56, 64) if wide else ("I", 52, 32, 40)
    head = b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(9)
    head += pack(f"<HHI{word}{word}{word}I", 2, 62, 1, _BASE, head_size, 0 if stripped else table, 0)
    head += pack("<6H", head_size, segment_size, 1, section_size, count, max(count - 1, 0))
    if wide:
        head += pack("<IIQQQQQQ", 1, 6, _START, _BASE + _START, 0, size, size, 4096)
    else:
        head += pack("<8I", 1, _START, _BASE + _START, 0, size, size, 6, 4096)
    form = f"<II{word}{word}{word}{word}II{word}{word}"
    table_rows = bytes(section_size)
    for name_at, offset, length in rows:
        where = _START + offset
        table_rows += pack(form, name_at, 1, 3, _BASE + where, where, length, 0, 0, 16, 0)
    table_rows += pack(form, 0, 3, 0, 0, _START + size, len(names), 0, 0, 1, 0)
    content = (head + note).ljust(_START, b"\0") + body + names
    return content + (b"" if stripped else table_rows)


def go_info(version: str, modules: str) -> bytes:
    """Return build information as Go 1.18 and later write it."""
    return _GO_MAGIC + bytes([8, 2]) + bytes(16) + _varied(version.encode()) + _varied(_module_text(modules))


def _module_text(modules: str) -> bytes:
    return b"0" * 16 + modules.encode() + b"1" * 16


def _varied(data: bytes) -> bytes:
    size, result = len(data), b""
    while size >= 0x80:
        result += bytes([size & 0x7F | 0x80])
        size >>= 7
    return result + bytes([size]) + data


def go_elf(version: str, modules: str, section: str = ".go.buildinfo", note: bytes = b"") -> bytes:
    """Return a program of Go in ELF."""
    return elf_with_sections({section: go_info(version, modules)}, note)


def old_go_elf(version: str, modules: str) -> bytes:
    """Return a program of Go before 1.18: pointers to the headers of its two strings."""
    text, listed = version.encode(), _module_text(modules)
    base = _BASE + _START
    strings = 64 + 32
    headers = pack("<4Q", base + strings, len(text), base + strings + len(text), len(listed))
    info = _GO_MAGIC + bytes([8, 0]) + pack("<QQ", base + 64, base + 80)
    return elf_with_sections({".go.buildinfo": info.ljust(64, b"\0") + headers + text + listed})


def go_pe(version: str, modules: str) -> bytes:
    """Return a program of Go in PE: the information begins its data section."""
    content = go_info(version, modules)
    head = b"MZ".ljust(60, b"\0") + pack("<I", 64) + b"PE\0\0"
    head += pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 2)
    optional = pack("<H", 0x20B).ljust(24, b"\0") + pack("<Q", 0x140000000)
    section = b".data\0\0\0" + pack("<4I12xI", len(content), 0x1000, len(content), 0x400, 0xC0000040)
    return (head + optional.ljust(240, b"\0") + section).ljust(0x400, b"\0") + content


def go_mach_o(version: str, modules: str) -> bytes:
    """Return a program of Go in Mach-O."""
    return mach_o({"__go_buildinfo": go_info(version, modules)})


def mach_o(sections: Mapping[str, bytes] | None = None) -> bytes:
    """Return a Mach-O program of 64 bits with one writable segment of these sections."""
    given = sections or {"__data": b"x"}
    size = 72 + 80 * len(given)
    body, rows = b"", b""
    for name, content in given.items():
        at = 0x400 + len(body)
        rows += name.encode().ljust(16, b"\0") + b"__DATA".ljust(16, b"\0")
        rows += pack("<QQ8I", _BASE + at, len(content), at, 4, 0, 0, 0, 0, 0, 0)
        body += content + bytes(-len(content) % 16)
    segment = pack("<II", 0x19, size) + b"__DATA".ljust(16, b"\0")
    segment += pack("<4Q4I", _BASE + 0x400, len(body), 0x400, len(body), 3, 3, len(given), 0)
    head = b"\xcf\xfa\xed\xfe" + pack("<7I", 0x01000007, 3, 2, 1, size, 0, 0)
    return (head + segment + rows).ljust(0x400, b"\0") + body


def rust_elf(packages: Sequence[Mapping[str, object]], section: str = ".dep-v0") -> bytes:
    """Return a program as cargo-auditable makes it."""
    document = json.dumps({"packages": list(packages)}).encode()
    return elf_with_sections({section: zlib.compress(document)})


def wall(*rows: Mapping[str, object]) -> bytes:
    """Return a manifest of chisel with these lines behind its first."""
    lines = [{"jsonwall": "1.0", "schema": "1.0", "count": len(rows) + 1}, *rows]
    return compress("".join(json.dumps(line) + "\n" for line in lines).encode(), "zstd")
