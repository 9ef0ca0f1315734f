"""Accounts: users, groups and passwords, sudo, sshd's settings and keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from imgscan.analyzers.accounts.database import PASSWD, User, account_database
from imgscan.analyzers.accounts.hashes import hash_findings
from imgscan.analyzers.accounts.observed import ACCOUNT_FILES, BACKUPS, HOST_KEYS, file_kind, observed
from imgscan.analyzers.accounts.sshd import sshd_findings
from imgscan.analyzers.accounts.sudo import sudo_findings
from imgscan.analyzers.accounts.sudo_rights import SudoRights
from imgscan.analyzers.accounts.users import has_login, user_findings
from imgscan.analyzers.accounts.versions import ANALYZER, unread_findings, visible_version
from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.rules.accounts import RULES
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.model.ledger import Cause, Gap
from imgscan.rootfs.view import ImageView

_MOST_BYTES = 1 << 20
_MOST_ITEMS = 5000


class Accounts:
    """Reads the account files of every layer; findings are on what the merged image shows, and on hashes and keys
    that a lower layer still holds.
    """

    id = ANALYZER
    version = 3
    interest = Interest(
        names=ACCOUNT_FILES | BACKUPS | HOST_KEYS | {"sudoers", "sshd_config", "authorized_keys", "authorized_keys2"},
        globs=("etc/sudoers.*", "usr/local/etc/sudoers.*", "etc/ssh/sshd_config.d/*", "etc/ssh/*.conf"),
        max_content_bytes=_MOST_BYTES,
    )
    rules = RULES

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact a file: its lines as plain values, of password fields the scheme alone."""
        kind = file_kind(entry.path)
        found = observed(kind, content) if kind else None
        if found is not None:
            yield found

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Yield an item for each user of the merged image, the findings, and what was not read whole."""
        yield from _items(view)
        for finding in _findings(view):
            yield finding
            if finding.rule == "accounts.not-read-whole":
                yield _gap(finding)


def _findings(view: ImageView) -> Iterator[Finding]:
    yield from user_findings(view)
    yield from hash_findings(view)
    yield from sudo_findings(view)
    yield from sshd_findings(view)
    yield from unread_findings(view)


_ALL = (f"{ANALYZER}.*",)
_LOGINS = (f"{ANALYZER}.sudo-*", f"{ANALYZER}.sshd-*", f"{ANALYZER}.authorized-keys")


def _gap(finding: Finding) -> Gap:
    database = file_kind(finding.path or "") in ACCOUNT_FILES
    what, rules = ("accounts", _ALL) if database else ("logins and rights of accounts", _LOGINS)
    return Gap(cause=Cause.LIMIT, what=what, why=finding.message, path=finding.path, rules=rules)


def _items(view: ImageView) -> Iterator[Item | Gap]:
    database = view.derived(account_database)
    passwd = visible_version(view, PASSWD, "passwd")
    layer = passwd.layer.index if passwd is not None else None
    rights = SudoRights(view)
    beyond = len(database.users) - _MOST_ITEMS
    if beyond > 0:
        yield Gap(cause=Cause.LIMIT, what="items of accounts", count=beyond, why="more than the report lists")
    for user in database.users[:_MOST_ITEMS]:
        groups = [group.name for group in database.groups_of(user.name)]
        yield Item("accounts", {**_item(view, user), "groups": groups, "sudo": rights.of(user), "layer": layer})


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
