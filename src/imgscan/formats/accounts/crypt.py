"""What the password field of an account line says, without its value: how it is locked or hashed.

A hash can be attacked offline, so its text never leaves this module: what comes back is the scheme alone.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec


class PasswordKind(StrEnum):
    """What a password field does to a login by password."""

    EMPTY = "empty"
    SHADOWED = "shadowed"
    LOCKED = "locked"
    HASHED = "hashed"
    INVALID = "invalid"


class Password(msgspec.Struct, frozen=True):
    """A password field: ``scheme`` is crypt(5)'s name of the hash, empty where there is none.

    LOCKED with a scheme is a hash put out of use by a leading ``!``: it stands in the file all the same.
    """

    kind: PasswordKind
    scheme: str = ""


_PREFIXES = (
    ("$y$", "yescrypt"),
    ("$gy$", "gost-yescrypt"),
    ("$7$", "scrypt"),
    ("$2a$", "bcrypt"),
    ("$2b$", "bcrypt"),
    ("$2x$", "bcrypt"),
    ("$2y$", "bcrypt"),
    ("$6$", "sha512crypt"),
    ("$5$", "sha256crypt"),
    ("$argon2", "argon2"),
    ("$sha1", "sha1crypt"),
    ("$md5", "sunmd5"),
    ("$1$", "md5crypt"),
    ("$3$", "nt"),
)
_DES = re.compile(r"[./0-9A-Za-z]{13}")
_BSDI = re.compile(r"_[./0-9A-Za-z]{19}")

WEAK_SCHEMES = frozenset({"sha1crypt", "sunmd5", "md5crypt", "nt", "bsdicrypt", "descrypt"})
"""Schemes that crypt(5) says not to use for new hashes, or that a processor tries by the million a second."""


def parse_password(field: str) -> Password:
    """Return what a password field of passwd, shadow, group or gshadow says.

    Sources: passwd(5), shadow(5): a field that starts with ``!`` or holds no valid hash admits no password;
    crypt(5) for the prefixes.
    """
    if not field:
        return Password(PasswordKind.EMPTY)
    if field == "x":
        return Password(PasswordKind.SHADOWED)
    bare = field.lstrip("!*")
    scheme = _scheme(bare)
    if bare != field:
        return Password(PasswordKind.LOCKED, scheme)
    return Password(PasswordKind.HASHED, scheme) if scheme else Password(PasswordKind.INVALID)


def _scheme(text: str) -> str:
    result = next((name for prefix, name in _PREFIXES if text.startswith(prefix)), "")
    if not result and _DES.fullmatch(text):
        return "descrypt"
    return "bsdicrypt" if not result and _BSDI.fullmatch(text) else result
