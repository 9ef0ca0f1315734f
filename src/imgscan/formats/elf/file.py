"""What one ELF file is, as a value."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from imgscan.formats.elf.language import Language


class ElfKind(StrEnum):
    """What a file is for; executables are told apart by how they are linked and loaded."""

    EXECUTABLE = "executable"
    PIE = "pie"
    STATIC = "static"
    STATIC_PIE = "static-pie"
    LIBRARY = "library"
    OBJECT = "object"
    KERNEL_MODULE = "kernel-module"
    DEBUG = "debug"
    CORE = "core"
    OTHER = "other"


class Answer(StrEnum):
    """Whether a file has a property; N/A where it cannot apply, UNKNOWN where the bytes that tell are not there."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "n/a"
    UNKNOWN = "unknown"


class Relro(StrEnum):
    """Which relocated data is read-only once the program runs: FULL includes the table of lazily bound functions."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    NOT_APPLICABLE = "n/a"
    UNKNOWN = "unknown"


STATIC = frozenset({ElfKind.STATIC, ElfKind.STATIC_PIE})
"""Programs that no loader completes."""
PROGRAMS = STATIC | {ElfKind.EXECUTABLE, ElfKind.PIE}
"""What the kernel can start."""
LOADED = PROGRAMS | {ElfKind.LIBRARY}
"""What becomes part of a process; to the others no hardening property applies."""


class ElfFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ELF file's properties.

    ``interpreter``, ``needed``, ``rpath``, ``runpath`` and ``soname`` as written, None without; ``build_id`` in hex.
    ``nx``: the stack is not executable. ``fortified`` counts the checking functions it imports. ``rwx``: a segment is
    both writable and executable. ``ibt``, ``shstk``: Intel CET; ``bti``, ``pac``: AArch64. ``overlay``: bytes appended
    behind the file proper. ``starts_others``: a program that may be a shell or an interpreter, since it starts
    programs, or is static and does not show what it calls; with ``job_control`` a shell perhaps. ``texts``: where its
    read-only data starts, 0 when unknown. ``entry``: the function by which it starts a language's interpreter.
    ``damaged`` names the tables that are malformed; with ``unkept`` a table stood in a part of the file that was not
    kept, and what depends on it is unknown.
    """

    kind: ElfKind
    machine: str
    bits: int = 64
    little: bool = True
    language: Language = Language.UNKNOWN
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    soname: str | None = None
    build_id: str | None = None
    stripped: Answer = Answer.UNKNOWN
    debug: bool = False
    pie: Answer = Answer.NOT_APPLICABLE
    nx: Answer = Answer.NOT_APPLICABLE
    relro: Relro = Relro.NOT_APPLICABLE
    canary: Answer = Answer.NOT_APPLICABLE
    fortify: Answer = Answer.NOT_APPLICABLE
    fortified: int = 0
    rwx: bool = False
    textrel: bool = False
    ibt: Answer = Answer.NOT_APPLICABLE
    shstk: Answer = Answer.NOT_APPLICABLE
    bti: Answer = Answer.NOT_APPLICABLE
    pac: Answer = Answer.NOT_APPLICABLE
    packer: str | None = None
    overlay: int = 0
    starts_others: bool = False
    job_control: bool = False
    texts: int = 0
    entry: str | None = None
    damaged: tuple[str, ...] = ()
    unkept: bool = False

    @property
    def is_program(self) -> bool:
        """Whether the kernel can start it."""
        return self.kind in PROGRAMS
