"""Findings on files whose content gives rights away: who may read or write them must be root alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from imgscan.analyzers.permissions.files import LOGIN_FILES, PRIVATE_KEYS, PermissionFiles
from imgscan.analyzers.permissions.rules import ANALYZER
from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Severity
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView, Node
from imgscan.system.accounts.database import account_database
from imgscan.system.file_items import absolute

_MAX_FINDINGS = 20


class Wanted(NamedTuple):
    """The bits that a file must not have, and what it is; a group named in ``readers`` may read it all the same."""

    forbidden: int
    what: str
    readers: tuple[str, ...] = ()


_SECRET = Wanted(0o077, "password hashes", ("root", "shadow"))
_WRITERS = 0o022
_SUDOERS_D = "etc/sudoers.d"
_PATHS: dict[str, Wanted] = {
    "etc/shadow": _SECRET,
    "etc/shadow-": _SECRET,
    "etc/gshadow": _SECRET,
    "etc/gshadow-": _SECRET,
    "etc/master.passwd": _SECRET,
    "etc/security/opasswd": Wanted(0o077, "former passwords"),
    "etc/krb5.keytab": Wanted(0o077, "Kerberos keys"),
    "etc/ssl/private": Wanted(0o027, "private keys", ("root", "ssl-cert")),
    "etc/passwd": Wanted(_WRITERS, "the list of users"),
    "etc/group": Wanted(_WRITERS, "the list of groups"),
    "etc/sudoers": Wanted(0o026, "the policy of sudo"),
    _SUDOERS_D: Wanted(_WRITERS, "the policy of sudo"),
    "etc/ssh/sshd_config": Wanted(_WRITERS, "the settings of sshd"),
    "etc/ld.so.preload": Wanted(_WRITERS, "libraries loaded into every program"),
    "etc/crontab": Wanted(_WRITERS, "what cron runs"),
    "root": Wanted(_WRITERS, "root's home"),
    "etc/pam.d": Wanted(_WRITERS, "how logins are checked"),
}


def sensitive_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each sensitive file whose mode or owner is loose."""
    nodes: dict[int, tuple[Node, Wanted]] = {}
    for path, wanted in _PATHS.items():
        node = view.stat(path)
        if node is not None:
            nodes.setdefault(node.inode, (node, wanted))
    for node in view.children(_SUDOERS_D)[:500]:
        if node.kind is EntryKind.FILE:
            nodes.setdefault(node.inode, (node, _PATHS[_SUDOERS_D]))
    for fact in view.visible(PermissionFiles):
        named = _named(view, fact.names[0]) if fact.data.folders is None else None
        if named is not None:
            nodes.setdefault(named[0].inode, named)
    groups = {group.gid: group.name for group in reversed(view.derived(account_database).groups)} | {0: "root"}
    judged = (_finding_of(view, node, wanted, groups.get(node.entry.gid, "")) for node, wanted in nodes.values())
    result = [finding for finding in judged if finding is not None]
    yield from sorted(result, key=lambda finding: (-finding.severity, finding.path))[:_MAX_FINDINGS]


def is_sensitive(path: str) -> bool:
    """Whether this module judges what others may write to at ``path``, so that nobody else has to."""
    return path in _PATHS or parent_of(path) == _SUDOERS_D or base_name(path) in LOGIN_FILES


def _named(view: ImageView, path: str) -> tuple[Node, Wanted] | None:
    node = view.stat(path, follow=False)
    if node is None:
        return None
    name = base_name(path)
    if name in PRIVATE_KEYS and node.kind is EntryKind.FILE:
        # "identity" and the like are ordinary names elsewhere.
        if name.startswith(("ssh_host", "id_")) or base_name(parent_of(path)) == ".ssh":
            return node, Wanted(0o077, "a private key", ("ssh_keys",))
        return None
    return (node, Wanted(_WRITERS, "who may log in")) if name in LOGIN_FILES else None


def _finding_of(view: ImageView, node: Node, wanted: Wanted, group: str) -> Finding | None:
    entry = node.entry
    forbidden = wanted.forbidden
    if group in wanted.readers:
        forbidden &= ~0o050
    loose = entry.mode & forbidden
    # Owners of what others may write are told of with the region that it belongs to.
    foreign = bool(entry.uid) and wanted is _SECRET
    if not loose and not foreign:
        return None
    if node.kind is EntryKind.DIRECTORY and wanted.readers and not view.children(node.path):
        return None  # a directory for secrets that holds none
    writable = bool(loose & 0o022) or foreign
    # Root's own group: a way in for a container user of gid 0 alone, who is told of what it may write.
    mild = loose == 0o020 and not entry.gid and not foreign
    who = "everyone" if loose & 0o006 else f"group {entry.gid}" if loose else f"its owner, uid {entry.uid},"
    act = "write" if writable else "read"
    good = entry.mode & ~forbidden & 0o7777
    paths = (absolute(node.path),)
    remedies = [Remedy(Action.CHANGE_OWNER, "chown root", paths)] if foreign else []
    if loose:
        remedies.append(Remedy(Action.CHANGE_MODE, f"chmod {good:04o}", paths))
    return Finding(
        rule=f"{ANALYZER}.sensitive-mode",
        analyzer=ANALYZER,
        severity=Severity.LOW if mild else Severity.HIGH if writable or loose & 0o004 else Severity.MEDIUM,
        message=f"mode {entry.mode:04o}, owner {entry.uid}:{entry.gid}: {who} may {act} {wanted.what}",
        path=node.path,
        layer=view.points[node.content_layer],
        evidence={"mode": f"{entry.mode:04o}", "uid": entry.uid, "gid": entry.gid},
        remedies=tuple(remedies),
        identity=f"{entry.mode:04o} {entry.uid}",
    )
