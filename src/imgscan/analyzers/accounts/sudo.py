"""Findings on the policy of sudo, read as sudo reads it: from /etc/sudoers on, through its includes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imgscan.analyzers.accounts.database import account_database
from imgscan.analyzers.accounts.versions import file_finding, visible_version
from imgscan.analyzers.places import shell_word
from imgscan.analyzers.program_files import find_program
from imgscan.analyzers.program_names import SHELLS
from imgscan.analyzers.runtime_user import runtime_user
from imgscan.formats.path import base_name
from imgscan.model.finding import Finding, Severity
from imgscan.rootfs.view import ImageView, PlacedFact
from imgscan.wording import counted, listed

_SUDOERS = "etc/sudoers"
_MOST = 20
_MOST_FILES = 200
# What a policy that allows it might as well allow everything for: each runs or writes whatever its arguments say.
_AS_GOOD_AS_ALL = SHELLS | frozenset(
    "su sudo env find vi vim vim.basic vim.tiny nvim nano less more man awk gawk mawk perl python python2 python3 ruby "
    "node php lua tclsh gdb strace tar zip rsync cp mv tee dd chmod chown install mount docker podman nsenter unshare "
    "chroot systemctl service apt apt-get dpkg rpm yum dnf apk pip pip3 npm make git ssh xargs script screen tmux "
    "nmap tcpdump crontab visudo passwd usermod useradd sed ed busybox".split()
)
_SETTINGS = (
    ("!authenticate", "accounts.sudo-nopasswd", Severity.HIGH, "no password is asked for"),
    ("!env_reset", "accounts.sudo-environment", Severity.MEDIUM, "the caller's environment reaches what root runs"),
    ("setenv", "accounts.sudo-environment", Severity.MEDIUM, "the caller may set what root's program has in its"),
)
_KEPT = ("LD_", "PYTHON", "PERL", "RUBY", "NODE_", "BASH_ENV", "ENV", "PATH", "SHELLOPTS", "IFS")


def sudo_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on rules and settings that give root away, and on what cannot be read as a policy."""
    installed = find_program(view, "sudo") is not None
    policy = [(fact, line) for fact in _files(view) for line in fact.data["lines"]]
    everyone_proves = any(
        line["kind"] == "defaults" and {"targetpw", "rootpw", "runaspw"} & set(line["settings"]) for _, line in policy
    )
    found = 0
    for fact, line in policy:
        for finding in _line(view, fact, line, installed, everyone_proves):
            found += 1
            yield finding
        if found >= _MOST:
            break
    yield from _faults(view, policy)


def sudo_policy(view: ImageView) -> Mapping[str, list[dict[str, Any]]]:
    """Return the rules in force by those whom they name: what they may run, whether without a password."""
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in _files(view):
        for line in fact.data["lines"]:
            if line["kind"] == "rule":
                rule = {"all": any(item["command"] == "ALL" for item in line["commands"]), "nopasswd": _free(line)}
                for user in line["users"]:
                    rules = found.setdefault(user, [])
                    if rule not in rules:  # one of four
                        rules.append(rule)
    return found


def _files(view: ImageView) -> list[PlacedFact]:
    """Return the files of the policy in the order in which sudo reads them."""
    found: dict[str, PlacedFact] = {}
    pending = [_SUDOERS]
    while pending and len(found) < _MOST_FILES:
        fact = visible_version(view, pending.pop(), "sudoers")
        if fact is None or fact.path in found:
            continue
        found[fact.path] = fact
        for line in reversed(fact.data["lines"]):
            if line["kind"] == "include":
                pending += reversed(_included(view, line["path"], line["directory"]))
    return list(found.values())


def _included(view: ImageView, path: str, directory: bool) -> list[str]:
    if not directory:
        return [path]
    # sudoers(5): "files that end in ~ or contain a . character" are skipped.
    nodes = view.children(path)[:_MOST_FILES]
    names = ((node.path, base_name(node.path)) for node in nodes)
    return [path for path, name in names if "." not in name and not name.endswith("~")]


def _free(line: dict[str, Any]) -> bool:
    return any(item["nopasswd"] for item in line["commands"])


def _line(
    view: ImageView, fact: PlacedFact, line: dict[str, Any], installed: bool, everyone_proves: bool
) -> Iterator[Finding]:
    if line["kind"] == "rule":
        yield from _rule(view, fact, line, installed, everyone_proves)
    elif line["kind"] == "defaults":
        for setting, rule, severity, why in _SETTINGS:
            if setting in line["settings"]:
                yield _told(view, fact, line, rule, severity, f"Defaults{line['scope']} {setting}: {why}", installed)
        kept = [text for text in line["settings"] if text.startswith("env_keep") and _keeps(text)]
        if kept:
            text = f"Defaults{line['scope']} {kept[0]}: a variable that decides what root's programs load"
            yield _told(view, fact, line, "accounts.sudo-environment", Severity.MEDIUM, text, installed)


def _keeps(setting: str) -> bool:
    names = setting.partition("=")[2].replace('"', " ").split()
    taken_away = setting.removeprefix("env_keep").lstrip().startswith("-")
    return not taken_away and any(name.startswith(_KEPT) for name in names)


def _rule(
    view: ImageView, fact: PlacedFact, line: dict[str, Any], installed: bool, everyone_proves: bool
) -> Iterator[Finding]:
    who = [user for user in line["users"] if user not in ("root", "#0")]
    if not who:
        return
    told = listed(who, 3)
    members = [
        member for group in view.derived(account_database).groups if f"%{group.name}" in who for member in group.members
    ]
    if _free(line):
        free = [item["command"] for item in line["commands"] if item["nopasswd"]]
        root = [command for command in free if _is_root(command)]
        what = f"everything ({listed(root, 3)})" if root else listed(free, 3)
        text = f"{told} may run {what} as {_runas(line)} without a password"
        severity = Severity.HIGH if root else Severity.MEDIUM
        own = _runs_the_container(view, who)
        if own:
            text += ", and the container runs as such a user"
            severity = Severity.CRITICAL if root and _runas(line) == "root" else severity
        evidence = {"users": who, "commands": free[:_MOST], "group_members": members[:_MOST]}
        yield _told(view, fact, line, "accounts.sudo-nopasswd", severity, text, installed, evidence)
    elif "ALL" in who and not everyone_proves and any(item["command"] == "ALL" for item in line["commands"]):
        text = "every user may run everything as root, with a password of their own"
        yield _told(view, fact, line, "accounts.sudo-everyone", Severity.HIGH, text, installed)


def _runs_the_container(view: ImageView, who: list[str]) -> bool:
    """Whether a rule names the container's user, by name, number or group."""
    user = view.derived(runtime_user)
    if user.uid is None or user.is_root:
        return False
    gids = {user.gid, *user.groups}
    groups = [group.name for group in view.derived(account_database).groups if group.gid in gids]
    names = {f"#{user.uid}", "ALL", *(f"%{name}" for name in groups), *(f"%#{gid}" for gid in gids)}
    return not names.isdisjoint(who) or user.name in who


def _is_root(command: str) -> bool:
    return command == "ALL" or base_name(command.partition(" ")[0]) in _AS_GOOD_AS_ALL


def _runas(line: dict[str, Any]) -> str:
    runas = next((item["runas"] for item in line["commands"] if item["nopasswd"]), "")
    return "root" if runas.partition(":")[0] in ("", "ALL", "root") else str(runas)


def _told(
    view: ImageView,
    fact: PlacedFact,
    line: dict[str, Any],
    rule: str,
    severity: Severity,
    message: str,
    installed: bool,
    evidence: dict[str, Any] | None = None,
) -> Finding:
    same = {key: value for key, value in line.items() if key != "number"}
    return file_finding(
        view,
        fact,
        rule,
        severity if installed else Severity.LOW,
        message + ("" if installed else " (sudo itself is not in the image)"),
        lambda data: any({**other, "number": 0} == {**same, "number": 0} for other in data["lines"]),
        line=line["number"],
        evidence=evidence,
        remediation=_removal(fact, line["number"]),
        identity=message[:400],
    )


def _removal(fact: PlacedFact, number: int) -> str:
    alone = len(fact.data["lines"]) == 1 and fact.path != _SUDOERS
    return f"RUN rm {shell_word(fact.path)}" if alone else f"RUN sed -i {number}d {shell_word(fact.path)}"


def _faults(view: ImageView, policy: list[tuple[PlacedFact, dict[str, Any]]]) -> Iterator[Finding]:
    by_file: dict[str, list[dict[str, Any]]] = {}
    files = {}
    for fact, line in policy:
        if line["kind"] == "fault":
            files[fact.path] = fact
            by_file.setdefault(fact.path, []).append(line)
    for path, faults in list(by_file.items())[:_MOST]:
        text = f"{counted(len(faults), 'statement')} that sudo cannot read (line {faults[0]['number']}: "
        yield file_finding(
            view,
            files[path],
            "accounts.sudo-malformed",
            Severity.LOW,
            f"{text}{faults[0]['fault']})",
            line=faults[0]["number"],
            evidence={"lines": [line["number"] for line in faults[:_MOST]]},
            remediation=f"RUN visudo -c -f {shell_word(path)}",
        )
