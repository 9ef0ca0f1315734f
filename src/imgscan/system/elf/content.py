"""An observed content as an ELF file, parsed once for all analyzers that ask."""

from __future__ import annotations

from imgscan.errors import ElfError
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.file import ElfFile
from imgscan.formats.elf.parse import parse_elf
from imgscan.model.observed import Content
from imgscan.shell.known import shell_in
from imgscan.shell.multicall import applets_of

MAGIC = b"\x7fELF"


def elf_in(content: Content) -> ElfFile | None:
    """Return the ELF file that a content is, None for any other; use it through ``content.derived``."""
    if content.view[:4] != MAGIC:
        return None
    try:
        return parse_elf(ElfContent(content.view, content.size, content.more))
    except ElfError:
        return None


def program_in(content: Content) -> tuple[tuple[str, ...], str | None, str | None]:
    """Return what a program is by its content: applets of a multi-call binary, name of a shell, name of a runtime.

    Searching costs a look at every byte, so it is done where the file's imports, or the want of any, make a shell
    possible: it starts programs and moves them between process groups. What starts a language's interpreter is that
    and no shell. Use it through ``content.derived``.
    """
    elf = content.derived(elf_in)
    if elf is None or not elf.is_program:
        return (), None, None
    if not elf.job_control or elf.runtime:
        return (), None, elf.runtime
    texts = bytes(content.view[elf.texts :])
    applets = applets_of(texts)
    return applets, None if applets else shell_in(texts), elf.runtime
