"""The law of the parser: whatever the bytes, a value or an error of the tree, in bounded time."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imgscan.errors import ElfError
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.file import ElfFile
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.ranges import elf_ranges
from imgscan.testing import ElfBuilder, program

_ALL: dict[str, Any] = {
    "imports": ["__memcpy_chk", "read", "execve", "setpgid"],
    "exports": ["main"],
    "rpath": "/a",
    "runpath": "$ORIGIN",
    "soname": "x",
    "features": 3,
    "contents": {".comment": b"GCC", ".rodata": b"text", ".modinfo": b""},
    "symbols": ["main"],
    "notes": [(b"Go\0\0", 4, b"x")],
}


def outcome(data: bytes, size: int | None = None) -> ElfFile | None:
    try:
        return parse_elf(ElfContent(data, size))
    except ElfError:
        return None


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    outcome(data)
    outcome(b"\x7fELF\x02\x01" + data)
    outcome(b"\x7fELF\x01\x02" + data, size=1 << 62)
    elf_ranges(b"\x7fELF\x02\x01" + data, 1 << 40)


@given(
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=8)), max_size=12),
    st.integers(0, 4000),
)
def test_a_damaged_file_is_read_or_refused(
    wide: bool, little: bool, changes: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(program(wide=wide, little=little, **_ALL))
    for at, new in changes:
        data[at : at + len(new)] = new[: max(len(data) - at, 0)]

    outcome(bytes(data))
    outcome(bytes(data[:cut]), size=len(data))
    outcome(bytes(data[:cut]))


@given(st.integers(0, 255), st.sampled_from([54, 56, 58, 60, 62]), st.binary(min_size=2, max_size=2))
def test_numbers_and_sizes_of_tables_may_say_anything(fill: int, at: int, value: bytes) -> None:
    data = bytearray(program(**_ALL))
    data[at : at + 2] = value

    outcome(bytes(data) + bytes([fill]) * 5000)


def test_a_table_of_four_thousand_notes_is_bounded_work() -> None:
    notes = [(b"GNU\0", 5, b"\x02\x00\x00\xc0\x00\x00\x00\x00" * 100)] * 500

    found = outcome(ElfBuilder(notes=notes).build())

    assert found is not None
    assert found.damaged == ()


def test_sizes_beyond_the_file_name_the_table() -> None:
    data = bytearray(program())
    at = data.index((5).to_bytes(8, "little") + b"", 64)  # DT_STRTAB is somewhere behind the headers
    assert at > 0
    place = data.index((10).to_bytes(8, "little"), at)  # DT_STRSZ
    data[place + 8 : place + 16] = (1 << 60).to_bytes(8, "little")

    found = outcome(bytes(data))

    assert found is not None
    assert found.damaged == ("strings",)
    assert found.needed == ("",)
