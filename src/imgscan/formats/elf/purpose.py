"""What a loadable file is: program or library, a shell perhaps, the interpreter of a language."""

from __future__ import annotations

from imgscan.formats.elf.dynamic import DT_DEBUG, DT_SONAME
from imgscan.formats.elf.file import STATIC, ElfKind
from imgscan.formats.elf.header import ET_EXEC
from imgscan.formats.elf.language import Language
from imgscan.formats.elf.symbols import DynamicSymbols
from imgscan.formats.elf.tables import Tables

_GROUPS = (b"tcsetpgrp", b"setpgid", b"setpgrp", b"killpg")
_STARTERS = (b"exec", b"spawn", b"\0system\0", b"popen", b"fork")
"""Parts of the names of what starts a program: to make a set of all names would cost more than the search it saves."""
ENTRIES = tuple(b"Py_BytesMain Py_Main perl_parse ruby_run_node php_execute_script _ZN4node5StartEiPPc".split())
"""Functions by which a program starts the library of a language's interpreter, or by which it offers its own."""


def kind_of(tables: Tables) -> ElfKind:
    """Return what a loadable file is.

    ET_DYN alone does not tell a program from a library: DF_1_PIE does, where the linker is new enough to set it. Else
    a program asks for a loader and has no soname (libc.so.6 asks for one too, to print its version when run), or it
    needs none and has the tag that linkers write for debuggers into programs only.
    """
    dynamic = tables.dynamic
    if tables.header.type == ET_EXEC:
        return ElfKind.EXECUTABLE if tables.interpreter is not None or dynamic.needed else ElfKind.STATIC
    if tables.interpreter is not None:
        return ElfKind.PIE if dynamic.pie_flag or DT_SONAME not in dynamic.tags else ElfKind.LIBRARY
    alone = not dynamic.needed and DT_SONAME not in dynamic.tags
    return ElfKind.STATIC_PIE if alone and (dynamic.pie_flag or DT_DEBUG in dynamic.tags) else ElfKind.LIBRARY


def starts_others(kind: ElfKind, symbols: DynamicSymbols | None, language: Language) -> bool:
    """Whether a program may start others, by what it calls; true for any static one that is not Go's or Rust's."""
    if language in (Language.GO, Language.RUST):
        return False
    if kind in STATIC or symbols is None:
        return True
    return any(map(symbols.has_part, _STARTERS))


def has_job_control(kind: ElfKind, symbols: DynamicSymbols | None) -> bool:
    """Whether what starts others also moves them between process groups, as shells do; true for any static one."""
    return kind in STATIC or symbols is None or any(map(symbols.has, _GROUPS))


def entry_of(symbols: DynamicSymbols | None) -> str | None:
    """Return which of ``ENTRIES`` a program imports or offers, the first of them."""
    if symbols is not None:
        for symbol in ENTRIES:
            if symbols.has(symbol):
                return symbol.decode()
    return None
