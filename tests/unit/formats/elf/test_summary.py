"""One line on an ELF file."""

from __future__ import annotations

from struct import pack

import pytest

from imgscan.formats.content.filetype import file_type
from imgscan.formats.elf.summary import elf_summary

EXEC, DYN, REL = 2, 3, 1
X86_64, AARCH64, I386 = 62, 183, 3
INTERP, DYNAMIC, LOAD = 3, 2, 1


def elf64(kind: int, machine: int, segments: tuple[int, ...] = (), interpreter: bytes = b"", order: str = "<") -> bytes:
    """Return a header and program headers; PT_INTERP names ``interpreter``, which stands behind them."""
    ident = b"\x7fELF\2" + (b"\1" if order == "<" else b"\2") + b"\1" + bytes(9)
    end = 64 + 56 * len(segments)
    header = pack(f"{order}HHIQQQIHHHHHH", kind, machine, 1, 0, 64, 9999, 0, 64, 56, len(segments), 64, 5, 4)
    body = b""
    for segment in segments:
        offset, size = (end, len(interpreter)) if segment == INTERP else (0, 0)
        body += pack(f"{order}IIQQQQQQ", segment, 4, offset, 0, 0, size, size, 1)
    return ident + header + body + interpreter


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (elf64(DYN, X86_64, (INTERP, LOAD, DYNAMIC), b"/lib64/ld.so\0"), ("64-bit LSB PIE", "x86-64", "/lib64/ld.so")),
        (elf64(EXEC, X86_64, (INTERP,), b"/lib/ld-musl.so.1\0"), ("executable", "interpreter /lib/ld-musl.so.1")),
        (elf64(EXEC, AARCH64, (LOAD,)), ("64-bit LSB executable", "aarch64", "static")),
        (elf64(DYN, X86_64, (LOAD, DYNAMIC)), ("shared object", "dynamic")),
        (elf64(REL, X86_64), ("relocatable",)),
        (elf64(EXEC, AARCH64, (LOAD,), order=">"), ("MSB",)),
    ],
)
def test_a_header_tells_class_kind_machine_and_linkage(head: bytes, words: tuple[str, ...]) -> None:
    summary = elf_summary(head)

    assert summary.startswith("ELF ")
    assert [word for word in words if word not in summary] == []


@pytest.mark.parametrize(
    "head", [b"\x7fELF", b"\x7fELF" + bytes(100), b"\x7fELF\2\1\1" + b"\xff" * 100, elf64(DYN, X86_64, (LOAD,))[:60]]
)
def test_what_cannot_be_read_is_malformed(head: bytes) -> None:
    assert elf_summary(head) == "ELF, malformed"


def test_an_interpreter_beyond_the_first_bytes_is_unknown() -> None:
    assert "interpreter unknown" in elf_summary(elf64(EXEC, X86_64, (INTERP,), b"/lib/ld.so\0")[:-5])


def test_a_hostile_interpreter_is_safe_to_show() -> None:
    assert "\x1b" not in file_type(elf64(EXEC, X86_64, (INTERP,), b"/lib/\x1b[31m\0"))
