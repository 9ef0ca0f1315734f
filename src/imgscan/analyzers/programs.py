"""Shells, package managers and network tools: programs that serve an intruder and seldom a service."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.places import absolute, item_of_node, shell_word
from imgscan.analyzers.program_names import MULTI_CALL, SECTIONS
from imgscan.formats.busybox import busybox_applets
from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item, Severity
from imgscan.rootfs.view import ImageView, Node

_MIB = 1024 * 1024
_STANDARD = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_NAMES = frozenset().union(MULTI_CALL, *(names for _, names in SECTIONS))
# A BusyBox whose names are hardlinks stands in the layer under the first of them.
_FIRST_APPLETS = frozenset(["[", "[[", "acpid", "add-shell", "addgroup", "adduser", "adjtimex", "arch", "ar", "ascii"])
_WHAT = {
    "shells": ("programs.shell", "a shell"),
    "package_managers": ("programs.package-manager", "a package manager"),
    "network_tools": ("programs.network-tool", "a network tool"),
}


class Programs:
    """One item per real file: its names, and for BusyBox the applets that its own table lists.

    A name counts where it can be run: an executable file, or a link to one, in a directory of PATH, in a standard
    one, or in any directory called bin or sbin.
    """

    id = "programs"
    version = 1
    interest = Interest(
        names=_NAMES | _FIRST_APPLETS,
        kinds=frozenset({EntryKind.FILE, EntryKind.SYMLINK, EntryKind.HARDLINK}),
        max_content_bytes=4 * _MIB,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact for each name, with the applets of a BusyBox."""
        applets = busybox_applets(content.data) if content.data.startswith(b"\x7fELF") else ()
        if applets or base_name(entry.path) in _NAMES:
            yield {"applets": list(applets)}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item and a finding for each file and section it belongs to."""
        names: dict[int, set[str]] = {}
        applets: dict[int, list[str]] = {}
        whole: set[int] = set()
        folders = _program_folders(view)

        @cache
        def runs_from(folder: str) -> bool:
            return folder in folders or base_name(folder) in ("bin", "sbin")

        for fact in view.visible(self.id):
            node = view.stat(fact.names[0])
            if node is None or node.kind is not EntryKind.FILE or not node.entry.mode & 0o111:
                continue
            if fact.data["applets"] and node.inode == fact.ref:
                applets[node.inode] = fact.data["applets"]
            if fact.entry.kind is EntryKind.FILE:
                if node.inode in whole:
                    continue  # another hardlink of a file whose names are all known
                whole.add(node.inode)
            names.setdefault(node.inode, set()).update(path for path in fact.names if runs_from(parent_of(path)))
        for inode in sorted(names.keys() | applets.keys()):
            real = self._real(view, inode, names.get(inode, set()))
            if real is not None:
                yield from self._tell(view, real, names.get(inode, set()), applets.get(inode, []))

    def _real(self, view: ImageView, inode: int, names: set[str]) -> Node | None:
        """Return the file itself, by the name that tells most: busybox, or the first that is no symlink."""
        own = view.names(inode)
        best = [name for name in own if base_name(name) in MULTI_CALL] or [name for name in own if name in names] or own
        return view.stat(best[0]) if best else None

    def _tell(self, view: ImageView, real: Node, names: set[str], applets: list[str]) -> Iterator[Finding | Item]:
        created_by = view.points[real.inode >> 32].created_by
        for section, known in SECTIONS:
            found = sorted(name for name in names if base_name(name) in known)
            called = sorted(applet for applet in applets if applet in known)
            if not found and not called:
                continue
            yield Item(section, item_of_node(real, found, created_by, applets=called))
            yield self._finding(view, section, real, found, called)

    def _finding(self, view: ImageView, section: str, real: Node, names: list[str], applets: list[str]) -> Finding:
        rule, what = _WHAT[section]
        shown = sorted({base_name(name) for name in names} | set(applets))
        also = f" as {', '.join(shown)}" if shown != [base_name(real.path)] else ""
        return Finding(
            rule=rule,
            analyzer=self.id,
            severity=Severity.LOW,
            message=f"{what}{also}",
            path=real.path,
            layer=view.points[real.inode >> 32],
            evidence={"names": [absolute(name) for name in names], "applets": applets},
            remediation=f"RUN rm -f {' '.join(shell_word(name) for name in dict.fromkeys([real.path, *names]))}",
            identity=" ".join(shown),
        )


def _program_folders(view: ImageView) -> frozenset[str]:
    """Return the directories, links resolved, that programs are run from."""
    path = next((value[5:] for value in view.config.env if value.startswith("PATH=")), "")
    found = (view.resolve(folder) for folder in (*_STANDARD, *path.split(":")) if folder.startswith("/"))
    return frozenset(folder for folder in found if folder)
