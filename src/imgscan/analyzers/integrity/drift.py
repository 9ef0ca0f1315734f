"""Files that more users may change or read than their package lets, or that are another user's.

What a package lets stands in its database (apk, rpm, pacman, dpkg-statoverride). dpkg records no modes: there the layer
that installed the package says it, and a later layer that changed mode or owner without the package is told. SUID and
SGID bits are judged by the analyzer ``setuid``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from imgscan.analyzers.integrity.rules import ANALYZER
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.finding import Finding, Severity
from imgscan.model.package import SYSTEM_TYPES, PackageFile
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.tree import layer_of
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.database import account_database
from imgscan.system.file_items import absolute
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.owners import Owners, owners

_READ_OR_WRITE, _WRITE = 0o066, 0o022
_SHOWN = 50
_MAX_FILES = 20_000


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One file: what is declared and by what, what is there, and the layer that has it so.

    ``mode`` and ``owner`` (``uid:gid``) are the declared ones; ``owner`` is empty where that is no difference.
    """

    path: ImagePath
    package: InstalledPackage
    source: str
    mode: int
    owner: str
    entry: Entry
    layer: int

    @property
    def gained(self) -> int:
        """The bits that group and others have beyond those declared."""
        return self.entry.mode & ~self.mode & _READ_OR_WRITE

    @property
    def severity(self) -> Severity:
        """How bad it is: who may write a program may change what it does."""
        foreign = bool(self.owner) and self.entry.uid != 0
        return Severity.MEDIUM if self.gained & _WRITE or foreign else Severity.LOW


def drift_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each package and layer with such files."""
    groups: dict[tuple[str, int], list[Drift]] = defaultdict(list)
    for item in _drifted(view, view.derived(owners)):
        groups[item.package.title, item.layer].append(item)
    for items in groups.values():
        yield _finding(view, items)


def _drifted(view: ImageView, index: Owners) -> Iterator[Drift]:
    ids = _Ids(view)
    left = _MAX_FILES
    refs = view.refs
    for path, package, file in index.recorded():
        if file.mode is None and layer_of(refs.get(path, -1)) <= package.layer and index.override(path) is None:
            continue  # nearly all of dpkg's: where the package's own layer put it, and nobody declares a mode
        if package.record.type not in SYSTEM_TYPES or (file.flags and "g" in file.flags):
            continue
        shown = view.at(path)
        if shown is None or shown[0].kind is not EntryKind.FILE:
            continue
        entry, layer = shown
        declared = _declared(view, index, ids, path, package, file)
        result = _compared(path, package, entry, layer, declared) if declared is not None else None
        if result is not None and left:
            left -= 1
            yield result


def _declared(
    view: ImageView, index: Owners, ids: _Ids, path: ImagePath, package: InstalledPackage, file: PackageFile
) -> tuple[int, int | None, int | None, str] | None:
    """Return mode, uid, gid and who declares them; the ids None where they are not known."""
    mode = index.override(path)
    if mode is not None:
        return mode, None, None, "dpkg-statoverride"
    if file.mode is not None:
        user, _, group = file.owner.partition(":")
        return file.mode, ids.uid(user), ids.gid(group), f"the {package.record.type} database"
    event = view.event_until(path, package.layer)
    if event is None or event.entry is None or event.entry.kind is not EntryKind.FILE:
        return None
    return event.entry.mode, event.entry.uid, event.entry.gid, f"layer {event.layer}, which installed it,"


def _compared(
    path: ImagePath,
    package: InstalledPackage,
    entry: Entry,
    layer: int,
    declared: tuple[int, int | None, int | None, str],
) -> Drift | None:
    mode, uid, gid, source = declared
    other = (uid is not None and uid != entry.uid) or (gid is not None and gid != entry.gid)
    # Handed to root, a file is open to fewer.
    owner = f"{uid}:{gid}" if other and (entry.uid or entry.gid) else ""
    result = Drift(path=path, package=package, source=source, mode=mode, owner=owner, entry=entry, layer=layer)
    return result if result.gained or owner else None


class _Ids:
    """Numbers of the names that a database records; of no other name than root's where the image has no such line."""

    def __init__(self, view: ImageView) -> None:
        database = view.derived(account_database)
        self._users = {"root": 0} | {user.name: user.uid for user in database.users if user.uid is not None}
        self._groups = {"root": 0} | {group.name: group.gid for group in database.groups if group.gid is not None}

    def uid(self, name: str) -> int | None:
        """Return a user's number."""
        return int(name) if name.isdecimal() and name.isascii() and len(name) < 12 else self._users.get(name)

    def gid(self, name: str) -> int | None:
        """Return a group's number."""
        return int(name) if name.isdecimal() and name.isascii() and len(name) < 12 else self._groups.get(name)


def _finding(view: ImageView, items: list[Drift]) -> Finding:
    first = max(items, key=lambda item: item.severity)
    single = len(items) == 1
    what = _described(first)
    title = first.package.title
    return Finding(
        rule="integrity.mode-drift",
        analyzer=ANALYZER,
        severity=first.severity,
        message=f"{what} ({title})" if single else f"{len(items)} files of {title} are like this one: {what}",
        path=first.path,
        layer=view.points[first.layer],
        evidence={
            "package": title,
            "count": len(items),
            "declared": {"mode": f"{first.mode:04o}", "owner": first.owner or None, "by": first.source},
            "paths": [absolute(item.path) for item in items[:_SHOWN]],
        },
        remedies=tuple(_remedies(items)),
        identity=" ".join(f"{item.path} {item.entry.mode:04o} {item.owner}" for item in items[:_SHOWN]),
    )


def _described(item: Drift) -> str:
    entry = item.entry
    parts = [f"mode {entry.mode:04o} where {item.source} says {item.mode:04o}"] if item.gained else []
    if item.owner:
        parts.append(f"owner {entry.uid}:{entry.gid} where {item.source} says {item.owner}")
    return " and ".join(parts)


def _remedies(items: list[Drift]) -> Iterator[Remedy]:
    owners: dict[str, list[str]] = {}
    modes: dict[int, list[str]] = {}
    for item in items[:_SHOWN]:
        if item.owner and "None" not in item.owner:
            owners.setdefault(item.owner, []).append(absolute(item.path))
        modes.setdefault(item.mode, []).append(absolute(item.path))
    yield from (Remedy(Action.CHANGE_OWNER, f"chown {owner}", tuple(paths)) for owner, paths in owners.items())
    # Last: chown takes SUID and SGID bits away.
    yield from (Remedy(Action.CHANGE_MODE, f"chmod {mode:04o}", tuple(paths)) for mode, paths in modes.items())
