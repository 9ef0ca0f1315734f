"""What is observed of each file on accounts, as structs: never a password's hash, never a key."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from imgscan.formats.accounts.authorized_keys import AuthorizedKey, parse_authorized_keys
from imgscan.formats.accounts.crypt import PasswordKind
from imgscan.formats.accounts.doas import MAX_RULES, DoasRule, parse_doas
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
from imgscan.formats.accounts.sshd_config import MAX_LINES, Directive, parse_sshd_config
from imgscan.formats.accounts.sudoers import MAX_STATEMENTS, Statement, parse_sudoers
from imgscan.formats.path import base_name, parent_of
from imgscan.model.observed import Content


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of passwd, group, shadow or gshadow; of its password what it is and the scheme of its hash alone.

    The comment (GECOS) is left out: it names people. ``uid`` and ``gid`` are None where they are no numbers, or the
    file has none; ``members`` are those of a group.
    """

    number: int
    name: str
    password: PasswordKind
    scheme: str
    fault: str
    uid: int | None = None
    gid: int | None = None
    home: str = ""
    shell: str = ""
    members: tuple[str, ...] = ()


class AccountFile(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A file on accounts; ``whole`` is false when only its first bytes, lines or members were read."""

    name: ClassVar[str] = ""
    """What ``file_kind`` calls it."""
    whole: bool


class LinesFile(AccountFile, frozen=True, kw_only=True, tag=True):
    """A file of lines on users or groups."""

    lines: tuple[AccountLine, ...]


class PasswdFile(LinesFile, frozen=True, kw_only=True, tag=True):
    """passwd(5), also a backup of it."""

    name: ClassVar[str] = "passwd"


class GroupFile(LinesFile, frozen=True, kw_only=True, tag=True):
    """group(5)."""

    name: ClassVar[str] = "group"


class ShadowFile(LinesFile, frozen=True, kw_only=True, tag=True):
    """shadow(5)."""

    name: ClassVar[str] = "shadow"


class GshadowFile(LinesFile, frozen=True, kw_only=True, tag=True):
    """gshadow(5)."""

    name: ClassVar[str] = "gshadow"


class SudoersFile(AccountFile, frozen=True, kw_only=True, tag=True):
    """sudoers(5), or a file that one includes."""

    name: ClassVar[str] = "sudoers"
    lines: tuple[Statement, ...]


class DoasFile(AccountFile, frozen=True, kw_only=True, tag=True):
    """doas.conf(5)."""

    name: ClassVar[str] = "doas"
    lines: tuple[DoasRule, ...]


class SshdConfigFile(AccountFile, frozen=True, kw_only=True, tag=True):
    """sshd_config(5), or a file that one includes."""

    name: ClassVar[str] = "sshd_config"
    lines: tuple[Directive, ...]


class AuthorizedKeysFile(AccountFile, frozen=True, kw_only=True, tag=True):
    """The public keys that may log in as a user."""

    name: ClassVar[str] = "authorized_keys"
    lines: tuple[AuthorizedKey, ...]


class HostKeyFile(AccountFile, frozen=True, kw_only=True, tag=True):
    """A private key of sshd; nothing of it is kept."""

    name: ClassVar[str] = "host_key"


HOST_KEYS = frozenset(f"ssh_host_{kind}_key" for kind in ("rsa", "dsa", "ecdsa", "ed25519", "xmss"))
ACCOUNT_FILES = frozenset({"passwd", "group", "shadow", "gshadow"})
KINDS = (*sorted(ACCOUNT_FILES), "sudoers", "doas", "sshd_config", "authorized_keys", "host_key")
"""What ``file_kind`` may call a file."""
BACKUPS = frozenset(f"{name}-" for name in ACCOUNT_FILES)


def file_kind(path: str) -> str:
    """Return which file on accounts a path is; empty for another file that only has such a name."""
    name, folder = base_name(path), base_name(parent_of(path))
    if name in ACCOUNT_FILES or name in BACKUPS:
        return name.rstrip("-") if folder == "etc" else ""
    if name == "sudoers" or "/sudoers." in f"/{path}":
        return "sudoers"
    if path.endswith("etc/doas.conf") or (folder == "doas.d" and name.endswith(".conf")):
        return "doas"
    if name == "sshd_config" or folder == "sshd_config.d" or (path.startswith("etc/ssh/") and path.endswith(".conf")):
        return "sshd_config"
    if name in ("authorized_keys", "authorized_keys2"):
        return "authorized_keys"
    return "host_key" if name in HOST_KEYS else ""


def observed(kind: str, content: Content) -> AccountFile | None:
    """Return what a file says, None where it is none of its kind."""
    data = content.data
    whole = content.whole and not (kind in ACCOUNT_FILES and is_beyond(data, kind == "group"))
    if kind == "passwd":
        return PasswdFile(whole=whole, lines=tuple(map(_passwd, parse_passwd(data))))
    if kind == "group":
        return GroupFile(whole=whole, lines=tuple(map(_group, parse_group(data))))
    if kind == "shadow":
        return ShadowFile(whole=whole, lines=tuple(map(_shadow, parse_shadow(data))))
    if kind == "gshadow":
        return GshadowFile(whole=whole, lines=tuple(map(_shadow, parse_gshadow(data))))
    if kind == "sudoers":
        statements = parse_sudoers(data)
        return SudoersFile(whole=whole and len(statements) < MAX_STATEMENTS, lines=statements)
    if kind == "doas":
        rules = parse_doas(data)
        return DoasFile(whole=whole and len(rules) < MAX_RULES, lines=rules)
    if kind == "sshd_config":
        return SshdConfigFile(whole=whole and data.count(b"\n") < MAX_LINES, lines=parse_sshd_config(data))
    if kind == "authorized_keys":
        return AuthorizedKeysFile(whole=whole, lines=parse_authorized_keys(data))
    return HostKeyFile(whole=whole) if b"PRIVATE KEY-----" in data[:200] else None


def _passwd(line: PasswdLine) -> AccountLine:
    return AccountLine(
        number=line.number,
        name=line.name,
        password=line.password.kind,
        scheme=line.password.scheme,
        uid=line.uid,
        gid=line.gid,
        home=line.home,
        shell=line.shell,
        fault=line.fault,
    )


def _group(line: GroupLine) -> AccountLine:
    return AccountLine(
        number=line.number,
        name=line.name,
        password=line.password.kind,
        scheme=line.password.scheme,
        gid=line.gid,
        members=line.members,
        fault=line.fault,
    )


def _shadow(line: ShadowLine) -> AccountLine:
    return AccountLine(
        number=line.number,
        name=line.name,
        password=line.password.kind,
        scheme=line.password.scheme,
        fault=line.fault,
    )
