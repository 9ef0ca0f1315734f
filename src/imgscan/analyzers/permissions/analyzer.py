"""Permissions: what others than root may change, and what that means for the user that the container runs as."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.permissions.modes import LOGIN_FILES, PRIVATE_KEYS, sensitive_findings
from imgscan.analyzers.permissions.owners import owner_findings
from imgscan.analyzers.permissions.regions import ANALYZER, is_library_list, library_folders
from imgscan.analyzers.permissions.surface import root_findings, user_findings, world_findings
from imgscan.analyzers.permissions.sweep import sweep
from imgscan.analyzers.places import absolute
from imgscan.analyzers.rules.permissions import RULES
from imgscan.analyzers.runtime_user import Lookup, runtime_user
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item
from imgscan.rootfs.view import ImageView
from imgscan.shell.crontab import run_as_root

_MOST_BYTES = 1 << 16
_MOST_FOLDERS = 50
# Tables of cron that have commands of root; whether each line names its user.
_TABLES = {
    "etc/crontab": True,
    "var/spool/cron/crontabs/root": False,
    "var/spool/cron/root": False,
    "var/spool/cron/tabs/root": False,
    "etc/crontabs/root": False,
}
_USUAL = ("tmp", "var/tmp", "run", "var/log", "var/cache")


class Permissions:
    """One walk over the merged image; of contents the linker's lists of directories and root's cron tables are read.

    What root runs counts wherever it lies: programs that cron tables and services name, what links in directories of
    programs, jobs and services lead to, libraries that the started program looks for by its own search path.

    Access control lists and capabilities are not counted in: what is said to be writable is so by the mode bits.
    """

    id = ANALYZER
    version = 2
    interest = Interest(
        names=PRIVATE_KEYS | LOGIN_FILES | {"ld.so.conf"},
        globs=("etc/ld.so.conf.d/*", "etc/ld-musl-*", "etc/cron.d/*"),
        paths=frozenset(_TABLES),
        kinds=frozenset({EntryKind.FILE, EntryKind.DIRECTORY}),
        max_content_bytes=_MOST_BYTES,
    )
    rules = RULES

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact for each key and login file, the directories of linker lists, what cron has root run."""
        if is_library_list(entry.path):
            yield {"folders": library_folders(content.data)}
        elif entry.path in _TABLES or entry.path.startswith("etc/cron.d/"):
            text = content.data.decode("utf-8", "surrogateescape")
            runs = run_as_root(text, system=_TABLES.get(entry.path, True))
            if runs:
                yield {"runs": list(runs[:_MOST_FOLDERS])}
        elif base_name(entry.path) in PRIVATE_KEYS | LOGIN_FILES:
            yield {}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield findings, and one item on what the container's user may write."""
        user = view.derived(runtime_user)
        if user.lookup is Lookup.FOUND:
            regions = {} if user.is_root else view.derived(sweep).user
            counts = {str(region): tally.count for region, tally in regions.items()}
            told = {"uid": user.uid, "everything": user.is_root, **counts, **_folders(view)}
            yield Item("write_surface", told)
        yield from sensitive_findings(view)
        yield from world_findings(view)
        yield from user_findings(view)
        yield from root_findings(view)
        yield from owner_findings(view)


def _folders(view: ImageView) -> dict[str, list[str]]:
    """Return the directories to write to: ``sticky`` are everyone's, ``directories`` the user's, none inside another.

    ``usual`` are those that services mostly write to, whoever they run as.
    """
    walked = view.derived(sweep)
    usual = [path for path in _USUAL if (node := view.stat(path)) is not None and node.kind is EntryKind.DIRECTORY]
    found = {"sticky": _topmost(walked.sticky), "directories": _topmost(walked.folders), "usual": usual}
    return {key: [absolute(path) for path in paths] for key, paths in found.items() if paths}


def _topmost(folders: list[str]) -> list[str]:
    """Return the directories that lie in no other of them, the first few by name."""
    found: list[str] = []
    for path in sorted(folders, key=lambda path: path.split("/")):
        if not (found and path.startswith(f"{found[-1]}/")):
            found.append(path)
    return found[:_MOST_FOLDERS]
