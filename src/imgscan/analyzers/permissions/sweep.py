"""One walk over the merged image for all that modes and owners say; bounded in what it keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from imgscan.analyzers.permissions.modes import is_sensitive
from imgscan.analyzers.permissions.regions import Region, Regions, regions_of
from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.access import WRITE, Actor, access_list_of, actor_of, blocked_at
from imgscan.system.accounts.groups import peopled
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.tally import Tally

_MAX_GROUPS = 500
_MAX_FOLDERS = 1000
_DIRECTORY = EntryKind.DIRECTORY


class Sweep:
    """What one walk found.

    ``owners`` counts paths by uid and gid, most of root's left out. ``world`` are what everyone may write to, by
    region and place; ``user`` what the container's user may change, ``others`` what another user than root may
    change, both by region. ``sticky`` and ``folders`` are directories that everyone may add to, and that the
    container's user may: the first that the walk met, in its order.
    """

    def __init__(self, view: ImageView) -> None:
        self.owners: Counter[tuple[int, int]] = Counter()
        self.world: dict[tuple[Region | None, str], Tally] = {}
        self.user: dict[Region, Tally] = {}
        self.others: dict[Region, Tally] = {}
        self.sticky: list[str] = []
        self.folders: list[str] = []
        self._view = view
        self._regions: Regions = view.derived(regions_of)
        actor = actor_of(view.derived(runtime_user))
        self._actor: Actor | None = actor if actor is not None and actor.uid else None
        self._peopled = view.derived(peopled)
        self._reachable: dict[str, bool] = {}
        self._known: dict[tuple[str, int, int, int, bool], Sequence[Tally]] = {}

    def run(self) -> None:
        """Walk."""
        owners: dict[tuple[int, int], int] = {}
        for path, entry, inode in self._view.rows():
            uid, gid = entry.uid, entry.gid
            listed = entry.xattrs and access_list_of(entry) is not None
            if not (uid or gid or entry.mode & 0o22 or listed):
                continue  # root's alone, as nine of ten are
            owners[uid, gid] = owners.get((uid, gid), 0) + 1
            if uid or entry.mode & 0o22 or listed:
                for tally in self._tallies(path, entry):
                    tally.add(path, entry, inode)
        self.owners.update(owners)

    def _tallies(self, path: str, entry: Entry) -> Sequence[Tally]:
        """Return what a path that root is not alone to change counts for.

        All files of one directory, owner and mode count alike: an application's own are tens of thousands.
        """
        if entry.kind is _DIRECTORY:
            self._note(path, entry)
            return tuple(self._sorted(path, entry))
        if entry.kind is not EntryKind.FILE:
            return ()
        if path in self._regions.roots or entry.xattrs:
            return tuple(self._sorted(path, entry))
        key = (parent_of(path), entry.uid, entry.gid, entry.mode, is_sensitive(path))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(self._sorted(path, entry))
        return known

    def _note(self, path: str, entry: Entry) -> None:
        """Keep a directory that a running container may be meant to write to."""
        if entry.mode & 0o1002 == 0o1002:
            result = self.sticky
        elif self._actor is not None and self._actor.may_change(entry) and self._reaches(path):
            result = self.folders
        else:
            return
        if len(result) < _MAX_FOLDERS:
            result.append(path)

    def _sorted(self, path: str, entry: Entry) -> Iterator[Tally]:
        directory = entry.kind is _DIRECTORY
        sticky = directory and bool(entry.mode & 0o1000)
        region = self._regions.touched(path, directory)
        if sticky and path in self._regions.above and path not in self._regions.roots:
            region = self._regions.of(parent_of(path))  # what lies in it could be added to, not replaced
        if entry.mode & 0o002 and not sticky and not is_sensitive(path):
            folder = _top_folder(path) if len(self.world) < _MAX_GROUPS else ""
            yield self.world.setdefault((region, folder), Tally())
        if region is None:
            return
        if self._actor is not None and self._actor.may_change(entry) and self._reaches(path):
            yield self.user.setdefault(region, Tally())
        elif not entry.mode & 0o002 and self._somebody(entry):
            yield self.others.setdefault(region, Tally())

    def _reaches(self, path: str) -> bool:
        folder = parent_of(path)
        known = self._reachable.get(folder)
        if known is None:
            assert self._actor is not None
            known = self._reachable[folder] = blocked_at(self._view, path, self._actor) is None
        return known

    def _somebody(self, entry: Entry) -> bool:
        """Whether there is anybody but root whose right it is."""
        listed = access_list_of(entry)
        if listed is not None:
            by_user = any(bits & WRITE and uid for uid, bits in listed.users.items())
            by_group = any(bits & WRITE and gid and self._peopled(gid) for gid, bits in listed.groups.items())
            owning = bool(listed.owning_group & WRITE and entry.gid and self._peopled(entry.gid))
            return by_user or by_group or owning or bool(entry.uid and not entry.mode & 0o4000)
        if entry.uid:
            return not entry.mode & 0o4000  # a program that runs as its owner is the owner's business
        return bool(entry.mode & 0o020 and entry.gid and self._peopled(entry.gid))


def sweep(view: ImageView) -> Sweep:
    """Return the finished walk; call it through ``view.derived``."""
    result = Sweep(view)
    result.run()
    return result


def _top_folder(path: str) -> str:
    """Return the first two components of a path: what is loose there mostly has one cause."""
    return "/".join(path.split("/", 2)[:2])
