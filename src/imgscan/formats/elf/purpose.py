"""What a loadable file is: program or library, a shell perhaps, the interpreter of a language."""

from __future__ import annotations

from imgscan.formats.elf.dynamic import DT_DEBUG, DT_SONAME
from imgscan.formats.elf.file import STATIC, ElfKind
from imgscan.formats.elf.header import ET_EXEC
from imgscan.formats.elf.language import Language
from imgscan.formats.elf.symbols import DynamicSymbols
from imgscan.formats.elf.tables import Tables

_GROUPS = (b"tcsetpgrp", b"setpgid", b"setpgrp", b"killpg")
_RUNTIMES = (
    (b"Py_BytesMain", "python"),
    (b"Py_Main", "python"),
    (b"perl_parse", "perl"),
    (b"ruby_run_node", "ruby"),
    (b"php_execute_script", "php"),
    (b"_ZN4node5StartEiPPc", "node"),
)


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


def has_job_control(kind: ElfKind, symbols: DynamicSymbols | None, language: Language) -> bool:
    """Whether a program may be a shell, by what it calls; true for any static one that is not Go's or Rust's."""
    if language in (Language.GO, Language.RUST):
        return False
    if kind in STATIC:
        return True
    return symbols is not None and any(map(symbols.has, _GROUPS)) and symbols.has_part(b"exec")


def runtime_of(symbols: DynamicSymbols | None) -> str | None:
    """Return the language whose interpreter a program starts or offers to others, by its entry point's name."""
    if symbols is not None:
        for symbol, name in _RUNTIMES:
            if symbols.has(symbol):
                return name
    return None
