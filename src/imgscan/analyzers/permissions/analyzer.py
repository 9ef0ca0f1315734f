"""Permissions: what others than root may change, and what that means for the user that the container runs as."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.permissions.files import PermissionFiles
from imgscan.analyzers.permissions.modes import sensitive_findings
from imgscan.analyzers.permissions.owners import owner_findings
from imgscan.analyzers.permissions.rules import ANALYZER, RULES
from imgscan.analyzers.permissions.surface import root_findings, user_findings, world_findings
from imgscan.analyzers.permissions.sweep import sweep
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Item
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.accounts.runtime_user import Lookup, runtime_user
from imgscan.system.elf.observer import ElfContents
from imgscan.system.file_items import absolute
from imgscan.system.programs.files import ProgramFiles
from imgscan.system.programs.script_facts import ExecutableFiles

_MAX_FOLDERS = 50
_USUAL = ("tmp", "var/tmp", "run", "var/log", "var/cache")


class Permissions:
    """One walk over the merged image; of contents the linker's lists of directories and root's cron tables are read.

    What root runs counts wherever it lies: programs that cron tables and services name, what links in directories of
    programs, jobs and services lead to, libraries that the started program looks for by its own search path.

    What is said to be writable is so by mode bits and access control lists. Capabilities are not counted in.
    """

    id = ANALYZER
    version = 3
    needs = (PermissionFiles, AccountFiles, ProgramFiles, ExecutableFiles, ElfContents)
    rules = RULES

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield findings, and one item on what the container's user may write."""
        user = view.derived(runtime_user)
        if user.lookup is Lookup.FOUND:
            regions = {} if user.is_root else view.derived(sweep).user
            counts = {str(region): tally.count for region, tally in regions.items()}
            description = {"uid": user.uid, "everything": user.is_root, **counts, **_folders(view)}
            yield Item("write_surface", description)
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
    result = {"sticky": _topmost(walked.sticky), "directories": _topmost(walked.folders), "usual": usual}
    return {key: [absolute(path) for path in paths] for key, paths in result.items() if paths}


def _topmost(folders: list[str]) -> list[str]:
    """Return the directories that lie in no other of them, the first few by name."""
    result: list[str] = []
    for path in sorted(folders, key=lambda path: path.split("/")):
        if not (result and path.startswith(f"{result[-1]}/")):
            result.append(path)
    return result[:_MAX_FOLDERS]
