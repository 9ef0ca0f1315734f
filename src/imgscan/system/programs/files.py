"""Programs by name and by content, and files that say what is started, read in each layer."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.system.elf.content import MAGIC, elf_in, program_in
from imgscan.system.programs.names import sections_of
from imgscan.system.programs.unit_files import GLOBS, MAGICS, NAMES, SUFFIXES, names_user, starts_of


class ProgramFact(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is a program by name or content, or that starts something; some field says something."""

    named: bool = False
    """Whether its name is in the tables."""
    elf: bool = False
    """Whether it is an ELF program; asked for only where its name or content is known."""
    applets: tuple[str, ...] = ()
    """What a multi-call binary can be run as, by its content."""
    shell: str | None = None
    """Which shell it is by its content."""
    runtime: str | None = None
    """Which interpreter it is by its content, or which program that runs commands on request."""
    starts: tuple[str, ...] = ()
    """Names and paths of what a script or unit starts."""
    user: bool = False
    """Whether it starts that as another user than root."""

    @property
    def known_inside(self) -> bool:
        """Whether its content says what it is."""
        return bool(self.applets or self.shell or self.runtime)


class ProgramFiles:
    """Observes programs that are known by name or content, and scripts and units that start something."""

    id = "programs"
    version = 4
    fact = ProgramFact
    interest = Interest(
        any_mode=0o111,
        magics=MAGICS,
        names=NAMES,
        suffixes=SUFFIXES,
        globs=GLOBS,
        kinds=frozenset({EntryKind.FILE, EntryKind.SYMLINK, EntryKind.HARDLINK}),
        max_content_bytes=PREFIX_BYTES,
        ranges=elf_ranges,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[ProgramFact]:
        """Yield a fact on a name that is known, a content that is, and a script or unit that starts something."""
        named = bool(sections_of(base_name(entry.path)) and entry.mode & 0o111)
        if content.view[:4] == MAGIC:
            inside = content.derived(program_in)
            if named or inside.applets or inside.known is not None:
                elf = content.derived(elf_in)
                is_program = elf is not None and elf.is_program
                yield ProgramFact(
                    named=named,
                    elf=is_program,
                    applets=inside.applets,
                    shell=inside.shell,
                    runtime=inside.interpreter,
                )
            return
        starts = starts_of(entry.path, content.view) if content.size else []
        if named or starts:
            user = bool(starts) and names_user(entry.path, content.view)
            yield ProgramFact(named=named, starts=tuple(starts), user=user)
