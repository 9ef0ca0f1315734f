"""What files are that run with rights that are not their caller's: SUID and SGID files, files with capabilities.

They are few, and may have been made to be overlooked: each is looked through, and whoever rates one asks here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from imgscan.formats.elf.ranges import elf_ranges
from imgscan.model.entry import Entry
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.rootfs.tree import Ref
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.content import privileged_program_in


class PrivilegedProgram(msgspec.Struct, frozen=True):
    """One such program that is in the table of shells and interpreters; ``runs`` is what it is called there."""

    runs: str
    applets: tuple[str, ...] = ()
    shell: str | None = None
    interpreter: str | None = None


class PrivilegedPrograms:
    """Observes files that run with rights that are not their caller's, as far as 64 MiB each."""

    id = "privileged"
    version = 1
    fact = PrivilegedProgram
    interest = Interest(
        any_mode=0o6000,
        xattrs=frozenset({"security.capability"}),
        max_content_bytes=64 * 1024 * 1024,
        ranges=elf_ranges,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[PrivilegedProgram]:
        """Yield what a program of the table is."""
        inside = content.derived(privileged_program_in)
        if inside.runs is not None:
            yield PrivilegedProgram(inside.runs, inside.applets, inside.shell, inside.interpreter)


def privileged_programs(view: ImageView) -> Mapping[Ref, PrivilegedProgram]:
    """Return the programs of the table by the place of their content; made for ``view.derived``."""
    return {fact.ref: fact.data for fact in view.facts(PrivilegedPrograms)}
