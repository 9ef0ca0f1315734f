"""An observed content as an ELF file, parsed once for all analyzers that ask."""

from __future__ import annotations

import msgspec

from imgscan.errors import ElfError
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.file import ElfFile
from imgscan.formats.elf.language import Language
from imgscan.formats.elf.parse import parse_elf
from imgscan.model.observed import Content
from imgscan.shell.known import SHELLS, KnownProgram, Role, go_program_by_content, program_by_entry
from imgscan.shell.multicall import applets_of
from imgscan.system.elf.marks import program_by_search

MAGIC = b"\x7fELF"


def elf_in(content: Content) -> ElfFile | None:
    """Return the ELF file that a content is, None for any other; use it through ``content.derived``."""
    if content.view[:4] != MAGIC:
        return None
    try:
        return parse_elf(ElfContent(content.view, content.size, content.more))
    except ElfError:
        return None


class ProgramContent(msgspec.Struct, frozen=True):
    """What a program is by its content: the applets of a multi-call binary, and its row in the table."""

    applets: tuple[str, ...] = ()
    known: KnownProgram | None = None

    @property
    def shell(self) -> str | None:
        """Which shell it is, or which multi-call binary that has one or does not show what it has."""
        role = self.known.role if self.known is not None else None
        if self.known is not None and role is Role.SHELL:
            return self.known.name
        if role is Role.MULTI_CALL or self.applets:
            has_shell = not self.applets or not SHELLS.isdisjoint(self.applets)
            return (self.known.name if self.known is not None else "busybox") if has_shell else None
        return None

    @property
    def interpreter(self) -> str | None:
        """Which interpreter it is, or which program that runs commands on request."""
        return self.known.name if self.known is not None and self.known.role in (Role.LANGUAGE, Role.ESCAPE) else None

    @property
    def runs(self) -> str | None:
        """What it is to whoever calls it with rights that are not theirs: each of the table runs what it is given."""
        return self.shell or self.interpreter or (self.known.name if self.known is not None else None)


def program_in(content: Content) -> ProgramContent:
    """Return what a program is by its content; use it through ``content.derived``.

    Searching costs a look at every byte for each row, so it is done where the file's imports, or the want of any, show
    that it starts programs, as all of the table do, and for shells only where it moves them between process groups. Of
    Go's programs the paths of their main packages tell.
    """
    elf = content.derived(elf_in)
    if elf is None or not elf.is_program:
        return ProgramContent()
    if elf.entry is not None:
        return ProgramContent(known=program_by_entry(elf.entry))
    if elf.language is Language.GO:
        return ProgramContent(known=go_program_by_content(bytes(content.view)))
    if not elf.starts_others:
        return ProgramContent()
    texts = bytes(content.view[elf.texts :])
    return _searched(texts) if elf.job_control else ProgramContent(known=program_by_search(texts, no_shell=True))


def privileged_program_in(content: Content) -> ProgramContent:
    """Return the same of a file that runs with rights that are not its caller's, whatever it imports.

    Such files are few, and may have been made to be overlooked. Use it through ``content.derived``.
    """
    if content.view[:4] != MAGIC:
        return ProgramContent()
    result = content.derived(program_in)
    return result if result != ProgramContent() else _searched(bytes(content.view))


def _searched(content: bytes) -> ProgramContent:
    return ProgramContent(applets_of(content), program_by_search(content))
