"""Programs by name and by content, and files that say what is started, read in each layer."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.system.elf.content import MAGIC, elf_in, program_in
from imgscan.system.programs.names import sections_of
from imgscan.system.programs.start_files import GLOBS, MAGICS, NAMES, SUFFIXES, names_user, starts_of


class ProgramFiles:
    """Observes programs that are known by name or content, and scripts and units that start something."""

    id = "programs"
    version = 3
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

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield a fact on a name that is known, a content that is, and a script or unit that starts something.

        Keys, each only where it says something: ``named`` (its name is in the tables), ``elf`` (an ELF program),
        ``applets``, ``shell`` and ``runtime`` (by content), ``starts`` (names and paths), ``user`` (as another than
        root).
        """
        data: Data = {}
        if sections_of(base_name(entry.path)) and entry.mode & 0o111:
            data["named"] = True
        if content.view[:4] == MAGIC:
            applets, shell, runtime = content.derived(program_in)
            found = {"applets": list(applets), "shell": shell, "runtime": runtime}
            data |= {key: value for key, value in found.items() if value}
            elf = content.derived(elf_in) if data else None
            if elf is not None and elf.is_program:
                data["elf"] = True
        elif content.size and (starts := starts_of(entry.path, content.view)):
            data["starts"] = starts
            if names_user(entry.path, content.view):
                data["user"] = True
        if data:
            yield data
