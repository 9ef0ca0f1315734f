"""Programs that no package brought, by the version that each of them states in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import msgspec

from imgscan.analyzers.binaries.table import known_programs, rows_of
from imgscan.model.entry import Entry
from imgscan.model.finding import Item
from imgscan.model.interest import Interest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.package import PackageRecord, PackageType
from imgscan.model.rule import Rules
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.items import package_item
from imgscan.system.packages.owners import owners


class ProgramFact(msgspec.Struct, frozen=True, kw_only=True):
    """A known program by its content; or ``large``, the bytes of one whose version does not stand in its start."""

    name: str = ""
    version: str = ""
    type: str = ""
    cpe: str = ""
    large: int = 0


class Binaries:
    """Lists known programs outside of packages, as official images put them under /usr/local: an item each.

    A table names a hundred programs by the names of their files and the words in which they state their versions. Of a
    program over 48 MiB the first 48 are searched; one in which nothing is found is told as not read whole.
    """

    id = "binaries"
    version = 2
    fact = ProgramFact
    needs = (PackageFiles,)
    rules: Rules = MappingProxyType({})

    def __init__(self) -> None:
        """Ask for the files that the table names."""
        names = frozenset(known_programs())
        # Libraries by what they are: their files have more numbers in their names than the table.
        self.interest = Interest(names=names, magics=(b"\x7fELF",), max_content_bytes=48 * 1024 * 1024)

    def observe(self, entry: Entry, content: Content) -> Iterator[ProgramFact]:
        """Yield what a file of a known name is, by its content; nothing of another program of that name."""
        rows, result = rows_of(entry.path), False
        for program in rows:
            version = program.version_in(entry.path, content.view)
            if version:
                result = True
                yield ProgramFact(name=program.name, version=version, type=program.type, cpe=program.cpe_of(version))
        if rows and not result and not content.whole:
            yield ProgramFact(large=content.size)

    def conclude(self, view: ImageView) -> Iterator[Item | Gap]:
        """Yield an item each visible program that no package of the system owns; of several files of one the first."""
        index = view.derived(owners)
        seen: set[tuple[str, str, str]] = set()
        large = 0
        for fact in view.visible(self):
            path = fact.names[0]
            if index.system(path) is not None:
                continue
            if fact.data.large:
                large += 1
                continue
            name, version = fact.data.name, fact.data.version
            # A program, its library and its header file of one installation are one: they share what is above bin/.
            key = (name, version, path.split("/")[0])
            if key in seen:
                continue
            seen.add(key)
            record = PackageRecord(type=PackageType(fact.data.type), name=name, version=version)
            package = InstalledPackage(record=record, database=path, layer=fact.layer.index)
            item = package_item(view, package, None)
            yield Item("packages", {**item, "cpe": fact.data.cpe} if fact.data.cpe else item)
        if large:
            why = "no version in their first 48 MiB, and no more of them is searched"
            yield Gap(cause=Cause.LIMIT, what="versions of known programs", count=large, why=why)
