"""The account files of the merged image as one value, for every analyzer that asks who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from imgscan.formats.accounts.crypt import PasswordKind
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.observed import AccountLine, GroupFile, LinesFile, PasswdFile, ShadowFile
from imgscan.system.accounts.versions import visible_version

PASSWD, GROUP, SHADOW, GSHADOW = "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"


class Known(StrEnum):
    """Whether a file could be looked into: UNREAD when it is there and its lines are not known."""

    READ = "read"
    ABSENT = "absent"
    UNREAD = "unread"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user by its line in passwd, the password as passwd and shadow together have it.

    ``uid`` and ``gid`` are None where they are no numbers; container runtimes take that as 0.
    """

    name: str
    uid: int | None
    gid: int | None
    home: str
    shell: str
    password: PasswordKind
    scheme: str
    number: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group by its line in group."""

    name: str
    gid: int | None
    members: tuple[str, ...]
    number: int


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """Users and groups in the order of their files, and whether these files could be read."""

    users: tuple[User, ...]
    groups: tuple[Group, ...]
    passwd: Known
    group: Known
    memberships: dict[str, tuple[Group, ...]]

    def groups_of(self, name: str) -> tuple[Group, ...]:
        """Return the groups that list a user as a member."""
        return self.memberships.get(name, ())


def account_database(view: ImageView) -> Database:
    """Return users and groups of the merged image; call it through ``view.derived``."""
    passwd, passwd_known = _lines(view, PASSWD, PasswdFile)
    group, group_known = _lines(view, GROUP, GroupFile)
    shadow, _ = _lines(view, SHADOW, ShadowFile)
    passwords = {line.name: line for line in reversed(shadow)}
    groups = tuple(_group(line) for line in group)
    memberships: dict[str, list[Group]] = {}
    for item in groups:
        for member in dict.fromkeys(item.members):
            memberships.setdefault(member, []).append(item)
    return Database(
        users=tuple(_user(line, passwords) for line in passwd),
        groups=groups,
        passwd=passwd_known,
        group=group_known,
        memberships={name: tuple(result) for name, result in memberships.items()},
    )


def _lines(view: ImageView, path: str, shape: type[LinesFile]) -> tuple[Sequence[AccountLine], Known]:
    if view.resolve(path) is None:
        return (), Known.ABSENT
    fact = visible_version(view, path, shape)
    return (fact.data.lines, Known.READ) if fact is not None and fact.data.whole else ((), Known.UNREAD)


def _user(line: AccountLine, shadow: Mapping[str, AccountLine]) -> User:
    description = line
    if line.password == PasswordKind.SHADOWED and line.name in shadow:
        description = shadow[line.name]
    return User(
        name=line.name,
        uid=line.uid,
        gid=line.gid,
        home=line.home,
        shell=line.shell,
        password=description.password,
        scheme=description.scheme,
        number=line.number,
    )


def _group(line: AccountLine) -> Group:
    return Group(name=line.name, gid=line.gid, members=line.members, number=line.number)
