"""Each property of an ELF file, found where it is and not where it is not."""

from __future__ import annotations

import pytest

from imgscan.errors import ElfError
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.file import Answer, ElfFile, ElfKind, Relro
from imgscan.formats.elf.language import Language
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.purpose import ENTRIES
from imgscan.shell.known import TABLE
from imgscan.testing import elf, program
from imgscan.testing.elf import ET_CORE, ET_EXEC, ET_REL

DT_DEBUG, DT_BIND_NOW, DT_TEXTREL, DT_FLAGS, DT_FLAGS_1 = 21, 24, 22, 30, 0x6FFFFFFB
NOW_AND_PIE = {DT_FLAGS_1: 0x08000001}
LAYOUTS = [(wide, little) for wide in (True, False) for little in (True, False)]


def parsed(data: bytes) -> ElfFile:
    return parse_elf(ElfContent(data))


@pytest.mark.parametrize(("wide", "little"), LAYOUTS)
def test_every_class_and_byte_order_says_the_same(wide: bool, little: bool) -> None:
    data = program(
        wide=wide,
        little=little,
        rpath="/r",
        runpath="$ORIGIN/x",
        soname="s",
        needed=("a", "b"),
        features=3,
        symbols=["m"],
    )

    found = parsed(data)

    assert (found.bits, found.little) == (64 if wide else 32, little)
    assert (found.rpath, found.runpath, found.soname, found.needed) == ("/r", "$ORIGIN/x", "s", ("a", "b"))
    assert (found.interpreter, found.build_id) == ("/lib64/ld-linux-x86-64.so.2", "0102")
    assert (found.kind, found.relro, found.canary) == (ElfKind.PIE, Relro.FULL, Answer.YES)
    assert (found.ibt, found.shstk, found.stripped) == (Answer.YES, Answer.YES, Answer.NO)
    assert found.damaged == ()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (program(), ElfKind.PIE),
        (program(tags={}), ElfKind.PIE),  # a linker that does not set DF_1_PIE yet
        (program(type=ET_EXEC, tags={}), ElfKind.EXECUTABLE),
        (elf(type=ET_EXEC, dynamic=False), ElfKind.STATIC),
        (elf(tags={DT_FLAGS_1: 0x08000000}), ElfKind.STATIC_PIE),
        (elf(tags={DT_DEBUG: 0}), ElfKind.STATIC_PIE),
        (elf(), ElfKind.LIBRARY),
        (elf(soname="ld.so.1", tags={DT_DEBUG: 0}), ElfKind.LIBRARY),
        (program(soname="libc.so.6", tags={}), ElfKind.LIBRARY),  # libc prints its version when it is run
        (elf(type=ET_REL), ElfKind.OBJECT),
        (elf(type=ET_REL, contents={".modinfo": b"license=GPL\0"}), ElfKind.KERNEL_MODULE),
        (elf(no_bits=[".text"]), ElfKind.DEBUG),
        (elf(type=ET_CORE), ElfKind.CORE),
        (elf(type=0xFE00), ElfKind.OTHER),
    ],
)
def test_kinds_are_told_apart(data: bytes, kind: ElfKind) -> None:
    assert parsed(data).kind is kind


@pytest.mark.parametrize("type_", [ET_REL, ET_CORE])
def test_what_no_process_loads_has_no_hardening(type_: int) -> None:
    found = parsed(elf(type=type_, stack=7))

    assert {found.pie, found.nx, found.canary, found.fortify, found.ibt} == {Answer.NOT_APPLICABLE}
    assert found.relro is Relro.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("tags", "relro"),
    [
        ({}, Relro.PARTIAL),
        ({DT_BIND_NOW: 0}, Relro.FULL),
        ({DT_FLAGS: 8}, Relro.FULL),
        ({DT_FLAGS_1: 1}, Relro.FULL),
        ({DT_FLAGS: 4, DT_FLAGS_1: 0x08000000}, Relro.PARTIAL),
    ],
)
def test_relro_is_full_with_any_of_the_three_bind_now_marks(tags: dict[int, int], relro: Relro) -> None:
    assert parsed(elf(tags=tags)).relro is relro


def test_without_its_segment_there_is_no_relro_however_symbols_are_bound() -> None:
    assert parsed(elf(relro=False, tags={DT_BIND_NOW: 0})).relro is Relro.NONE


def test_the_stack_is_executable_when_its_segment_says_so() -> None:
    assert parsed(elf(stack=7)).nx is Answer.NO
    assert parsed(elf(stack=6)).nx is Answer.YES


@pytest.mark.parametrize(("machine", "nx"), [(62, Answer.NO), (3, Answer.NO), (183, Answer.YES), (243, Answer.YES)])
def test_a_missing_stack_segment_means_what_the_machine_makes_of_it(machine: int, nx: Answer) -> None:
    assert parsed(elf(stack=None, machine=machine)).nx is nx


@pytest.mark.parametrize("name", ["__stack_chk_fail", "__stack_chk_guard", "__intel_security_cookie"])
def test_a_canary_handler_is_seen_among_imports_and_exports(name: str) -> None:
    assert parsed(program(imports=[name])).canary is Answer.YES
    assert parsed(program(imports=["puts"], exports=[name])).canary is Answer.YES


def test_no_canary_where_libraries_are_linked_and_no_handler_is() -> None:
    assert parsed(program(imports=["puts", "my__stack_chk_fail"])).canary is Answer.NO


def test_a_canary_cannot_apply_to_data_to_go_or_to_rust() -> None:
    assert parsed(elf()).canary is Answer.NOT_APPLICABLE
    assert parsed(program(imports=["puts"], contents={".go.buildinfo": b""})).canary is Answer.NOT_APPLICABLE
    assert (
        parsed(program(imports=["puts"], contents={".comment": b"rustc version 1.80"})).canary is Answer.NOT_APPLICABLE
    )


def test_a_static_program_shows_its_canary_in_the_symbols_that_strip_removes() -> None:
    assert parsed(elf(type=ET_EXEC, dynamic=False, symbols=["__stack_chk_fail"])).canary is Answer.YES
    assert parsed(elf(type=ET_EXEC, dynamic=False, symbols=["main"])).canary is Answer.NO
    assert parsed(elf(type=ET_EXEC, dynamic=False)).canary is Answer.UNKNOWN


def test_fortify_counts_checking_functions() -> None:
    found = parsed(program(imports=["__memcpy_chk", "__printf_chk", "__fdelt_chk", "memcpy"]))

    assert (found.fortify, found.fortified) == (Answer.YES, 3)


def test_checking_functions_that_are_offered_and_not_used_do_not_count() -> None:
    found = parsed(program(imports=["strlen"], exports=["__memcpy_chk"]))

    assert (found.fortify, found.fortified) == (Answer.NOT_APPLICABLE, 0)


@pytest.mark.parametrize(
    ("needed", "fortify"), [("libc.so.6", Answer.NO), ("libc.musl-x86_64.so.1", Answer.NOT_APPLICABLE)]
)
def test_fortify_is_missed_only_with_glibc(needed: str, fortify: Answer) -> None:
    assert parsed(program(needed=[needed], imports=["memcpy"])).fortify is fortify


@pytest.mark.parametrize("table", ["gnu", "sysv", None])
@pytest.mark.parametrize("sections", [True, False])
def test_imports_are_found_by_any_table_that_bounds_them(table: str | None, sections: bool) -> None:
    data = program(imports=["__memcpy_chk"], exports=["main"], hash=table, sections=sections)

    assert parsed(data).fortified == 1


def test_an_empty_gnu_hash_table_bounds_nothing() -> None:
    assert parsed(program(imports=["strlen", "__memcpy_chk"], exports=[])).fortified == 1


def test_writable_code_is_a_loaded_segment_with_both_rights() -> None:
    assert parsed(elf(load_flags=7)).rwx
    assert not parsed(elf(load_flags=5)).rwx


def test_text_relocations_are_told_by_tag_or_flag() -> None:
    assert parsed(elf(tags={DT_TEXTREL: 0})).textrel
    assert parsed(elf(tags={DT_FLAGS: 4})).textrel
    assert not parsed(elf(tags={DT_FLAGS: 8})).textrel


@pytest.mark.parametrize(("machine", "names"), [(62, ("ibt", "shstk")), (3, ("ibt", "shstk")), (183, ("bti", "pac"))])
def test_control_flow_protection_is_the_machines_own(machine: int, names: tuple[str, str]) -> None:
    first, both, none = (parsed(elf(machine=machine, features=bits)) for bits in (1, 3, 0))
    others = {"ibt", "shstk", "bti", "pac"} - set(names)

    assert [getattr(first, name) for name in names] == [Answer.YES, Answer.NO]
    assert [getattr(both, name) for name in names] == [Answer.YES, Answer.YES]
    assert [getattr(none, name) for name in names] == [Answer.NO, Answer.NO]
    assert {getattr(both, name) for name in others} == {Answer.NOT_APPLICABLE}


def test_stripped_files_have_no_symbol_table() -> None:
    assert parsed(program()).stripped is Answer.YES
    assert parsed(program(sections=False)).stripped is Answer.YES
    assert parsed(program(symbols=["main"])).stripped is Answer.NO


def test_debugging_information_is_a_section() -> None:
    assert parsed(program(contents={".debug_info": b"x"})).debug
    assert not parsed(program(contents={".debug_info.dwo": b"x"})).debug


@pytest.mark.parametrize(
    ("data", "language"),
    [
        (program(), Language.C),
        (elf(), Language.UNKNOWN),
        (program(needed=["libstdc++.so.6"]), Language.CPP),
        (program(imports=["__gxx_personality_v0"]), Language.CPP),
        (program(contents={".comment": b"GCC: (Debian 12.2.0)\0"}), Language.C),
        (program(contents={".comment": b"rustc version 1.80.0\0"}), Language.RUST),
        (program(contents={".dep-v0": b"x"}), Language.RUST),
        (program(needed=["libstd-0a1b.so"]), Language.RUST),
        (program(imports=["_Unwind_Backtrace"], contents={".rodata": b"/rustc/90b3/library/"}), Language.RUST),
        (program(imports=["puts"], contents={".rodata": b"/rustc/90b3/library/"}), Language.C),
        (elf(type=ET_EXEC, dynamic=False, contents={".rodata": b"/rustc/90b3/library/"}), Language.RUST),
        (program(contents={".gopclntab": b"x"}), Language.GO),
        (elf(type=ET_EXEC, dynamic=False, notes=[(b"Go\0\0", 4, b"id")], sections=False), Language.GO),
        (elf(type=ET_EXEC, dynamic=False, notes=[(b"GNU\0", 4, b"id")]), Language.UNKNOWN),
    ],
)
def test_languages_are_told_by_what_their_compilers_leave(data: bytes, language: Language) -> None:
    assert parsed(data).language is language


def test_a_static_go_program_needs_no_relro() -> None:
    assert parsed(elf(type=ET_EXEC, dynamic=False, relro=False, contents={".gopclntab": b""})).relro == "n/a"
    assert parsed(elf(type=ET_EXEC, dynamic=False, relro=False)).relro is Relro.NONE


@pytest.mark.parametrize(
    ("imports", "starts"),
    [
        (["execve", "puts"], True),
        (["execvp"], True),
        (["posix_spawn"], True),
        (["system"], True),
        (["popen"], True),
        (["puts", "filesystem_of"], False),
    ],
)
def test_what_starts_others_imports_how(imports: list[str], starts: bool) -> None:
    assert parsed(program(imports=imports)).starts_others is starts


@pytest.mark.parametrize(
    ("imports", "control"),
    [(["execve", "tcsetpgrp"], True), (["execvp", "setpgid"], True), (["execve", "puts"], False), (["killpg"], False)],
)
def test_job_control_is_what_shells_import(imports: list[str], control: bool) -> None:
    assert parsed(program(imports=imports)).job_control is control


def test_a_static_program_may_start_others_unless_it_is_gos() -> None:
    assert parsed(elf(type=ET_EXEC, dynamic=False)).starts_others
    assert parsed(elf(type=ET_EXEC, dynamic=False)).job_control
    assert not parsed(elf(type=ET_EXEC, dynamic=False, contents={".gopclntab": b""})).starts_others
    assert not parsed(elf(imports=["execve"])).starts_others  # a library


def test_an_interpreter_is_told_by_its_entry_point() -> None:
    assert parsed(program(imports=["Py_BytesMain"])).entry == "Py_BytesMain"
    assert parsed(program(imports=["perl_run"], exports=["perl_parse"])).entry == "perl_parse"
    assert parsed(program(imports=["Py_Initialize"])).entry is None


def test_the_entry_points_are_those_of_the_table() -> None:
    assert {symbol.decode() for symbol in ENTRIES} == {symbol for row in TABLE for symbol in row.entries}


def test_a_tail_shared_by_two_names_is_read_from_where_the_symbol_points() -> None:
    data = program(imports=["fread", "main"], tags={})
    places = data.index(b"\0fread\0") + 1
    start = data.index(b"\0fread\0")
    table = data.index(b"__libc_start_main") if b"__libc_start_main" in data else start
    assert places > 0
    assert table > 0
    # The symbol main is made to point into fread: linkers share the ends of strings.
    offset = places - start
    wrong = data.replace((offset + 6).to_bytes(4, "little") + b"\x12", (offset + 1).to_bytes(4, "little") + b"\x12", 1)

    assert wrong != data
    assert parsed(wrong).fortify is Answer.NO  # read(2) is one that glibc could check


def test_build_ids_of_objects_stand_in_note_sections() -> None:
    assert parsed(elf(type=ET_REL, build_id=b"\xab")).build_id == "ab"
    assert parsed(elf(type=ET_REL)).build_id is None


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "not an ELF file"),
        (b"\x7fEL", "not an ELF file"),
        (b"\x7fELF", "unknown class or byte order"),
        (b"\x7fELF\x03\x01" + bytes(58), "unknown class or byte order"),
        (b"\x7fELF\x02\x00" + bytes(58), "unknown class or byte order"),
        (program()[:63], "ends inside its header"),
    ],
)
def test_without_a_readable_header_there_is_an_error(data: bytes, text: str) -> None:
    with pytest.raises(ElfError, match=text):
        parsed(data)


@pytest.mark.parametrize(
    ("cut", "damaged"),
    [(64, ("sections", "segments")), (-1, ("sections",))],
)
def test_a_file_cut_short_says_which_tables_are_gone(cut: int, damaged: tuple[str, ...]) -> None:
    assert parsed(program()[:cut]).damaged == damaged


def test_a_wrong_record_size_makes_a_table_unreadable() -> None:
    data = bytearray(program())
    data[54] = 8  # e_phentsize

    found = parsed(bytes(data))

    assert found.damaged == ("segments",)
    assert (found.nx, found.needed) == (Answer.UNKNOWN, ())


def test_a_section_table_that_lies_does_not_hide_what_the_loader_reads() -> None:
    data = bytearray(program())
    data[40:48] = b"\xff" * 8  # e_shoff

    found = parsed(bytes(data))

    assert found.damaged == ("sections",)
    assert (found.kind, found.needed, found.canary) == (ElfKind.PIE, ("libc.so.6",), Answer.YES)


def test_names_that_are_not_utf8_are_kept_as_paths_are() -> None:
    assert parsed(elf(runpath="/opt/\udcff")).runpath == "/opt/\udcff"
