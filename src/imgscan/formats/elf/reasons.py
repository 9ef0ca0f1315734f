"""hardening_of(): each protection of an ELF file with what in the file says that it is there, or is not."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.formats.elf.anatomy import Anatomy
from imgscan.formats.elf.file import LOADED, STATIC, Answer, ElfFile, ElfKind, Relro
from imgscan.formats.elf.fortify import FORTIFIABLE, FORTIFIED
from imgscan.formats.elf.hardening import CANARIES
from imgscan.wording import counted, listed

_NAMES = 5


class Protection(msgspec.Struct, frozen=True):
    """One line: the protection, whether the file has it, and why imgscan says so."""

    name: str
    answer: str
    reason: str


def hardening_of(elf: ElfFile, anatomy: Anatomy) -> tuple[Protection, ...]:
    """Return the protections that can apply to a file; none where it becomes no part of a process."""
    return tuple(_lines(elf, anatomy)) if elf.kind in LOADED else ()


def _lines(elf: ElfFile, anatomy: Anatomy) -> Iterator[Protection]:
    yield Protection("PIE", elf.pie, _pie(elf))
    yield Protection("NX", elf.nx, _nx(elf, anatomy))
    yield Protection("RELRO", elf.relro, _relro(elf, anatomy))
    yield Protection("canary", elf.canary, _canary(elf, anatomy))
    yield Protection("FORTIFY", elf.fortify, _fortify(elf, anatomy))
    rwx = [row for row in anatomy.segments if row.type == "PT_LOAD" and {"W", "E"} <= set(row.flags)]
    where = f"the segment at {rwx[0].address:#x} is loaded writable and executable" if rwx else "no segment is both"
    yield Protection("W^X", Answer.NO if elf.rwx else Answer.YES, where)
    relocated = (
        "DT_TEXTREL: the loader writes into the code" if elf.textrel else "the loader never writes into the code"
    )
    yield Protection("read-only code", Answer.NO if elf.textrel else Answer.YES, relocated)
    yield from _control_flow(elf, anatomy)
    yield Protection("search path", *_search_path(elf))


def _pie(elf: ElfFile) -> str:
    if elf.kind is ElfKind.LIBRARY:
        return "a shared library can be loaded at any address"
    if elf.pie is Answer.YES:
        return "type ET_DYN: loaded at another address in each run"
    return "type ET_EXEC: always loaded at the address that it was linked for"


def _nx(elf: ElfFile, anatomy: Anatomy) -> str:
    stacks = [row for row in anatomy.segments if row.type == "PT_GNU_STACK"]
    if stacks:
        return f"PT_GNU_STACK has the flags {stacks[0].flags or 'none'}"
    if elf.nx is Answer.UNKNOWN:
        return "there are no program headers"
    return f"no PT_GNU_STACK; without it the stack on {elf.machine} is {_stack(elf)}"


def _stack(elf: ElfFile) -> str:
    return "executable" if elf.nx is Answer.NO else "not executable"


def _relro(elf: ElfFile, anatomy: Anatomy) -> str:
    if elf.relro is Relro.FULL:
        return f"PT_GNU_RELRO, and {_bind_now(anatomy)} has all functions bound at the start"
    if elf.relro is Relro.PARTIAL:
        return "PT_GNU_RELRO without BIND_NOW: the table of lazily bound functions stays writable"
    if elf.relro is Relro.NOT_APPLICABLE:
        return "a static Go program has no relocated tables"
    if elf.relro is Relro.UNKNOWN:
        return "PT_GNU_RELRO, and no dynamic section that can be read"
    return "no PT_GNU_RELRO"


def _bind_now(anatomy: Anatomy) -> str:
    values = {row.tag: row.value for row in anatomy.dynamic}
    if values.get("DT_FLAGS_1", 0) & 1:
        return "DF_1_NOW"
    return "DF_BIND_NOW" if values.get("DT_FLAGS", 0) & 8 else "DT_BIND_NOW"


def _canary(elf: ElfFile, anatomy: Anatomy) -> str:
    names = sorted({row.name for row in anatomy.symbols} & {name.decode() for name in CANARIES})
    if names:
        return f"the dynamic symbols have {names[0]}"
    if elf.canary is Answer.YES:
        return "the symbol table has __stack_chk_fail"
    if elf.canary is Answer.UNKNOWN:
        return "stripped: no symbol says" if elf.kind in STATIC else "the dynamic symbols cannot be read"
    if elf.canary is Answer.NOT_APPLICABLE:
        return f"{elf.language}: needs none" if elf.needed else "needs no library that could have the handler"
    return "no symbol __stack_chk_fail: not compiled with -fstack-protector, or no function needed it"


def _fortify(elf: ElfFile, anatomy: Anatomy) -> str:
    imports = {row.name for row in anatomy.symbols if not row.defined}
    checked = sorted(imports & {name.decode() for name in FORTIFIED})
    plain = sorted(imports & {name.decode() for name in FORTIFIABLE})
    if elf.fortify is Answer.YES:
        return f"imports {counted(elf.fortified, 'checking function')}" + (
            f" ({listed(checked, _NAMES)})" if checked else ""
        )
    if elf.fortify is Answer.NO:
        return f"imports {listed(plain, _NAMES)}, and none of the functions that check"
    if elf.fortify is Answer.UNKNOWN:
        return "the dynamic symbols cannot be read"
    return "calls no function of glibc that could check"


def _control_flow(elf: ElfFile, anatomy: Anatomy) -> Iterator[Protection]:
    """Yield what the note on the features of the whole file says, for machines that know such."""
    noted = any(row.type == "NT_GNU_PROPERTY_TYPE_0" for row in anatomy.notes)
    named = (("IBT", elf.ibt), ("SHSTK", elf.shstk), ("BTI", elf.bti), ("PAC", elf.pac))
    for name, answer in named:
        if answer is not Answer.NOT_APPLICABLE:
            has = "has the bit" if answer is Answer.YES else "does not have the bit" if noted else "is not there"
            yield Protection(name, answer, f"the note NT_GNU_PROPERTY_TYPE_0 {has}")


def _search_path(elf: ElfFile) -> tuple[str, str]:
    name, text = ("RUNPATH", elf.runpath) if elf.runpath is not None else ("RPATH", elf.rpath)
    if text is None:
        return "none", "no RPATH, no RUNPATH: libraries come from the folders of the system"
    bad = [part for part in text.split(":") if not part.startswith(("/", "$ORIGIN", "${ORIGIN}"))]
    what = "; relative folders depend on where the program is started" if bad else ""
    return text, f"DT_{name}: looked in before the folders of the system{what}"
