"""Accounts: users, groups and passwords, sudo, sshd's settings and keys (gap 15 of what scanners leave out)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imgscan.analyzers.accounts.database import PASSWD, User, account_database
from imgscan.analyzers.accounts.hashes import hash_findings
from imgscan.analyzers.accounts.observed import ACCOUNT_FILES, BACKUPS, HOST_KEYS, file_kind, observed
from imgscan.analyzers.accounts.sshd import sshd_findings
from imgscan.analyzers.accounts.sudo import sudo_findings, sudo_policy
from imgscan.analyzers.accounts.users import has_login, user_findings
from imgscan.analyzers.accounts.versions import ANALYZER, visible_version
from imgscan.analyzers.api import Content, Data, Interest
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.rootfs.view import ImageView

_MOST_BYTES = 1 << 20
_MOST_ITEMS = 5000


class Accounts:
    """Reads the account files of every layer; findings are on what the merged image shows, and on hashes and keys
    that a lower layer still holds.
    """

    id = ANALYZER
    version = 1
    interest = Interest(
        names=ACCOUNT_FILES | BACKUPS | HOST_KEYS | {"sudoers", "sshd_config", "authorized_keys", "authorized_keys2"},
        globs=("etc/sudoers.d/*", "usr/local/etc/sudoers.d/*", "etc/ssh/sshd_config.d/*"),
        max_content_bytes=_MOST_BYTES,
    )
    rules: Mapping[str, str] = {
        "accounts.uid-0-alias": "a user other than root has uid 0",
        "accounts.empty-password": "a user can be become without a password",
        "accounts.password-hash": "a password hash is in the image, for whoever has it to try offline",
        "accounts.duplicate-uid": "several users have one uid",
        "accounts.duplicate-gid": "several groups have one gid",
        "accounts.duplicate-user-name": "a user has several lines, of which the first counts",
        "accounts.system-login-shell": "a system user (uid below 1000) has a login shell that the image holds",
        "accounts.no-shadow-line": "passwd says that the password is in shadow, where there is no line",
        "accounts.malformed-line": "a line of an account file cannot be read as one",
        "accounts.nis-line": "a line takes in the accounts of a directory service",
        "accounts.not-read-whole": "an account file is too large to be read whole",
        "accounts.sudo-nopasswd": "sudo gives rights away without a password",
        "accounts.sudo-everyone": "sudo lets every user run everything",
        "accounts.sudo-environment": "sudo lets the caller's environment reach what root runs",
        "accounts.sudo-malformed": "sudo cannot read a statement of its policy",
        "accounts.sshd-setting": "a setting of sshd opens a way in",
        "accounts.authorized-keys": "a public key may log in",
        "accounts.ssh-host-key": "a private host key is in the image, the same in every container",
    }

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact a file: its lines as plain values, of password fields the scheme alone."""
        kind = file_kind(entry.path)
        found = observed(kind, content) if kind else None
        if found is not None:
            yield found

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item for each user of the merged image, and the findings."""
        yield from _items(view)
        yield from user_findings(view)
        yield from hash_findings(view)
        yield from sudo_findings(view)
        yield from sshd_findings(view)


def _items(view: ImageView) -> Iterator[Item]:
    database = view.derived(account_database)
    passwd = visible_version(view, PASSWD, "passwd")
    layer = passwd.layer.index if passwd is not None else None
    policy = sudo_policy(view)
    for user in database.users[:_MOST_ITEMS]:
        groups = [group.name for group in database.groups_of(user.name)]
        yield Item(
            "accounts", {**_item(view, user), "groups": groups, "sudo": _sudo(policy, user, groups), "layer": layer}
        )


def _item(view: ImageView, user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "uid": user.uid,
        "gid": user.gid,
        "home": user.home,
        "shell": user.shell,
        "login": has_login(view, user),
        "password": str(user.password),
        "hash": user.scheme or None,
    }


def _sudo(policy: Mapping[str, list[dict[str, Any]]], user: User, groups: list[str]) -> str:
    """Return what sudo allows a user: ``all``, ``some`` or ``no``, with ``, no password``."""
    names = [user.name, f"#{user.uid}", "ALL", *(f"%{group}" for group in groups)]
    rules = [rule for name in names for rule in policy.get(name, ())]
    if not rules:
        return "no"
    what = "all" if any(rule["all"] for rule in rules) else "some"
    return what + (", no password" if any(rule["nopasswd"] for rule in rules) else "")
