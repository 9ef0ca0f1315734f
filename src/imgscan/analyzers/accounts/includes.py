"""What the includes of a configuration lead to in the merged image, and which of these files were not read."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence

import msgspec

from imgscan.analyzers.accounts.file_findings import file_finding
from imgscan.formats.path import base_name
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Severity
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.observed import AccountFile
from imgscan.system.accounts.versions import FileT
from imgscan.system.file_items import absolute
from imgscan.wording import counted, listed

MAX_FILES = 200
"""How many files of one configuration are read, and how many one pattern leads to."""
_MAX_NAMES = 100_000
_MAX_FINDINGS = 20
WILD = re.compile(r"[*?\[]")
"""A wildcard of glob(3)."""


class Unread(msgspec.Struct, frozen=True):
    """An include that was not followed: where it stands, and the file or the pattern (``path``) it leads to."""

    fact: LocatedFact[AccountFile]
    number: int
    path: str


class Folders:
    """Looks names up in directories, each listed once, and no more names in all than a hostile image may cost."""

    def __init__(self, view: ImageView) -> None:
        self._view = view
        self._names: dict[str, list[str]] = {}
        self._left = _MAX_NAMES

    def names(self, folder: str) -> Sequence[str] | None:
        """Return the names in a directory, sorted, none for another file; None when too many were looked at."""
        real = self._view.resolve(folder)
        if real is None:
            return ()
        if real not in self._names:
            self._names[real] = [base_name(node.path) for node in self._view.children(real)]
        self._left -= 1 + len(self._names[real])
        return self._names[real] if self._left > 0 else None

    def matching(self, pattern: str) -> Sequence[str] | None:
        """Return the absolute paths that a pattern of glob(3) may lead to, sorted; None when there are too many."""
        parts = pattern.split("/")
        self._left -= len(parts)
        if self._left <= 0:
            return None
        paths = [""]
        for part in parts:
            if not WILD.search(part):
                paths = [f"{path}/{part}" for path in paths] if part else paths
                continue
            result = []
            for path in paths:
                names = self.names(path or "/")
                if names is None:
                    return None
                result += [f"{path}/{name}" for name in names if fits(name, part)]
            if len(result) > MAX_FILES:
                return None
            paths = result
        return paths


def fits(name: str, pattern: str) -> bool:
    """Whether a name fits a component of a pattern of glob(3), whose wildcards take no dot at the start."""
    return fnmatch.fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))


def holds_text(view: ImageView, path: str) -> bool:
    """Whether there is a regular file at ``path`` that is not empty."""
    node = view.stat(path)
    return node is not None and node.kind is EntryKind.FILE and node.entry.size > 0


def unread_includes(view: ImageView, unread: Sequence[Unread], severity: Severity) -> Iterator[Finding]:
    """Yield one finding for each file that includes what was not read: silence would look like a harmless one."""
    by_file: dict[str, list[Unread]] = {}
    for item in unread:
        by_file.setdefault(item.fact.path, []).append(item)
    for items in list(by_file.values())[:_MAX_FINDINGS]:
        paths = list(dict.fromkeys(item.path for item in items))
        yield file_finding(
            view,
            items[0].fact,
            "accounts.not-read-whole",
            severity,
            f"includes {counted(len(paths), 'file')} not read, and what they set is not known: {listed(paths, 3)}",
            line=items[0].number,
            evidence={"included": paths[:_MAX_FINDINGS]},
            identity=" ".join(sorted(paths))[:1000],
        )


def cut_files(view: ImageView, facts: Sequence[LocatedFact[FileT]], severity: Severity) -> Iterator[Finding]:
    """Yield a finding for each file of a configuration of which only the start was read."""
    for fact in [fact for fact in facts if not fact.data.whole][:_MAX_FINDINGS]:
        text = f"{absolute(fact.path)} is larger than such files are: only its start was read"
        yield file_finding(view, fact, "accounts.not-read-whole", severity, text)
