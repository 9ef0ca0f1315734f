"""The public keys that may log in: one value a key.

Source: sshd(8), "AUTHORIZED_KEYS FILE FORMAT": options, key type, base64 key, comment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import msgspec

MAX_KEYS = 1000
"""How many lines of a file are read."""
_TYPE = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9.@-]{1,60}")
_OPTION = re.compile(r"[A-Za-z-]{1,40}")


class AuthorizedKey(msgspec.Struct, frozen=True):
    """A key: its type, its fingerprint as ``ssh-keygen -l`` prints it, and the names of its options."""

    number: int
    type: str
    fingerprint: str
    options: tuple[str, ...] = ()


def parse_authorized_keys(data: bytes) -> tuple[AuthorizedKey, ...]:
    """Return the keys of a file; lines that hold none are left out, as sshd leaves them. Total."""
    result = []
    for number, line in enumerate(data.split(b"\n", MAX_KEYS)[:MAX_KEYS], 1):
        text = line.decode("utf-8", "replace").strip()
        key = None if text.startswith("#") else _key(number, text)
        if key is not None:
            result.append(key)
    return tuple(result)


def _key(number: int, text: str) -> AuthorizedKey | None:
    options, words = "", text.split()
    if words and not _TYPE.fullmatch(words[0]):
        cut = _end_of_options(text)
        options, words = text[:cut], text[cut:].split()
    if len(words) < 2 or not _TYPE.fullmatch(words[0]):
        return None
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    names = tuple(match[0] for part in _unquoted(options).split(",") if (match := _OPTION.match(part)))
    return AuthorizedKey(number, words[0], f"SHA256:{digest}", names)


def _end_of_options(text: str) -> int:
    """Return where the options end: at the first blank outside double quotes."""
    quoted = False
    for index, char in enumerate(text):
        if char == '"' and text[index - 1 : index] != "\\":
            quoted = not quoted
        elif char in " \t" and not quoted:
            return index
    return len(text)


def _unquoted(text: str) -> str:
    """Return options without their values."""
    return "".join(text.split('"')[::2])
