"""Accounts: users, groups and passwords, sudo, sshd's settings and keys."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.accounts.doas import doas_findings
from imgscan.analyzers.accounts.file_findings import unread_findings
from imgscan.analyzers.accounts.hashes import hash_findings
from imgscan.analyzers.accounts.rules import ANALYZER, RULES
from imgscan.analyzers.accounts.sshd import sshd_findings
from imgscan.analyzers.accounts.sudo import sudo_findings
from imgscan.analyzers.accounts.sudo_rights import SudoRights
from imgscan.analyzers.accounts.users import has_login, user_findings
from imgscan.model.finding import Finding, Item
from imgscan.model.ledger import Cause, Gap
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.database import PASSWD, User, account_database
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.accounts.observed import ACCOUNT_FILES, PasswdFile, file_kind
from imgscan.system.accounts.versions import visible_version

_MAX_ITEMS = 5000


class Accounts:
    """Reads the account files of every layer; findings are on what the merged image shows, and on hashes and keys
    that a lower layer still holds.
    """

    id = ANALYZER
    version = 4
    needs = (AccountFiles,)
    rules = RULES

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
    yield from doas_findings(view)
    yield from sshd_findings(view)
    yield from unread_findings(view)


_ALL = (f"{ANALYZER}.*",)
_LOGINS = (f"{ANALYZER}.sudo-*", f"{ANALYZER}.doas-*", f"{ANALYZER}.sshd-*", f"{ANALYZER}.authorized-keys")


def _gap(finding: Finding) -> Gap:
    database = file_kind(finding.path or "") in ACCOUNT_FILES
    what, rules = ("accounts", _ALL) if database else ("logins and rights of accounts", _LOGINS)
    return Gap(cause=Cause.LIMIT, what=what, why=finding.message, path=finding.path, rules=rules)


def _items(view: ImageView) -> Iterator[Item | Gap]:
    database = view.derived(account_database)
    passwd = visible_version(view, PASSWD, PasswdFile)
    layer = passwd.layer.index if passwd is not None else None
    rights = SudoRights(view)
    beyond = len(database.users) - _MAX_ITEMS
    if beyond > 0:
        yield Gap(cause=Cause.LIMIT, what="items of accounts", count=beyond, why="more than the report lists")
    for user in database.users[:_MAX_ITEMS]:
        groups = [group.name for group in database.groups_of(user.name)]
        yield Item("accounts", {**_item(view, user), "groups": groups, "sudo": rights.of(user), "layer": layer})


def _item(view: ImageView, user: User) -> dict[str, object]:
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
