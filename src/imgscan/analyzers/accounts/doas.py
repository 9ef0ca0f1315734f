"""Findings on the rules of doas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.analyzers.accounts.file_findings import file_finding
from imgscan.analyzers.accounts.includes import cut_files
from imgscan.analyzers.accounts.sudo_commands import Commands
from imgscan.formats.accounts.doas import DoasRule
from imgscan.model.finding import Finding, Severity, State
from imgscan.model.remedy import edit_file
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.database import account_database
from imgscan.system.accounts.observed import DoasFile
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.accounts.versions import of_shape
from imgscan.system.file_items import absolute
from imgscan.system.programs.lookup import find_program

_MAX_FINDINGS = 20


def doas_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on rules that ask for no password, and on files that doas cannot read."""
    files = [fact for fact in of_shape(view, DoasFile) if fact.state is State.VISIBLE]
    if not files:
        return
    installed = find_program(view, "doas") is not None
    commands = Commands(view)
    for fact in files[:_MAX_FINDINGS]:
        fault = next((line for line in fact.data.lines if line.fault), None)
        if fault is not None:  # doas refuses the file, and runs nothing
            text = f"line {fault.number}, which doas cannot read, {fault.fault}: it runs nothing for anybody"
            yield file_finding(view, fact, "accounts.not-read-whole", Severity.LOW, text, line=fault.number)
            continue
        for rule in _free(fact.data.lines)[:_MAX_FINDINGS]:
            yield _finding(view, fact, rule, commands, installed)
    yield from cut_files(view, files, Severity.MEDIUM if installed else Severity.LOW)


def _free(rules: Sequence[DoasRule]) -> list[DoasRule]:
    """Return the rules that ask for no password and count: of those that match the last one does."""
    return [
        rule
        for number, rule in enumerate(rules)
        if rule.permit
        and "nopass" in rule.options
        and rule.identity != "root"
        and not any(later.covers(rule) for later in rules[number + 1 :])
    ]


def _finding(
    view: ImageView, fact: LocatedFact[DoasFile], rule: DoasRule, commands: Commands, installed: bool
) -> Finding:
    given = commands.give_root(" ".join([rule.command or "ALL", *_words(rule)]))
    severity = Severity.HIGH if given else Severity.MEDIUM
    what = rule.command if rule.command else "everything"
    text = f"{rule.identity} may run {what} as {rule.target} without a password (doas)"
    if _runs_the_container(view, rule.identity):
        text += ", and the container runs as such a user"
        severity = Severity.CRITICAL if given and rule.target == "root" else severity
    return file_finding(
        view,
        fact,
        "accounts.doas-nopass",
        severity if installed else Severity.LOW,
        text + ("" if installed else " (doas itself is not in the image)"),
        lambda data: any(_without_number(other) == _without_number(rule) for other in data.lines),
        line=rule.number,
        evidence={"identity": rule.identity, "command": rule.command or None, "target": rule.target},
        remedies=(edit_file(absolute(fact.name), f"{rule.number}d"),),
        identity=text[:400],
    )


def _words(rule: DoasRule) -> tuple[str, ...]:
    """Return the arguments as sudoers has them: with ``args`` alone none is allowed."""
    return rule.arguments or ('""',) if rule.arguments is not None else ()


def _without_number(rule: DoasRule) -> tuple[object, ...]:
    return rule.permit, rule.options, rule.identity, rule.target, rule.command, rule.arguments


def _runs_the_container(view: ImageView, identity: str) -> bool:
    user = view.derived(runtime_user)
    if user.uid is None or user.is_root:
        return False
    gids = {user.gid, *user.groups}
    groups = {group.name for group in view.derived(account_database).groups if group.gid in gids}
    names = {user.name, str(user.uid), *(f":{name}" for name in groups), *(f":{gid}" for gid in gids)}
    return identity in names
