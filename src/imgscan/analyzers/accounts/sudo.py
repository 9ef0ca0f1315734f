"""Findings on the policy of sudo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from imgscan.analyzers.accounts.aliases import covers, granted, positions
from imgscan.analyzers.accounts.file_findings import file_finding
from imgscan.analyzers.accounts.includes import cut_files, unread_includes
from imgscan.analyzers.accounts.sudo_commands import Commands
from imgscan.analyzers.accounts.sudo_policy import DefaultsStatement, Grant, Permit, sudo_policy
from imgscan.formats.accounts.sudoers import Statement, SudoDefaults, SudoFault, SudoRule
from imgscan.model.finding import Finding, Severity
from imgscan.model.remedy import Action, Remedy, edit_file
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.database import account_database
from imgscan.system.accounts.observed import SudoersFile
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.file_items import absolute
from imgscan.system.programs.lookup import find_program
from imgscan.wording import counted, listed

_SUDOERS = "etc/sudoers"
_MAX_FINDINGS = 20
_SETTINGS = (
    ("!authenticate", "accounts.sudo-nopasswd", Severity.HIGH, "no password is asked for"),
    ("!env_reset", "accounts.sudo-environment", Severity.MEDIUM, "the caller's environment reaches what root runs"),
    ("setenv", "accounts.sudo-environment", Severity.MEDIUM, "the caller may set what root's program has in its"),
)
_KEPT = ("LD_", "PYTHON", "PERL", "RUBY", "NODE_", "BASH_ENV", "ENV", "PATH", "SHELLOPTS", "IFS")


def sudo_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on rules and settings that give root away, and on what cannot be read as a policy."""
    installed = find_program(view, "sudo") is not None
    policy = view.derived(sudo_policy)
    commands = Commands(view)
    everyone_proves = any(
        isinstance(item, DefaultsStatement) and {"targetpw", "rootpw", "runaspw"} & set(item.line.settings)
        for item in policy.statements
    )
    result = 0
    for item in policy.statements:
        for finding in (
            _rule(view, item, commands, installed, everyone_proves)
            if isinstance(item, Grant)
            else _setting(view, item.fact, item.line, installed)
        ):
            result += 1
            yield finding
        if result >= _MAX_FINDINGS:
            break
    yield from _faults(view, policy.faults)
    unread = Severity.MEDIUM if installed else Severity.LOW
    yield from unread_includes(view, policy.unread, unread)
    yield from cut_files(view, policy.files, unread)
    if policy.cut:
        text = "aliases of more members than are looked through: some rules are judged as written"
        yield file_finding(view, policy.files[0], "accounts.not-read-whole", unread, text)


def _setting(view: ImageView, fact: LocatedFact[SudoersFile], line: SudoDefaults, installed: bool) -> Iterator[Finding]:
    for setting, rule, severity, why in _SETTINGS:
        if setting in line.settings:
            yield _statement_finding(
                view, fact, line, rule, severity, f"Defaults{line.scope} {setting}: {why}", installed
            )
    kept = [text for text in line.settings if text.startswith("env_keep") and _keeps(text)]
    if kept:
        text = f"Defaults{line.scope} {kept[0]}: a variable that decides what root's programs load"
        yield _statement_finding(view, fact, line, "accounts.sudo-environment", Severity.MEDIUM, text, installed)


def _keeps(setting: str) -> bool:
    names = setting.partition("=")[2].replace('"', " ").split()
    taken_away = setting.removeprefix("env_keep").lstrip().startswith("-")
    return not taken_away and any(name.startswith(_KEPT) for name in names)


def _rule(
    view: ImageView, grant: Grant, commands: Commands, installed: bool, everyone_proves: bool
) -> Iterator[Finding]:
    who = [user for user in granted(grant.users) if user not in ("root", "#0")]
    if not who:
        return
    free = [permit for permit in grant.permits if permit.nopasswd]
    if free:
        root = [permit for permit in free if commands.give_root(permit.command)]
        description = root or free
        as_root = [permit for permit in description if permit.as_root]
        names = [permit.command for permit in description]
        what = f"everything ({listed(names, 3)})" if root else listed(names, 3)
        text = f"{listed(who, 3)} may run {what} as {'root' if as_root else _runas(description[0])} without a password"
        severity = Severity.HIGH if root else Severity.MEDIUM
        if _runs_the_container(view, grant.users):
            text += ", and the container runs as such a user"
            severity = Severity.CRITICAL if root and as_root else severity
        evidence: dict[str, object] = {
            "users": who[:_MAX_FINDINGS],
            "commands": [permit.command for permit in free[:_MAX_FINDINGS]],
            "group_members": _members(view, who)[:_MAX_FINDINGS],
        }
        if grant.aliases:
            evidence["aliases"] = list(grant.aliases[:_MAX_FINDINGS])
        yield _statement_finding(
            view, grant.fact, grant.line, "accounts.sudo-nopasswd", severity, text, installed, evidence
        )
    elif "ALL" in who and not everyone_proves and any(permit.command == "ALL" for permit in grant.permits):
        text = "every user may run everything as root, with a password of their own"
        yield _statement_finding(view, grant.fact, grant.line, "accounts.sudo-everyone", Severity.HIGH, text, installed)


def _members(view: ImageView, who: list[str]) -> list[str]:
    """Return the users in the groups that a rule names, those with one as their primary group too."""
    database = view.derived(account_database)
    groups = [group for group in database.groups if f"%{group.name}" in who or f"%#{group.gid}" in who]
    gids = {group.gid for group in groups if group.gid is not None}
    primary = [user.name for user in database.users if user.gid in gids]
    return list(dict.fromkeys([*(member for group in groups for member in group.members), *primary]))


def _runs_the_container(view: ImageView, users: tuple[str, ...]) -> bool:
    """Whether a rule is about the container's user, by name, number or group."""
    user = view.derived(runtime_user)
    if user.uid is None or user.is_root:
        return False
    gids = {user.gid, *user.groups}
    groups = [group.name for group in view.derived(account_database).groups if group.gid in gids]
    names = {f"#{user.uid}", "ALL", *(f"%{name}" for name in groups), *(f"%#{gid}" for gid in gids)}
    return covers(positions(users), names | ({user.name} if user.name else set()))


def _runas(permit: Permit) -> str:
    users = listed(permit.runas, 3) or "nobody"
    return f"{users}:{permit.runas_group}" if permit.runas_group else users


def _statement_finding(
    view: ImageView,
    fact: LocatedFact[SudoersFile],
    line: SudoRule | SudoDefaults,
    rule: str,
    severity: Severity,
    message: str,
    installed: bool,
    evidence: dict[str, object] | None = None,
) -> Finding:
    same = _without_place(line)
    return file_finding(
        view,
        fact,
        rule,
        severity if installed else Severity.LOW,
        message + ("" if installed else " (sudo itself is not in the image)"),
        lambda data: any(_without_place(other) == same for other in data.lines),
        line=line.number,
        evidence=evidence,
        remedies=(_removal(fact, line),),
        identity=message[:400],
    )


def _without_place(line: Statement) -> Statement:
    return replace(line, number=0, last=0)


def _removal(fact: LocatedFact[SudoersFile], line: Statement) -> Remedy:
    if len(fact.data.lines) == 1 and fact.path != _SUDOERS:
        return Remedy(Action.REMOVE, "rm", (absolute(fact.path),))
    lines = f"{line.number},{line.last}" if line.last else str(line.number)
    return edit_file(absolute(fact.path), f"{lines}d")


def _faults(view: ImageView, policy: Sequence[tuple[LocatedFact[SudoersFile], SudoFault]]) -> Iterator[Finding]:
    by_file: dict[str, list[SudoFault]] = {}
    files = {}
    for fact, line in policy:
        files[fact.path] = fact
        by_file.setdefault(fact.path, []).append(line)
    for path, faults in list(by_file.items())[:_MAX_FINDINGS]:
        text = f"{counted(len(faults), 'statement')} that sudo cannot read (line {faults[0].number}: "
        yield file_finding(
            view,
            files[path],
            "accounts.sudo-malformed",
            Severity.LOW,
            f"{text}{faults[0].fault})",
            line=faults[0].number,
            evidence={"lines": [line.number for line in faults[:_MAX_FINDINGS]]},
            remedies=(Remedy(Action.INSPECT, "visudo -c -f", (absolute(path),)),),
        )
