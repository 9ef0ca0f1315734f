"""Private keys in text: PEM, OpenSSH, PGP, PuTTY. Their bodies are read, since a header alone is documentation."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from imgscan.analyzers.api import Pattern
from imgscan.analyzers.secrets.strength import entropy

EXPRESSION = r"-----BEGIN[A-Z0-9 ]{0,24} PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----|PuTTY-User-Key-File-[23]: "
PATTERN = Pattern(id="key:pem", expression=EXPRESSION, before=96, after=12 << 10)

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{0,23}?) ?PRIVATE KEY(?: BLOCK)?-----")
_JOINTS = re.compile(rb"\\r|\\n|\\t|\\\\n|[\s\"'+,\\;]|&#1[03];|<br/?>")
_HEADER = re.compile(rb"^[ \t]*(?:[A-Za-z][A-Za-z0-9-]{1,30}: [^\n]*)$", re.MULTILINE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]+")


# SHA-256 of the bodies of keys that libraries hold for their own tests of what works: netty's.
_PUBLISHED = frozenset({"98fce2d0b216eefe594238a9866e9f61a3047060460cbf290c1faa078fcffe70"})


class PrivateKey(NamedTuple):
    """What was found: ``start`` and ``length`` in the excerpt, ``encrypted``, and the key's bytes for its hash."""

    label: str
    start: int
    length: int
    encrypted: bool
    body: bytes


def private_key(excerpt: bytes, end: int) -> PrivateKey | None:
    """Return the private key whose first line ends at ``end``; None when its body is none."""
    putty = excerpt.rfind(b"PuTTY-User-Key-File-", 0, end)
    if putty >= 0 and end - putty < 24:
        return _putty(excerpt, putty)
    at = excerpt.rfind(b"-----BEGIN", 0, end)
    begin = _BEGIN.match(excerpt, at) if at >= 0 else None
    if begin is None:
        return None
    # Where the next key begins this one has ended: ten thousand first lines must not each be read with all that follow.
    stop = _first(excerpt, (b"-----END", b"-----BEGIN"), end)
    raw = excerpt[begin.end() : stop]
    plain = raw.replace(b"\\r", b"").replace(b"\\n", b"\n")
    headers = _HEADER.findall(plain)
    joined = _JOINTS.sub(b"", _HEADER.sub(b"", plain))
    joined = joined[: joined.rfind(b"=") + 1] if b"=" in joined[-8:] else joined
    match = _BASE64.match(joined)
    label = begin[1].decode("ascii") or "PKCS8"
    if match is None or len(match[0]) < 64 or len(match[0]) < len(joined) * 0.9:
        return None
    body = _decode(match[0])
    encrypted = b"ENCRYPTED" in begin[0] or any(b"ENCRYPTED" in header for header in headers) or _openssh_cipher(body)
    if label != "PGP" and not _looks_like_key(body, label):
        return None
    return PrivateKey(label, at, stop - at, encrypted, match[0])


def is_published(key: PrivateKey) -> bool:
    """Whether a key is one that a library brings along for all: nobody's secret."""
    return hashlib.sha256(key.body).hexdigest() in _PUBLISHED


def _first(excerpt: bytes, words: Sequence[bytes], start: int) -> int:
    """Return where the first of ``words`` stands, or the excerpt's end: the key is longer, or cut."""
    return min((at for word in words if (at := excerpt.find(word, start)) >= 0), default=len(excerpt))


def _decode(text: bytes) -> bytes:
    text = text.rstrip(b"=")
    text = text[: len(text) // 4 * 4] if len(text) % 4 == 1 else text + b"=" * (-len(text) % 4)
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _openssh_cipher(body: bytes) -> bool:
    """Whether an OpenSSH key is encrypted (PROTOCOL.key: magic, cipher name)."""
    magic = b"openssh-key-v1\0"
    if not body.startswith(magic):
        return False
    size = int.from_bytes(body[len(magic) : len(magic) + 4], "big")
    return body[len(magic) + 4 : len(magic) + 4 + min(size, 32)] != b"none"


def _looks_like_key(body: bytes, label: str) -> bool:
    """Whether the bytes are a DER sequence or an OpenSSH key, or, where the text is cut or mangled, dense enough."""
    if body.startswith(b"openssh-key-v1\0"):
        return True
    return len(body) >= 32 and entropy(body) > 4.2 and (body[:1] == b"\x30" or label not in ("PKCS8", "EC"))


def _putty(excerpt: bytes, at: int) -> PrivateKey | None:
    stop = _first(excerpt, (b"Private-MAC:", b"PuTTY-User-Key-File-"), at + 1)
    encryption = excerpt.find(b"Encryption: ", at, min(at + 400, stop))
    lines = excerpt.find(b"Private-Lines: ", at, stop)
    if encryption < 0 or lines < 0:
        return None
    encrypted = not excerpt.startswith(b"Encryption: none", encryption)
    body = b"".join(excerpt[lines:stop].split(b"\n")[1:]).replace(b"\r", b"").strip()
    found = len(body) >= 40 and _BASE64.fullmatch(body) is not None
    return PrivateKey("PuTTY", at, stop - at, encrypted, body) if found else None
