"""The user that a container of the image runs as, looked up as container runtimes look it up.

Source: moby/sys/user, GetExecUser (Docker, runc, BuildKit): ``user[:group]``, each a name or a number; a number without
a line in passwd keeps gid 0; an explicit group takes the place of all others; a name that is missing ends the start.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.database import Database, Known, User, account_database

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}")
_MAX_ID = (1 << 31) - 1


class Lookup(StrEnum):
    """What became of the lookup: REFUSED when the container does not start, UNKNOWN when the image cannot tell."""

    FOUND = "found"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class RuntimeUser(msgspec.Struct, frozen=True, kw_only=True):
    """The user as the config names it (``spec``), and who that is.

    ``groups`` are the supplementary ones; ``reason`` says why nobody was found. Where /etc/group was not read, who is
    not root is UNKNOWN, with the uid that is known: root's group may be among its groups.
    """

    spec: str
    lookup: Lookup
    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] = ()
    name: str | None = None
    reason: str = ""

    @property
    def is_root(self) -> bool:
        """Whether it is known to be uid 0."""
        return self.lookup is Lookup.FOUND and self.uid == 0

    def description(self) -> str:
        """Return who it is as a message says it: ``uid 999 (app)``."""
        return f"uid {self.uid}" + (f" ({self.name})" if self.name else "")


def runtime_user(view: ImageView) -> RuntimeUser:
    """Return the user that the config of an image names; call it through ``view.derived``."""
    config = view.config
    spec = config.user or ""
    if not config.present:
        return RuntimeUser(spec=spec, lookup=Lookup.UNKNOWN, reason="the source has no config")
    if config.is_windows:
        return RuntimeUser(spec=spec, lookup=Lookup.UNKNOWN, reason="a Windows image has other accounts")
    return look_up(spec, view.derived(account_database))


def look_up(spec: str, database: Database) -> RuntimeUser:
    """Return whom ``user[:group]`` names."""
    name, _, group = spec.partition(":")
    numbers = [_number(name), _number(group)]
    for text, number in zip((name, group), numbers, strict=True):
        if number is not None and not 0 <= number <= _MAX_ID:
            return _refused(spec, f"{text} is out of the range of user and group numbers")
    uid, gid = numbers
    if database.passwd is Known.UNREAD and name and uid is None:
        return RuntimeUser(spec=spec, lookup=Lookup.UNKNOWN, reason="/etc/passwd was not read")
    user = _user(name, uid, database)
    if user is None and name and uid is None:
        return _refused(spec, f"no line of /etc/passwd names the user {name}")
    result = RuntimeUser(
        spec=spec,
        lookup=Lookup.FOUND,
        uid=user.uid or 0 if user else uid or 0,
        gid=user.gid or 0 if user else 0,
        name=user.name if user else None,
    )
    return _with_group(result, group, gid, database)


def _with_group(user: RuntimeUser, group: str, gid: int | None, database: Database) -> RuntimeUser:
    """Return the user with the group asked for, or with the supplementary ones where none is."""
    if not group:
        members = database.groups_of(user.name) if user.name else ()
        if user.name and database.group is Known.UNREAD:
            return _without_group(user)
        return msgspec.structs.replace(user, groups=tuple(item.gid or 0 for item in members))
    if gid is not None:
        return msgspec.structs.replace(user, gid=gid)
    if database.group is Known.UNREAD:
        return _without_group(msgspec.structs.replace(user, gid=None))
    named = next((item for item in database.groups if item.name == group), None)
    if named is None:
        return _refused(user.spec, f"no line of /etc/group names the group {group}")
    return msgspec.structs.replace(user, gid=named.gid or 0)


def _without_group(user: RuntimeUser) -> RuntimeUser:
    if user.uid == 0:
        return user
    return msgspec.structs.replace(user, lookup=Lookup.UNKNOWN, reason="/etc/group was not read")


def _user(name: str, uid: int | None, database: Database) -> User | None:
    """Return the first line that fits; a number is never taken as a name, an empty user is uid 0."""
    if name and uid is None:
        return next((user for user in database.users if user.name == name), None)
    return next((user for user in database.users if (user.uid or 0) == (uid or 0)), None)


def _refused(spec: str, reason: str) -> RuntimeUser:
    return RuntimeUser(spec=spec, lookup=Lookup.REFUSED, reason=reason)


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) and text.isascii() else None
