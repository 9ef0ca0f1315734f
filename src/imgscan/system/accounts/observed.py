"""What is observed of each file on accounts, as plain values: never a password's hash, never a key."""

from __future__ import annotations

from typing import Any

import msgspec

from imgscan.formats.accounts.authorized_keys import parse_authorized_keys
from imgscan.formats.accounts.passwd import (
    GroupLine,
    PasswdLine,
    ShadowLine,
    is_beyond,
    parse_group,
    parse_gshadow,
    parse_passwd,
    parse_shadow,
)
from imgscan.formats.accounts.sshd_config import MAX_LINES, parse_sshd_config
from imgscan.formats.accounts.sudoers import (
    MAX_STATEMENTS,
    Statement,
    SudoAlias,
    SudoDefaults,
    SudoFault,
    SudoInclude,
    SudoRule,
    parse_sudoers,
)
from imgscan.formats.path import base_name, parent_of
from imgscan.model.observed import Content
from imgscan.model.observer import Data

HOST_KEYS = frozenset(f"ssh_host_{kind}_key" for kind in ("rsa", "dsa", "ecdsa", "ed25519", "xmss"))
ACCOUNT_FILES = frozenset({"passwd", "group", "shadow", "gshadow"})
BACKUPS = frozenset(f"{name}-" for name in ACCOUNT_FILES)
_STATEMENTS: dict[type[Statement], str] = {
    SudoRule: "rule",
    SudoDefaults: "defaults",
    SudoAlias: "alias",
    SudoInclude: "include",
    SudoFault: "fault",
}


def file_kind(path: str) -> str:
    """Return which file on accounts a path is; empty for another file that only has such a name."""
    name, folder = base_name(path), base_name(parent_of(path))
    if name in ACCOUNT_FILES or name in BACKUPS:
        return name.rstrip("-") if folder == "etc" else ""
    if name == "sudoers" or "/sudoers." in f"/{path}":
        return "sudoers"
    if name == "sshd_config" or folder == "sshd_config.d" or (path.startswith("etc/ssh/") and path.endswith(".conf")):
        return "sshd_config"
    if name in ("authorized_keys", "authorized_keys2"):
        return "authorized_keys"
    return "host_key" if name in HOST_KEYS else ""


def observed(kind: str, content: Content) -> Data | None:
    """Return the data of a file's fact; ``whole`` is false when only its first bytes, lines or members were read."""
    data = content.data
    whole = content.whole and not (kind in ACCOUNT_FILES and is_beyond(data, kind == "group"))
    found: Data
    if kind == "host_key":
        if b"PRIVATE KEY-----" not in data[:200]:
            return None
        found = {}
    elif kind == "passwd":
        found = {"lines": [_passwd(line) for line in parse_passwd(data)]}
    elif kind == "group":
        found = {"lines": [_group(line) for line in parse_group(data)]}
    elif kind in ("shadow", "gshadow"):
        found = {"lines": [_shadow(line) for line in (parse_shadow if kind == "shadow" else parse_gshadow)(data)]}
    elif kind == "sudoers":
        statements = parse_sudoers(data)
        found = {"lines": [_sudo(item) for item in statements]}
        whole = whole and len(statements) < MAX_STATEMENTS
    elif kind == "sshd_config":
        found = {"lines": [_plain(line) for line in parse_sshd_config(data)]}
        whole = whole and data.count(b"\n") < MAX_LINES
    else:
        found = {"lines": [_plain(key) for key in parse_authorized_keys(data)]}
    return {"file": kind, "whole": whole, **found}


def _plain(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def _sudo(item: Statement) -> dict[str, Any]:
    """Return a statement with its kind; that of an alias is in ``alias``."""
    more = {"alias": item.kind} if isinstance(item, SudoAlias) else {}
    return _plain(item) | more | {"kind": _STATEMENTS[type(item)]}


def _passwd(line: PasswdLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "name": line.name,
        "password": str(line.password.kind),
        "scheme": line.password.scheme,
        "uid": line.uid,
        "gid": line.gid,
        "home": line.home,
        "shell": line.shell,
        "fault": line.fault,
    }


def _group(line: GroupLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "name": line.name,
        "password": str(line.password.kind),
        "scheme": line.password.scheme,
        "gid": line.gid,
        "members": list(line.members),
        "fault": line.fault,
    }


def _shadow(line: ShadowLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "name": line.name,
        "password": str(line.password.kind),
        "scheme": line.password.scheme,
        "fault": line.fault,
    }
