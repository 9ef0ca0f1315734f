"""Go modules, which Go's linker names in every binary it makes."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.packages.analyzer import package_item
from imgscan.errors import PackageDataError
from imgscan.formats.packages.go_buildinfo import NOTE, parse_go_buildinfo
from imgscan.model.entry import Entry
from imgscan.model.finding import Item
from imgscan.model.interest import Excerpt, Interest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.owners import owners
from imgscan.system.packages.records import record_data, record_from


class Golang:
    """Lists the toolchain and the modules of each Go binary: an item a module, in the section of packages.

    A Go binary has a note by its linker in its first page; only in such files is the build information looked for.
    """

    id = "golang"
    needs = (PackageFiles,)
    version = 1
    interest = Interest(
        magics=(b"\x7fELF",),
        # Magic, pointer size, flags: programs that read build information have the bare magic among their constants.
        excerpt=Excerpt(NOTE, rb"\xff Go buildinf:[\x04\x08][\x00-\x03].{16}", 32, 256 * 1024),
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield the modules of a Go binary, or why they are not known."""
        if not content.excerpt:
            return
        try:
            build = parse_go_buildinfo(content.excerpt)
        except PackageDataError as error:
            yield {"error": str(error)}
            return
        yield {"toolchain": build.toolchain, "modules": [record_data(module) for module in build.modules]}

    def conclude(self, view: ImageView) -> Iterator[Item | Gap]:
        """Yield an item a module of each visible binary, the toolchain's standard library too."""
        unread = 0
        index = view.derived(owners)
        for fact in view.visible(self):
            if "error" in fact.data:
                unread += 1
                continue
            owner = index.system(fact.names[0])
            library = {"type": "golang", "name": "stdlib", "version": fact.data["toolchain"].removeprefix("go")}
            for module in [library, *fact.data["modules"]]:
                package = InstalledPackage(record=record_from(module), database=fact.names[0], layer=fact.layer.index)
                yield Item("packages", package_item(view, package, None, owner))
        if unread:
            yield Gap(
                cause=Cause.UNSUPPORTED,
                what="modules of Go binaries",
                count=unread,
                why="build information of another form than Go 1.18 and later write",
                rules=("vulnerabilities.*",),
            )
