from __future__ import annotations

import pytest

from imgscan.formats.elf.anatomy import anatomy_of
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.reasons import hardening_of
from imgscan.testing.elf import ET_EXEC, ET_REL, elf, program


def protections(data: bytes) -> dict[str, tuple[str, str]]:
    lines = hardening_of(parse_elf(ElfContent(data)), anatomy_of(data))
    return {line.name: (line.answer, line.reason) for line in lines}


def test_a_program_of_today_says_why_it_is_well() -> None:
    lines = protections(program(features=3))

    assert lines["PIE"] == ("yes", "type ET_DYN: loaded at another address in each run")
    assert lines["NX"] == ("yes", "PT_GNU_STACK has the flags RW")
    assert lines["RELRO"] == ("full", "PT_GNU_RELRO, and DF_1_NOW has all functions bound at the start")
    assert lines["canary"] == ("yes", "the dynamic symbols have __stack_chk_fail")
    assert lines["IBT"] == ("yes", "the note NT_GNU_PROPERTY_TYPE_0 has the bit")
    assert lines["search path"][0] == "none"


def test_an_old_program_says_what_it_lacks() -> None:
    lines = protections(
        program(type=ET_EXEC, tags={}, stack=7, relro=False, imports=("strcpy", "memcpy"), load_flags=7, rpath="lib")
    )

    assert lines["PIE"] == ("no", "type ET_EXEC: always loaded at the address that it was linked for")
    assert lines["NX"] == ("no", "PT_GNU_STACK has the flags RWE")
    assert lines["RELRO"] == ("none", "no PT_GNU_RELRO")
    assert lines["canary"][1].startswith("no symbol __stack_chk_fail")
    assert lines["FORTIFY"] == ("no", "imports memcpy, strcpy, and none of the functions that check")
    assert lines["W^X"][0] == "no"
    assert lines["IBT"] == ("no", "the note NT_GNU_PROPERTY_TYPE_0 is not there")
    assert lines["search path"] == (
        "lib",
        "DT_RPATH: looked in before the folders of the system; relative folders depend on where the program is started",
    )


@pytest.mark.parametrize(
    ("tags", "relro", "words"),
    [
        ({}, "partial", "without BIND_NOW"),
        ({24: 0}, "full", "DT_BIND_NOW has"),
        ({30: 8}, "full", "DF_BIND_NOW has"),
        ({0x6FFFFFFB: 1}, "full", "DF_1_NOW has"),
    ],
)
def test_relro_names_the_flag_that_makes_it_full(tags: dict[int, int], relro: str, words: str) -> None:
    answer, reason = protections(program(tags=tags))["RELRO"]

    assert answer == relro
    assert words in reason


def test_without_a_stack_header_the_machine_decides() -> None:
    assert protections(program(stack=None))["NX"] == (
        "no",
        "no PT_GNU_STACK; without it the stack on x86-64 is executable",
    )


def test_a_library_can_be_loaded_anywhere_and_fortify_names_what_checks() -> None:
    lines = protections(elf(needed=("libc.so.6",), imports=("__memcpy_chk",), tags={22: 0}))

    assert lines["PIE"][0] == "n/a"
    assert lines["FORTIFY"] == ("yes", "imports 1 checking function (__memcpy_chk)")
    assert lines["read-only code"][0] == "no"


def test_an_object_file_has_nothing_to_protect() -> None:
    assert protections(elf(type=ET_REL)) == {}
