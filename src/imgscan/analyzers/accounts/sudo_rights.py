"""What sudo allows each user, in a word: for the inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from imgscan.analyzers.accounts.aliases import covers, positions, signed
from imgscan.analyzers.accounts.sudo_policy import DefaultsStatement, Grant, Permit, sudo_policy
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.database import Group, User, account_database

_MAX_STATEMENTS = 50
"""How many settings on the password, and rules with exceptions, are looked through for each user."""

_Told: TypeAlias = tuple[bool, bool | None]
"""Whether a command is ALL; whether it needs no password, None where the user's settings decide."""


class _Standing(NamedTuple):
    """What a policy says of some names: what it permits them, and where the last of them stands in each list."""

    permits: frozenset[_Told]
    places: tuple[int, ...]


class SudoRights:
    """The rules of an image's policy by those whom they name, for questions about many users."""

    def __init__(self, view: ImageView) -> None:
        self._database = view.derived(account_database)
        self._primary: dict[int | None, list[Group]] = {}
        for group in self._database.groups:
            self._primary.setdefault(group.gid, []).append(group)
        statements = view.derived(sudo_policy).statements
        asked = [
            (item.mark, positions(item.members), asks)
            for item in statements
            if isinstance(item, DefaultsStatement) and (asks := _asks(item)) is not None
        ]
        self._general = [item for item in asked if item[0] in ("", ":", "@")][:_MAX_STATEMENTS]
        # sudoers(5): those on whom one becomes, then those on commands come after all others.
        self._narrow = [item for mark in (">", "!") for item in asked if item[0] == mark][:_MAX_STATEMENTS]
        self._named: dict[str, set[_Told]] = {}
        self._excepting: list[tuple[Mapping[str, int], set[_Told]]] = []
        for statement in statements:
            if isinstance(statement, Grant):
                self._add(statement)
        general = [members for mark, members, _ in self._general if mark == ":"]
        self._lists: list[Mapping[str, int]] = [*(users for users, _ in self._excepting), *general]
        # Of a group and of all groups of one id once: hostile users and groups of one id are thousands of each.
        self._groups: dict[tuple[str, int | None], _Standing] = {}
        self._gids: dict[int | None, _Standing] = {}

    def _add(self, grant: Grant) -> None:
        permits = {(permit.command == "ALL", self._nopasswd(permit)) for permit in grant.permits}
        if any(signed(word)[0] for word in grant.users) and len(self._excepting) < _MAX_STATEMENTS:
            self._excepting.append((positions(grant.users), permits))
            return
        for word in grant.users:
            self._named.setdefault(word, set()).update(permits)

    def _nopasswd(self, permit: Permit) -> bool | None:
        result = permit.nopasswd
        if result is None:
            command = permit.command.replace("\t", " ").partition(" ")[0]
            for mark, members, asks in self._narrow:
                names = {permit.command, command} if mark == "!" else {*permit.runas, *(("root",) * permit.as_root)}
                result = not asks if covers(members, names | {"ALL"}) else result
        return result

    def of(self, user: User) -> str:
        """Return what a user may run: ``all``, ``some`` or ``no``; ``, no password`` where that needs none."""
        standings = self._standings(user)
        permits = {permit for standing in standings for permit in standing.permits}
        positions = [max(several, key=abs) for several in zip(*(item.places for item in standings), strict=True)]
        for position, (_, excluded) in zip(positions, self._excepting, strict=False):
            if position > 0:
                permits |= excluded
        if not permits:
            return "no"
        everything = any(is_all for is_all, _ in permits)
        usual = not self._is_asked(positions[len(self._excepting) :])
        free = any(usual if nopasswd is None else nopasswd for is_all, nopasswd in permits if is_all == everything)
        return ("all" if everything else "some") + (", no password" if free else "")

    def _standings(self, user: User) -> list[_Standing]:
        """Return those of all names by which a policy may mean a user: its own, ALL, and those of its groups."""
        result = [self._standing([user.name, f"#{user.uid}", "ALL"])]
        if user.gid not in self._gids:
            names = [f"%{group.name}" for group in self._primary.get(user.gid, ())]
            self._gids[user.gid] = self._standing([*names, *(_by_id(user.gid))])
        result.append(self._gids[user.gid])
        for group in self._database.groups_of(user.name):
            key = (group.name, group.gid)
            if key not in self._groups:
                self._groups[key] = self._standing([f"%{group.name}", *_by_id(group.gid)])
            result.append(self._groups[key])
        return result

    def _standing(self, names: Sequence[str]) -> _Standing:
        permits = frozenset(permit for name in names for permit in self._named.get(name, ()))
        positions = (max((members.get(name, 0) for name in names), key=abs, default=0) for members in self._lists)
        return _Standing(permits, tuple(positions))

    def _is_asked(self, positions: Iterable[int]) -> bool:
        result = True
        rest = iter(positions)
        for mark, _, asks in self._general:
            result = asks if mark != ":" or next(rest) > 0 else result
        return result


def _by_id(gid: int | None) -> list[str]:
    return [f"%#{gid}"] if gid is not None else []


def _asks(setting: DefaultsStatement) -> bool | None:
    """Whether a statement has sudo ask for the password, None where it is about something else."""
    description = [word for word in setting.line.settings if word in ("authenticate", "!authenticate")]
    return description[-1] == "authenticate" if description else None
