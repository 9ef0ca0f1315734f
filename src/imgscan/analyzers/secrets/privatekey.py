"""Private keys in text: PEM, OpenSSH, SSH2, PGP, PuTTY. Their bodies are read, since a header alone is documentation."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from imgscan.analyzers.secrets.strength import entropy
from imgscan.formats.keys.keystore import der_key
from imgscan.model.interest import Pattern

EXPRESSION = r"-----BEGIN[A-Z0-9 -]{0,24} PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----|PuTTY-User-Key-File-[23]: "
PATTERN = Pattern(id="key:pem", expression=EXPRESSION, before=96, after=12 << 10)

_BEGIN = re.compile(
    rb"-----BEGIN ([A-Z0-9 -]{0,23}?) ?PRIVATE KEY(?: BLOCK)?-----|---- BEGIN (SSH2) ENCRYPTED PRIVATE KEY ----"
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]+")
_MIN_SIZE = 64
"""Characters of base64 below which only a whole structure is a key: documentation shows beginnings."""

# How texts spell what a key's lines are made of: line ends and the three marks of base64 (RFC 8259, section 7; HTML).
_SPELLED = re.compile(
    rb"\\+(?:u00(?P<code>0[aAdD]|2[bBfF]|3[dD])|(?P<letter>[rnt/]))|&#(?:x(?P<hexadecimal>[0-9A-Fa-f]{1,2})|(?P<decimal>\d{1,2}));|<br ?/?>"
)
_LETTERS = {b"n": b"\n", b"r": b"", b"t": b" ", b"/": b"/"}
_COMMENT = re.compile(rb"(?m)^[ \t]*(?:#+|\*+|;+|>+|\|+)(?=[ \t]|[A-Za-z0-9+/=-])")
# A literal's end, what puts two together in a program, and the next one's beginning. The plus sign alone is no joint: it
# is one of base64's 64 characters, and half of all Ed25519 keys have one.
_LITERALS = re.compile(rb"[\"'`][\s+.&|_,;\\]*[\"'`]")
_JOINTS = re.compile(rb"[\s\"'`,\\;]")
# Of a text in which each line begins with a plus, as patches have it, or ends with one; a key's own line may end in one.
_PLUSES = tuple(map(re.compile, (rb"(?m)^[ \t]*\+", rb"(?m)\+[ \t]*\r?$", rb"(?m)^[ \t]*\+|\+[ \t]*\r?$")))
# RFC 1421, 4.6.1: an initialization vector of 8 or of 16 bytes, so that its end is known where line ends are lost.
_DEK = re.compile(
    rb"Proc-Type:\s{0,3}4,\s?ENCRYPTED\s{0,4}DEK-Info:\s{0,3}(?:AES-\d{3}-[A-Z]{3},\s?[0-9A-Fa-f]{32}|[A-Z0-9-]{3,20},\s?[0-9A-Fa-f]{16})"
)
# One that ends in a backslash goes on in the next line (RFC 4716, 3.3).
_HEADER = re.compile(rb"(?m)^[ \t\"'`#+*;>|]{0,12}[A-Za-z][A-Za-z0-9-]{1,30}: [^\n]*(?:(?<=\\)\n[^\n]*)?$")
# How documentation goes on behind a key's beginning: dots, or what to put there.
_SHORTENED = (b".", b"[", b"<", b"\xe2\x80\xa6")
_LINE = re.compile(rb"[A-Za-z0-9+/]{16,76}={0,2}")

_OPENSSH = b"openssh-key-v1\0"
_SSH2 = b"\x3f\x6f\xf9\xeb"
# A key that a TPM has sealed is of no use without it.
_SEALED = frozenset({"TSS2"})

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
    at = max(excerpt.rfind(b"-----BEGIN", 0, end), excerpt.rfind(b"---- BEGIN", 0, end))
    begin = _BEGIN.match(excerpt, at) if at >= 0 else None
    if begin is None:
        return None
    label = (begin[1] or begin[2] or b"PKCS8").decode("ascii")
    # Where the next key begins this one has ended: ten thousand first lines must not each be read with all that follow.
    stop = _first(excerpt, (b"-----END", b"-----BEGIN", b"---- END", b"---- BEGIN"), begin.end())
    plain = _SPELLED.sub(_spelled_out, excerpt[begin.end() : stop])
    headers = [*_DEK.findall(plain), *_HEADER.findall(plain)]
    sealed = b"ENCRYPTED" in begin[0] or any(b"ENCRYPTED" in header for header in headers) or label in _SEALED
    cut = not excerpt.startswith((b"-----END", b"---- END"), stop)
    texts = tuple(_bodies(_HEADER.sub(b"", _DEK.sub(b"\n", plain)), cut))
    for is_key in (_has_structure, partial(_is_dense, label, sealed)):
        for text in texts:
            body = _decode(text)
            if is_key(text, body):
                encrypted = sealed or _openssh_cipher(body) or der_key(body) == "encrypted"
                return PrivateKey(label, at, stop - at, encrypted, text)
    return None


def is_published(key: PrivateKey) -> bool:
    """Whether a key is one that a library brings along for all: nobody's secret."""
    return hashlib.sha256(key.body).hexdigest() in _PUBLISHED


def _first(excerpt: bytes, words: Sequence[bytes], start: int) -> int:
    """Return where the first of ``words`` stands, or the excerpt's end: the key is longer, or cut."""
    return min((at for word in words if (at := excerpt.find(word, start)) >= 0), default=len(excerpt))


def _spelled_out(match: re.Match[bytes]) -> bytes:
    """Return what an escape stands for: a line end, or a character of base64."""
    if match["letter"]:
        return _LETTERS[match["letter"]]
    digits = match["code"] or match["hexadecimal"]
    number = int(digits, 16) if digits else int(match["decimal"] or b"10")
    return b"" if number == 13 else bytes([number])


def _bodies(plain: bytes, cut: bool) -> Iterator[bytes]:
    """Yield what the key's base64 may be: the lines put together, then without the plus signs of a patch.

    A key that is ``cut`` short, without a last line, may have other text behind it: as far as lines of base64 go.
    """
    lines = _LITERALS.sub(b"", _COMMENT.sub(b"", plain))
    for text in dict.fromkeys((lines, *(pluses.sub(b"", lines) for pluses in _PLUSES))):
        joined = _JOINTS.sub(b"", text)
        # Of PGP a checksum follows, with a sign of its own (RFC 9580, 6.1).
        joined = joined[: joined.rfind(b"=") + 1] if b"=" in joined[-8:] else joined
        match = _BASE64.match(joined)
        if match is None or len(match[0]) < len(joined) * 0.9:
            continue
        if not joined.startswith(_SHORTENED, match.end()):
            yield match[0]
    if cut:
        yield b"".join(_leading(lines.strip().split(b"\n")))


def _leading(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the lines of base64 up to the first that is none; nothing where dots say that this is how keys begin."""
    stripped = [_JOINTS.sub(b"", line) for line in lines]
    count = next((number for number, line in enumerate(stripped) if not _LINE.fullmatch(line)), len(stripped))
    if count == len(stripped) or not stripped[count].startswith(_SHORTENED):
        yield from stripped[:count]


def _decode(text: bytes) -> bytes:
    text = text.rstrip(b"=")
    text = text[: len(text) // 4 * 4] if len(text) % 4 == 1 else text + b"=" * (-len(text) % 4)
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _openssh_cipher(body: bytes) -> bool:
    """Whether an OpenSSH key is encrypted (PROTOCOL.key: magic, cipher name)."""
    if not body.startswith(_OPENSSH):
        return False
    size = int.from_bytes(body[len(_OPENSSH) : len(_OPENSSH) + 4], "big")
    return body[len(_OPENSSH) + 4 : len(_OPENSSH) + 4 + min(size, 32)] != b"none"


def _has_structure(text: bytes, body: bytes) -> bool:
    """Whether the bytes are a key's structure, of any length."""
    return der_key(body) is not None or (len(text) >= _MIN_SIZE and body.startswith((_OPENSSH, _SSH2)))


def _is_dense(label: str, sealed: bool, text: bytes, body: bytes) -> bool:
    """Whether what is encrypted as a whole, cut or mangled is dense enough for a key."""
    if len(text) < _MIN_SIZE:
        return False
    if label == "PGP":
        return True
    whole = sealed or body[:1] == b"\x30" or label not in ("PKCS8", "EC")
    return whole and len(body) >= 32 and entropy(body) > 4.2


def _putty(excerpt: bytes, at: int) -> PrivateKey | None:
    text = _SPELLED.sub(_spelled_out, excerpt[at:])
    stop = _first(text, (b"Private-MAC:", b"PuTTY-User-Key-File-"), 1)
    encryption = text.find(b"Encryption: ", 0, min(400, stop))
    lines = text.find(b"Private-Lines: ", 0, stop)
    if encryption < 0 or lines < 0:
        return None
    encrypted = not text.startswith(b"Encryption: none", encryption)
    body = _JOINTS.sub(b"", b"".join(text[lines:stop].split(b"\n")[1:]))
    result = len(body) >= 40 and _BASE64.fullmatch(body) is not None
    length = _first(excerpt, (b"Private-MAC:", b"PuTTY-User-Key-File-"), at + 1) - at
    return PrivateKey("PuTTY", at, length, encrypted, body) if result else None
