"""Modules of Go and crates of Rust, which the programs made of them name."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import msgspec

from imgscan.errors import PackageDataError
from imgscan.formats.packages.executable import MAGICS, Executable, executable_in
from imgscan.formats.packages.go_buildinfo import NOTE, GoBuild, find_go_build, parse_go_buildinfo
from imgscan.formats.packages.rust_audit import find_crates
from imgscan.model.entry import Entry
from imgscan.model.finding import Item
from imgscan.model.interest import Excerpt, Interest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.package import PackageRecord, PackageType
from imgscan.model.rule import Rules
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.facts import recorded
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.items import package_item
from imgscan.system.packages.owners import owners
from imgscan.wording import listed


class ProgramFact(msgspec.Struct, frozen=True, kw_only=True):
    """What one program names, or why that is not known."""

    toolchain: str = ""
    """The version of Go, empty for a program of another language."""
    modules: tuple[PackageRecord, ...] = ()
    damage: str = ""
    """What is wrong with its lists."""
    unsearched: bool = False
    """Whether it is too large to be searched whole."""


class Golang:
    """Lists what Go and Rust name in the programs that they make: an item a module or crate, in section packages.

    Whole programs are read, since the linkers put their lists into sections. Of one over 48 MiB, Go's list is looked
    for behind the note that its linker puts into the first page; a program without that note is told as not read.
    """

    id = "golang"
    rules: Rules = MappingProxyType({})
    needs = (PackageFiles,)
    version = 2
    fact = ProgramFact
    interest = Interest(
        magics=MAGICS,
        # Magic, pointer size, flags: programs that read build information have the bare magic among their constants.
        excerpt=Excerpt(NOTE, rb"\xff Go buildinf:[\x04\x08][\x00-\x03].{16}", 32, 256 * 1024),
        max_content_bytes=48 * 1024 * 1024,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[ProgramFact]:
        """Yield the modules and crates of a program, or why they are not known."""
        if not content.whole and not content.excerpt:
            if not _is_library(content):
                yield ProgramFact(unsearched=True)
            return
        try:
            program = executable_in(content.view) if content.whole else None  # once, for both
            build = _go_build(content, program)
            crates = find_crates(content.view, program) if program is not None else ()
        except PackageDataError as error:
            yield ProgramFact(damage=error.message)
            return
        if build is not None:
            yield ProgramFact(toolchain=build.toolchain, modules=tuple(map(_bounded, build.modules)))
        if crates:
            yield ProgramFact(modules=tuple(map(_bounded, crates)))

    def conclude(self, view: ImageView) -> Iterator[Item | Gap]:
        """Yield an item a module of each visible program, the toolchain's standard library too."""
        unread: list[str] = []
        large = 0
        index = view.derived(owners)
        for fact in view.visible(self):
            if fact.data.damage:
                unread.append(fact.data.damage)
                continue
            if fact.data.unsearched:
                large += 1
                continue
            owner = index.system(fact.names[0])
            toolchain = fact.data.toolchain
            library = (PackageRecord(type=PackageType.GOLANG, name="stdlib", version=toolchain),) if toolchain else ()
            for module in (*library, *fact.data.modules):
                package = InstalledPackage(record=module, database=fact.names[0], layer=fact.layer.index)
                yield Item("packages", package_item(view, package, None, owner))
        if unread:
            why = f"their lists of modules or crates are damaged: {listed(sorted(set(unread)), 2)}"
            yield Gap(cause=Cause.DAMAGE, what=_WHAT, count=len(unread), why=why, rules=_OPEN)
        if large:
            why = "without the note of Go's linker, and too large to be searched whole"
            yield Gap(cause=Cause.LIMIT, what="modules of programs over 48 MiB", count=large, why=why)


_WHAT = "modules of Go and Rust programs"
_OPEN = ("vulnerabilities.*",)


def _is_library(content: Content) -> bool:
    """Whether a content is a shared object that no system starts: the large ones are compilers' and browsers'."""
    head = bytes(content.view[:4096])
    return head.startswith(b"\x7fELF") and head[16:18] in (b"\x03\0", b"\0\x03") and b"/ld" not in head


def _bounded(record: PackageRecord) -> PackageRecord:
    """Return a record as facts keep it: texts of a bounded length, shared where several programs have them."""
    return recorded(record).record


def _go_build(content: Content, program: Executable | None) -> GoBuild | None:
    build = find_go_build(content.view, program) if program is not None else None
    if build is None and content.excerpt:  # its pointers lead elsewhere when it is of an old form
        return parse_go_buildinfo(content.excerpt)
    return build
