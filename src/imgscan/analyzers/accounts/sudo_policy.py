"""The policy of sudo in force, read as sudo reads it: from /etc/sudoers on, through its includes, aliases expanded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from imgscan.analyzers.accounts.aliases import Aliases, granted, signed
from imgscan.analyzers.accounts.includes import MAX_FILES, Folders, Unread, holds_text
from imgscan.formats.accounts.sudoers import SudoDefaults, SudoFault, SudoInclude, SudoRule
from imgscan.formats.path import parent_of
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.observed import SudoersFile
from imgscan.system.accounts.versions import visible_version

_SUDOERS = "etc/sudoers"
_USER, _RUNAS, _HOST, _COMMAND = "User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias"
_SCOPES = {":": _USER, "@": _HOST, ">": _RUNAS, "!": _COMMAND}


class Permit(msgspec.Struct, frozen=True):
    """A command, negated ones left out, and as whom it may run (expanded, without those taken back).

    ``nopasswd`` is what the tags say of the password, None where none does.
    """

    command: str
    runas: tuple[str, ...]
    runas_group: str
    nopasswd: bool | None

    @property
    def as_root(self) -> bool:
        """Whether it may run as root."""
        return not {"ALL", "root", "#0"}.isdisjoint(self.runas)


class Grant(msgspec.Struct, frozen=True):
    """A rule without aliases: users as ``aliases.covers`` takes them; ``aliases`` are those that it names."""

    fact: LocatedFact[SudoersFile]
    line: SudoRule
    users: tuple[str, ...]
    permits: tuple[Permit, ...]
    aliases: tuple[str, ...]


class DefaultsStatement(msgspec.Struct, frozen=True):
    """A Defaults statement: the mark of its scope (``:``, ``@``, ``>``, ``!`` or none) and who is in it, expanded."""

    fact: LocatedFact[SudoersFile]
    line: SudoDefaults
    mark: str
    members: tuple[str, ...]


class SudoPolicy(msgspec.Struct, frozen=True):
    """Rules and settings in the order of reading; where files are ``unread`` or aliases ``cut`` there may be more."""

    files: tuple[LocatedFact[SudoersFile], ...]
    unread: tuple[Unread, ...]
    statements: tuple[Grant | DefaultsStatement, ...]
    faults: tuple[tuple[LocatedFact[SudoersFile], SudoFault], ...]
    cut: bool


def sudo_policy(view: ImageView) -> SudoPolicy:
    """Return the policy of the merged image; call it through ``view.derived``."""
    files, unread = _files(view)
    lines = [(fact, line) for fact in files for line in fact.data.lines]
    aliases = Aliases(line for _, line in lines)  # the whole policy's: one may be named before it is defined
    statements: list[Grant | DefaultsStatement] = []
    for fact, line in lines:
        if isinstance(line, SudoRule) and granted(aliases.expand(_HOST, line.hosts)):
            statements.append(_grant(fact, line, aliases))
        elif isinstance(line, SudoDefaults):
            statements.append(_setting(fact, line, aliases))
    return SudoPolicy(
        files=tuple(files),
        unread=tuple(unread),
        statements=tuple(statements),
        faults=tuple((fact, line) for fact, line in lines if isinstance(line, SudoFault)),
        cut=aliases.cut,
    )


def _files(view: ImageView) -> tuple[list[LocatedFact[SudoersFile]], list[Unread]]:
    """Return the files of the policy in the order of reading, and the includes that lead to others."""
    result: dict[str, LocatedFact[SudoersFile]] = {}
    unread: list[Unread] = []
    folders = Folders(view)
    seen: set[str] = set()
    main = visible_version(view, _SUDOERS, SudoersFile)
    pending = [Unread(main, 0, f"/{_SUDOERS}")] if main is not None else []
    while pending:
        item = pending.pop()
        fact = visible_version(view, item.path, SudoersFile)
        if fact is None or len(result) >= MAX_FILES:
            unread += [item] if holds_text(view, item.path) else []
        elif fact.path not in result:
            result[fact.path] = fact
            inner = [*_includes(fact, parent_of(item.path), folders, seen, unread)]
            pending += reversed(inner)
    return list(result.values()), unread


def _includes(
    fact: LocatedFact[SudoersFile], folder: str, folders: Folders, seen: set[str], unread: list[Unread]
) -> Iterator[Unread]:
    """Yield where a file's includes lead to, those of ``seen`` once; what cannot be told goes to ``unread``."""
    for line in fact.data.lines:
        if not isinstance(line, SudoInclude):
            continue
        # sudoers(5): a relative path is one in the directory of the file that includes.
        path = line.path if line.path.startswith("/") else f"{folder}/{line.path}"
        if path in seen:
            continue
        seen.add(path)
        item = Unread(fact, line.number, path)
        names: Sequence[str] | None = ()
        if "%h" in path:  # the name of the host, which no image tells
            unread += [item] if folders.matching(path.replace("%h", "*")) != [] else []
        elif not line.directory:
            yield item
        elif (names := folders.names(path)) is None:
            unread.append(item)
        # sudoers(5): "files that end in ~ or contain a . character" are skipped.
        for name in names or ():
            if "." not in name and not name.endswith("~"):
                yield Unread(fact, line.number, f"{path}/{name}")


def _grant(fact: LocatedFact[SudoersFile], line: SudoRule, aliases: Aliases) -> Grant:
    """Return a rule without aliases."""
    permits: dict[str, dict[tuple[tuple[str, ...], str], Permit]] = {}
    named = aliases.named(_USER, line.users)
    for item in line.commands:
        users, _, group = item.runas.partition(":")
        words = [word.strip() for word in users.split(",") if word.strip()]
        named += [*aliases.named(_RUNAS, words), *aliases.named(_COMMAND, [item.command])]
        runas = granted(aliases.expand(_RUNAS, words)) if words else ("root",)
        asked = True if item.nopasswd else False if item.passwd else None
        for word in aliases.expand(_COMMAND, [item.command]):
            negated, command = signed(word)
            if not negated:
                permit = Permit(command, runas, group.strip(), asked)
                permits.setdefault(command, {})[runas, group] = permit  # of two on one command the last counts
            elif command == "ALL":
                permits.clear()
            else:
                permits.pop(command, None)
    return Grant(
        fact=fact,
        line=line,
        users=aliases.expand(_USER, line.users),
        permits=tuple(permit for by_runas in permits.values() for permit in by_runas.values()),
        aliases=tuple(dict.fromkeys(named)),
    )


def _setting(fact: LocatedFact[SudoersFile], line: SudoDefaults, aliases: Aliases) -> DefaultsStatement:
    """Return a Defaults statement, the aliases of its scope expanded."""
    mark, text = line.scope[:1], line.scope[1:]
    if mark not in _SCOPES:
        return DefaultsStatement(fact, line, "", ())
    words = [word.strip().strip('"').replace("\\", "") for word in text.split(",")]
    return DefaultsStatement(fact, line, mark, aliases.expand(_SCOPES[mark], words))
