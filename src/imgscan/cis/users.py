"""4.1: who the container runs as."""

from __future__ import annotations

import msgspec

from imgscan.cis.evidence import lines_of, named
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.model.control import Status
from imgscan.model.items import UserItem, read_evidence
from imgscan.wording import quoted

_REMEDY = "USER 10001:10001"

RESTS = ("config.*", "accounts.uid-0-alias")
"""Whom a name means, the account files say."""
GIVES = {
    Status.PASS: "USER leads, through /etc/passwd, to a uid and gid other than 0",
    Status.FAIL: "uid 0 by whatever name or number, or no USER; a user or group that does not exist; a user that the "
    "policy does not allow",
    Status.WARN: "uid 0, but the entrypoint calls a program that drops it (gosu, su-exec, setpriv, runuser ...); or "
    "root's group (gid 0)",
    Status.INFO: "uid 0, and root or 0 is on the policy's list of users",
    Status.UNKNOWN: "no config, the config analyzer did not run, /etc/passwd or /etc/group was not read, a Windows "
    "image, or not read whole",
}


def check_user(subject: Subject) -> ControlVerdict:
    """Return whether the container's user is another one than root."""
    item = subject.config
    if item is None:
        return unknown("nothing was concluded on the config")
    user = item.user
    by_name = not user.spec.partition(":")[0].lstrip("+-").isdigit() and bool(user.spec)
    if user.lookup == "unknown" or (by_name and subject.is_open("config.*")):
        why = "" if subject.is_open("config.*") else ": /etc/passwd or /etc/group was not read"
        return unknown(f"whom USER {quoted(user.spec) if user.spec else '(none)'} names is not known{why}")
    missing = subject.of("config.user-missing")
    if user.lookup == "refused":
        text = f"USER {quoted(user.spec)} names nobody of the image: the container does not start"
        return verdict(Status.FAIL, text, lines_of(missing), missing, _REMEDY)
    return _root(subject, user) if user.uid == 0 else _other(subject, user)


class _Dropped(msgspec.Struct, frozen=True):
    """What the finding on root says of programs that give root up."""

    drops: tuple[str, ...] = ()


def _root(subject: Subject, user: UserItem) -> ControlVerdict:
    result = subject.of("config.root-user")
    how = f"USER {quoted(user.spec)}" if user.spec else "no USER"
    if _allowed(subject, user):
        return verdict(Status.INFO, f"the container starts as root ({how}), which the policy allows", lines_of(result))
    drops = sorted({name for finding in result for name in read_evidence(finding, _Dropped).drops})
    if drops:
        text = f"the container starts as root ({how}); its entrypoint calls {named(drops)}, which drops it"
        return verdict(Status.WARN, text, lines_of(result), result, _REMEDY)
    also = f", the uid of {user.name}" if user.name not in (None, "root") else ""
    return verdict(Status.FAIL, f"the container runs as root ({how}{also})", lines_of(result), result, _REMEDY)


def _other(subject: Subject, user: UserItem) -> ControlVerdict:
    description = f"uid {user.uid}" + (f" ({user.name})" if user.name else "")
    allowed = _allowed(subject, user)
    if subject.policy.users is not None and not allowed:
        text = f"{description} is not among the users that the policy allows: {named(sorted(subject.policy.users))}"
        return verdict(Status.FAIL, text, [f"USER {quoted(user.spec)}"], remediation=_REMEDY)
    group = subject.of("config.user-root-group")
    if group and not allowed:
        return verdict(
            Status.WARN, f"{description} runs in root's group (gid 0)", lines_of(group), group, group[0].remediation
        )
    return verdict(Status.PASS, f"the container runs as {description}, gid {user.gid}", [f"USER {quoted(user.spec)}"])


def _allowed(subject: Subject, user: UserItem) -> bool:
    # The image's own passwd says who has uid 0: an allowed name that it gives to root allows no root.
    given = {user.spec, user.name or ("root" if user.uid == 0 else None)}
    names = {*(given & {"root"} if user.uid == 0 else given), str(user.uid), f"{user.uid}:{user.gid}"}
    return bool(names & (subject.policy.users or frozenset()))
