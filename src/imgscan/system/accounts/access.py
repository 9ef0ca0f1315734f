"""Who may read, run or change a file of the merged image, by its mode bits and its access control list.

Source: POSIX.1-2017 4.5 "File Access Permissions", 4.3 "Directory Protection": one class counts, owner before group
before others; in a sticky directory only owners remove names. With a list, acl(5): owner, named users, groups, others.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import msgspec

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.acl import ACCESS, AccessList, parse_access_list
from imgscan.system.accounts.runtime_user import RuntimeUser

READ, WRITE, SEARCH = 4, 2, 1
EXECUTE = SEARCH


class Actor(msgspec.Struct, frozen=True):
    """Somebody who runs in a container: a uid and all gids. uid 0 is taken to have root's usual capabilities."""

    uid: int
    gids: frozenset[int]

    def may(self, entry: Entry, bits: int) -> bool:
        """Whether all of ``bits`` (READ, WRITE, SEARCH or EXECUTE) are granted."""
        if self.uid == 0:
            # CAP_DAC_OVERRIDE: all but running a file that nobody may run.
            return not bits & EXECUTE or entry.kind is EntryKind.DIRECTORY or bool(entry.mode & 0o111)
        return self.granted(entry) & bits == bits

    def granted(self, entry: Entry) -> int:
        """Return the three bits of the class that counts; with a list those of all groups that it is in."""
        listed = access_list_of(entry)
        if listed is not None and entry.uid != self.uid:
            if self.uid in listed.users:
                return listed.users[self.uid]
            groups = [bits for gid, bits in listed.groups.items() if gid in self.gids]
            if entry.gid in self.gids:
                groups.append(listed.owning_group)
            if groups:
                return reduce(or_, groups)
            return entry.mode & 7
        shift = 6 if entry.uid == self.uid else 3 if entry.gid in self.gids else 0
        return entry.mode >> shift & 7

    def may_change(self, entry: Entry) -> bool:
        """Whether it may write, or make it so: the owner sets the mode."""
        return self.uid in (0, entry.uid) or bool(self.granted(entry) & WRITE)


def access_list_of(entry: Entry) -> AccessList | None:
    """Return the list of named users and groups that an entry has, None for none."""
    data = entry.xattrs.get(ACCESS) if entry.xattrs else None
    return parse_access_list(data) if data is not None else None


def actor_of(user: RuntimeUser) -> Actor | None:
    """Return the container's user as an actor, None when it is not known."""
    if user.uid is None:
        return None
    gids = (*user.groups, *((user.gid,) if user.gid is not None else ()))
    return Actor(user.uid, frozenset(gids))


def blocked_at(view: ImageView, path: ImagePath, actor: Actor) -> ImagePath | None:
    """Return the first directory on the way to ``path`` that the actor may not search; None when there is none.

    ``path`` is one without symlinks, as ``resolve`` gives it.
    """
    end = path.rfind("/")
    folders = [""] if path else []
    at = path.find("/")
    while 0 <= at <= end:
        folders.append(path[:at])
        at = path.find("/", at + 1)
    for folder in folders:
        node = view.stat(folder, follow=False)
        if node is not None and not actor.may(node.entry, SEARCH):
            return folder
    return None
