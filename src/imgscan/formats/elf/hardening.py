"""Protections that compiler and linker put into a program or library.

Sources: ld(1) ``-z`` keywords; gcc(1) ``-fstack-protector``, ``-fcf-protection``; feature_test_macros(7)
``_FORTIFY_SOURCE``; the x86-64 and AArch64 psABI.
"""

from __future__ import annotations

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.file import STATIC, Answer, ElfKind, Relro
from imgscan.formats.elf.fortify import FORTIFIABLE
from imgscan.formats.elf.language import Language
from imgscan.formats.elf.machines import EM_AARCH64, X86, default_stack_executable
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.segments import PF_W, PF_X, PT_GNU_RELRO, PT_GNU_STACK, Segments
from imgscan.formats.elf.tables import Tables

CANARIES = (b"__stack_chk_fail", b"__stack_chk_guard", b"__intel_security_cookie")
_WRITABLE_CODE = PF_W | PF_X
_MANAGED = frozenset({Language.GO, Language.RUST})


def pie_of(kind: ElfKind) -> Answer:
    """Return whether a program can be loaded at any address; every library can."""
    if kind is ElfKind.LIBRARY:
        return Answer.NOT_APPLICABLE
    return Answer.YES if kind in (ElfKind.PIE, ElfKind.STATIC_PIE) else Answer.NO


def nx_of(tables: Tables) -> Answer:
    """Return whether the stack is not executable."""
    if not tables.segments.number:
        return Answer.UNKNOWN
    stack = tables.segments.first(PT_GNU_STACK)
    executable = default_stack_executable(tables.header.machine) if stack is None else bool(stack.flags & PF_X)
    return Answer.NO if executable else Answer.YES


def relro_of(kind: ElfKind, tables: Tables, language: Language) -> Relro:
    """Return the RELRO level; a static Go program has no relocated tables to protect."""
    if tables.segments.first(PT_GNU_RELRO) is None:
        return Relro.NOT_APPLICABLE if kind is ElfKind.STATIC and language is Language.GO else Relro.NONE
    if not tables.has_dynamic:
        return Relro.UNKNOWN
    return Relro.FULL if tables.dynamic.bind_now else Relro.PARTIAL


def canary_of(content: ElfContent, kind: ElfKind, tables: Tables, language: Language) -> Answer:
    """Return whether functions check their stack frames: they call a handler, imported or their own."""
    symbols = tables.symbols
    if symbols is not None:
        for name in CANARIES:
            if symbols.has(name):
                return Answer.YES
    static = kind in STATIC
    names = _symbol_names(content, tables.sections) if static else b""
    if names and b"\0__stack_chk_fail\0" in names:
        return Answer.YES
    if symbols is None or names is None:
        return Answer.UNKNOWN
    if language in _MANAGED:
        return Answer.NOT_APPLICABLE
    if static:
        return Answer.NO if tables.sections.symtab else Answer.UNKNOWN
    return Answer.NO if tables.dynamic.needed else Answer.NOT_APPLICABLE


def _symbol_names(content: ElfContent, sections: Sections) -> bytes | None:
    """Return the names that ``strip`` removes, empty where it did, None when they were not kept."""
    table = sections.find(b".strtab")
    return b"" if table is None else content.read(table.offset, table.size, "symbol names")


def fortify_of(tables: Tables, fortified: int, language: Language) -> Answer:
    """Return whether any call that glibc could check is checked; without such calls the question does not arise."""
    if tables.symbols is None:
        return Answer.UNKNOWN
    if fortified:
        return Answer.YES
    if language in _MANAGED or not any(name.startswith("libc.so.") for name in tables.dynamic.needed):
        return Answer.NOT_APPLICABLE
    return Answer.NO if tables.symbols.imports_any(FORTIFIABLE) else Answer.NOT_APPLICABLE


def has_writable_code(segments: Segments) -> bool:
    """Whether a segment is loaded both writable and executable."""
    return any(item[1] & _WRITABLE_CODE == _WRITABLE_CODE for item in segments.loads)


def control_flow_of(tables: Tables) -> dict[str, Answer]:
    """Return by property which hardware control-flow protection the whole file was compiled for."""
    machine = tables.header.machine
    names = ("ibt", "shstk") if machine in X86 else ("bti", "pac") if machine == EM_AARCH64 else ()
    bits = tables.notes.features or 0
    return {name: Answer.YES if bits >> index & 1 else Answer.NO for index, name in enumerate(names)}
