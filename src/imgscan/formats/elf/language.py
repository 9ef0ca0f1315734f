"""The language a file was compiled from, as far as it shows."""

from __future__ import annotations

from enum import StrEnum

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.sections import Sections
from imgscan.formats.elf.symbols import DynamicSymbols


class Language(StrEnum):
    """``C`` stands for every language that compiles to plain objects and links with a C library."""

    C = "c"
    CPP = "c++"
    GO = "go"
    RUST = "rust"
    UNKNOWN = "unknown"


_GO_SECTIONS = (b".go.buildinfo", b".gopclntab", b".note.go.buildid")
_RUST_SECTIONS = (b".dep-v0", b".rustc")
_RUST_PATH = b"/rustc/"
"""Panic messages of the standard library name its sources by this path; ``strip`` does not remove them."""
_RUST_LIBRARY = "\0libstd-"
_CPP_LIBRARIES = ("libstdc++.", "libc++.", "libc++abi.", "libsupc++.")
_CPP_SYMBOL = b"__gxx_personality_v0"
_UNWINDER = b"_Unwind_Backtrace"
"""Every program with Rust's standard library prints backtraces with it; few others do."""
_MAX_COMMENT = 4096
_MAX_TEXTS = 2 << 20


def language_of(
    content: ElfContent,
    sections: Sections,
    needed: tuple[str, ...],
    symbols: DynamicSymbols | None,
    go_note: bool,
    alone: bool,
) -> Language:
    """Return the language; of a mixed file that of the runtime which sets the compiler's defaults (Go, then Rust).

    ``alone``: a static program, which shows nothing of what it calls.
    """
    if go_note or (sections.mentions(b"go") and any(sections.find(name) for name in _GO_SECTIONS)):
        return Language.GO
    section = sections.find(b".comment")
    comment = content.kept(section.offset, min(section.size, _MAX_COMMENT)) if section else b""
    linked = "\0" + "\0".join(needed)
    if b"rustc version" in comment or _RUST_LIBRARY in linked:
        return Language.RUST
    if sections.mentions(_RUST_SECTIONS[0]) or sections.mentions(_RUST_SECTIONS[1]):
        return Language.RUST
    if (alone or (symbols is not None and symbols.has(_UNWINDER))) and _RUST_PATH in _texts(content, sections):
        return Language.RUST
    if "++" in linked and any(name.startswith(_CPP_LIBRARIES) for name in needed):
        return Language.CPP
    if symbols is not None and symbols.has(_CPP_SYMBOL):
        return Language.CPP
    return Language.C if needed or section else Language.UNKNOWN


def _texts(content: ElfContent, sections: Sections) -> bytes:
    """Return the start of the read-only data; without sections, of the file."""
    section = sections.find(b".rodata")
    result = content.kept(section.offset, min(section.size, _MAX_TEXTS)) if section else b""
    return result or content.kept(0, min(len(content.data), _MAX_TEXTS))
