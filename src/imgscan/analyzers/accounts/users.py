"""Findings on the lines of passwd, group and shadow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from imgscan.analyzers.accounts.file_findings import file_finding
from imgscan.analyzers.accounts.remedies import lock_password, take_login_shells
from imgscan.formats.accounts.crypt import PasswordKind
from imgscan.formats.accounts.passwd import is_nis
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Severity
from imgscan.model.remedy import edit_file
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.database import GROUP, GSHADOW, PASSWD, SHADOW, User, account_database
from imgscan.system.accounts.observed import (
    AccountLine,
    GroupFile,
    GshadowFile,
    LinesFile,
    PasswdFile,
    ShadowFile,
)
from imgscan.system.accounts.versions import FileT, visible_version
from imgscan.system.file_items import absolute
from imgscan.system.programs.lookup import find_program
from imgscan.wording import counted, listed

_NO_LOGIN = frozenset("nologin false true sync shutdown halt".split())
_FIRST_REGULAR_UID = 1000
_MAX_OF_A_RULE = 20
"""How many findings of one rule, and how many names in the evidence of one."""


def user_findings(view: ImageView) -> Iterator[Finding]:
    """Yield findings on users and groups of the merged image."""
    passwd = visible_version(view, PASSWD, PasswdFile)
    if passwd is not None:
        users = [user for user in view.derived(account_database).users if user.name and not is_nis(user.name)]
        yield from _root_aliases(view, passwd, users)
        yield from _empty_passwords(view, users)
        yield from _doubled(view, passwd, "uid", [(str(user.uid), user.name) for user in users if user.uid])
        yield from _doubled(view, passwd, "user name", [(user.name, f"line {user.number}") for user in users])
        yield from _login_shells(view, passwd, users)
        yield from _without_shadow(view, users)
    group = visible_version(view, GROUP, GroupFile)
    if group is not None:
        groups = view.derived(account_database).groups
        yield from _doubled(view, group, "gid", [(str(item.gid), item.name) for item in groups if item.gid is not None])
    for path, shape in _SHAPES.items():
        yield from _odd_lines(view, path, shape)


_SHAPES: dict[str, type[LinesFile]] = {
    PASSWD: PasswdFile,
    GROUP: GroupFile,
    SHADOW: ShadowFile,
    GSHADOW: GshadowFile,
}


def has_login(view: ImageView, user: User) -> bool:
    """Whether a user's shell is a program of the image that gives one something to type at."""
    shell = user.shell or "/bin/sh"  # passwd(5): an empty field means /bin/sh
    if shell.rpartition("/")[2] in _NO_LOGIN:
        return False
    node = view.stat(shell)
    return node is not None and node.kind is EntryKind.FILE and bool(node.entry.mode & 0o111)


def _holds(data: LinesFile, name: str, fits: Callable[[AccountLine], bool]) -> bool:
    """Whether a version of a file has a line of this name that fits."""
    return any(line.name == name and fits(line) for line in data.lines)


def _root_aliases(view: ImageView, passwd: LocatedFact[PasswdFile], users: Sequence[User]) -> Iterator[Finding]:
    for user in [user for user in users if user.uid == 0 and user.name != "root"][:_MAX_OF_A_RULE]:
        yield file_finding(
            view,
            passwd,
            "accounts.uid-0-alias",
            Severity.HIGH,
            f"the user {user.name} has uid 0: it is root by another name",
            partial(_holds, name=user.name, fits=lambda line: line.uid == 0),
            line=user.number,
            evidence={"user": user.name, "shell": user.shell},
            remedies=(edit_file(absolute(PASSWD), f"{user.number}d"),),
            identity=user.name,
        )


def _empty_passwords(view: ImageView, users: Sequence[User]) -> Iterator[Finding]:
    su = find_program(view, "su")
    su_is_suid = su is not None and su.entry.uid == 0 and bool(su.entry.mode & 0o4000)
    for user in [user for user in users if user.password is PasswordKind.EMPTY][:_MAX_OF_A_RULE]:
        holds = partial(_holds, name=user.name, fits=lambda line: line.password is PasswordKind.EMPTY)
        passwd, shadow = visible_version(view, PASSWD, PasswdFile), visible_version(view, SHADOW, ShadowFile)
        fact: LocatedFact[LinesFile] | None = shadow if shadow is not None and holds(shadow.data) else passwd
        assert fact is not None  # the user comes from one of the two
        becomes_root = su_is_suid and not user.uid
        usable = Severity.HIGH if has_login(view, user) else Severity.MEDIUM
        yield file_finding(
            view,
            fact,
            "accounts.empty-password",
            Severity.CRITICAL if becomes_root else usable,
            f"the user {user.name} has an empty password"
            + ("; su is SUID, so whoever runs in the container becomes root" if becomes_root else ""),
            holds,
            evidence={"user": user.name, "uid": user.uid, "shell": user.shell, "su_is_suid": su_is_suid},
            remedies=lock_password(fact.name, user.name),
            identity=user.name,
        )


def _doubled(
    view: ImageView, fact: LocatedFact[FileT], what: str, pairs: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    """Yield one finding on keys that several names (or lines) share."""
    values: dict[str, dict[str, None]] = {}
    for key, value in pairs:
        values.setdefault(key, {})[value] = None
    result = {key: list(shared) for key, shared in values.items() if len(shared) > 1}
    if result:
        description = listed([f"{key} ({listed(shared, 3)})" for key, shared in result.items()], 5)
        yield file_finding(
            view,
            fact,
            f"accounts.duplicate-{what.replace(' ', '-')}",
            Severity.LOW if what == "gid" else Severity.MEDIUM,
            f"{counted(len(result), what)} given more than once: {description}",
            evidence={"shared": {key: result[key][:_MAX_OF_A_RULE] for key in list(result)[:_MAX_OF_A_RULE]}},
            identity=" ".join(sorted(result))[:1000],
        )


def _login_shells(view: ImageView, passwd: LocatedFact[PasswdFile], users: Sequence[User]) -> Iterator[Finding]:
    result = [user for user in users if user.uid and user.uid < _FIRST_REGULAR_UID and has_login(view, user)]
    if result:
        names = [user.name for user in result]
        yield file_finding(
            view,
            passwd,
            "accounts.system-login-shell",
            Severity.LOW,
            f"{counted(len(result), 'system user')} with a login shell: {listed(names)}",
            partial(_holds, name=result[0].name, fits=lambda line: line.shell == result[0].shell),
            evidence={"shells": {user.name: user.shell for user in result[:_MAX_OF_A_RULE]}},
            remedies=take_login_shells(names),
            identity=" ".join(sorted(names))[:1000],
        )


def _without_shadow(view: ImageView, users: Sequence[User]) -> Iterator[Finding]:
    shadow = visible_version(view, SHADOW, ShadowFile)
    names = [user.name for user in users if user.password is PasswordKind.SHADOWED]
    if shadow is not None and shadow.data.whole and names:
        yield file_finding(
            view,
            shadow,
            "accounts.no-shadow-line",
            Severity.INFO,
            f"{counted(len(names), 'user')} of passwd without a line in shadow: {listed(names)}",
            evidence={"users": names[:_MAX_OF_A_RULE]},
            remediation="pwconv, of the package shadow, adds the lines",
            identity=" ".join(sorted(names))[:1000],
        )


def _odd_lines(view: ImageView, path: str, shape: type[LinesFile]) -> Iterator[Finding]:
    fact = visible_version(view, path, shape)
    if fact is None:
        return
    data = fact.data
    if not data.whole:
        text = "larger than any account file: only its start was read, and nobody is looked up in it"
        yield file_finding(view, fact, "accounts.not-read-whole", Severity.MEDIUM, text)
    faults = [line for line in data.lines if line.fault]
    if faults:
        yield _malformed(view, fact, path, faults)
    nis = [line for line in data.lines if is_nis(line.name)]
    if nis:
        yield file_finding(
            view,
            fact,
            "accounts.nis-line",
            Severity.MEDIUM,
            f"{counted(len(nis), 'line')} to include the accounts of a directory service ({nis[0].name})",
            line=nis[0].number,
            evidence={"lines": [line.number for line in nis[:_MAX_OF_A_RULE]]},
            remedies=(edit_file(absolute(path), "/^[+-]/d"),),
        )


def _malformed(view: ImageView, fact: LocatedFact[LinesFile], path: str, faults: Sequence[AccountLine]) -> Finding:
    zero = path == PASSWD and any(line.uid is None and line.name for line in faults)
    description = listed([f"line {line.number}: {line.fault}" for line in faults], 3)
    lines = [f"{line.number}d" for line in faults[:_MAX_OF_A_RULE]]
    return file_finding(
        view,
        fact,
        "accounts.malformed-line",
        Severity.MEDIUM if zero else Severity.LOW,
        f"{counted(len(faults), 'malformed line')} ({description})"
        + ("; runtimes read such a uid as 0" if zero else ""),
        line=faults[0].number,
        evidence={"lines": [{"line": line.number, "fault": line.fault} for line in faults[:_MAX_OF_A_RULE]]},
        remedies=(edit_file(absolute(path), *lines),),
        identity=" ".join(line.fault for line in faults[:_MAX_OF_A_RULE]),
    )
