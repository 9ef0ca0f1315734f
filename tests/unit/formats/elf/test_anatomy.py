from __future__ import annotations

import sys
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.errors import ElfError
from imgscan.formats.elf import anatomy
from imgscan.formats.elf.anatomy import anatomy_of
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.parse import parse_elf
from imgscan.testing.elf import elf, program

PROGRAM = program(imports=("__stack_chk_fail", "puts"), exports=("start",), runpath="/opt/lib", features=3)


def test_all_tables_of_a_program_are_read() -> None:
    result = anatomy_of(PROGRAM)

    assert (result.header.type, result.header.machine, result.header.bits) == ("ET_DYN", "EM_X86_64", 64)
    assert {"PT_LOAD", "PT_DYNAMIC", "PT_INTERP", "PT_GNU_STACK"} <= {row.type for row in result.segments}
    assert [row.text for row in result.dynamic if row.tag == "DT_NEEDED"] == ["libc.so.6"]
    assert [row.text for row in result.dynamic if row.tag == "DT_RUNPATH"] == ["/opt/lib"]
    assert {row.name: row.defined for row in result.symbols} == {
        "__stack_chk_fail": False,
        "puts": False,
        "start": True,
    }
    assert [row.text for row in result.notes if row.type == "NT_GNU_BUILD_ID"] == ["0102"]
    assert result.damaged == ()


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_both_classes_and_byte_orders_are_read(wide: bool, little: bool) -> None:
    result = anatomy_of(elf(wide=wide, little=little, needed=("libm.so.6",)))

    assert result.header.bits == (64 if wide else 32)
    assert result.header.byte_order == ("little-endian" if little else "big-endian")
    assert [row.text for row in result.dynamic if row.tag == "DT_NEEDED"] == ["libm.so.6"]


def test_without_section_headers_the_loaders_tables_are_read() -> None:
    result = anatomy_of(program(sections=False, exports=("start",)))

    assert {"start", "__stack_chk_fail", "__libc_start_main"} <= {row.name for row in result.symbols}


def test_versions_of_the_interpreter_that_runs_the_tests_are_read() -> None:
    path = Path(sys.executable).resolve()
    data = path.read_bytes()
    if data[:4] != b"\x7fELF":
        pytest.skip("the interpreter is no ELF file")
    result = anatomy_of(data)

    versions = {name for row in result.versions if row.library for name in row.names}
    assert any(name.startswith("GLIBC_") for name in versions) or not versions
    assert {row.version for row in result.symbols if row.version and row.library} <= versions
    assert result.damaged == ()


def test_what_is_no_elf_file_is_refused() -> None:
    for data in (b"", b"\x7fELF", b"\x7fELF\x02\x01\x01", b"#!/bin/sh\n", b"\x7fELF" + bytes(60)):
        with pytest.raises(ElfError, match="no ELF header"):
            anatomy_of(data)


def test_a_table_that_is_cut_is_named_and_the_others_are_read() -> None:
    whole = program()
    (start,) = [row.offset for row in anatomy_of(whole).segments if row.type == "PT_DYNAMIC"]
    result = anatomy_of(program(sections=False)[: start + 8])

    assert len(result.segments) > 3
    assert any(text.startswith("dynamic section: ") for text in result.damaged)


def test_a_table_that_leads_in_circles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anatomy._Metered, "left", 500)

    result = anatomy_of(elf(imports=tuple(f"name{number}" for number in range(2000))))

    assert any("leads in circles" in text for text in result.damaged)


def test_more_rows_than_the_bound_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anatomy, "MAX_ROWS", 3)

    result = anatomy_of(elf(imports=("a", "b", "c", "d", "e")))

    assert len(result.symbols) == 3
    assert "dynamic symbols: more than 3, the rest is left out" in result.damaged


@given(st.integers(0, len(PROGRAM) - 1), st.binary(min_size=1, max_size=8))
def test_whatever_bytes_change_the_file_is_read_or_refused(at: int, other: bytes) -> None:
    data = PROGRAM[:at] + other + PROGRAM[at + len(other) :]
    try:
        anatomy_of(data)
    except ElfError:
        return
    parse_elf(ElfContent(data))  # what one reads the other does too


@given(st.integers(0, len(PROGRAM)))
def test_wherever_it_is_cut_the_file_is_read_or_refused(length: int) -> None:
    try:
        anatomy_of(PROGRAM[:length])
    except ElfError:
        assert length < 64


def test_counts_of_four_thousand_million_are_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anatomy._Metered, "left", 50_000)
    # e_shnum 0 and the number of sections in sh_size of the first, which lies in a file of zeros.
    data = bytearray(PROGRAM + bytes(64))
    at = len(PROGRAM)
    data[0x28:0x30] = pack("<Q", at)
    data[0x3C:0x3E] = pack("<H", 0)
    data[at + 32 : at + 40] = pack("<Q", 0xFFFFFFFF)

    result = anatomy_of(bytes(data))

    assert result.damaged
