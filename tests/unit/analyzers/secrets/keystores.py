"""Key stores made for tests, with the integrity value of a password; the keys in them are noise."""

from __future__ import annotations

import hashlib
import hmac
from random import Random

from imgscan.formats.keys.keystore import derived_key

_NOISE = Random(3).randbytes(700)


def field(data: bytes, width: int = 4) -> bytes:
    return len(data).to_bytes(width, "big") + data


def java_store(password: str, *tags: int, magic: bytes = b"\xfe\xed\xfe\xed") -> bytes:
    """Return a JKS store with one entry a tag: 1 a private key, 2 a certificate."""
    body = magic + (2).to_bytes(4, "big") + len(tags).to_bytes(4, "big")
    for tag in tags:
        body += tag.to_bytes(4, "big") + field(b"alias", 2) + bytes(8)
        certificate = field(b"X.509", 2) + field(_NOISE)
        body += certificate if tag == 2 else field(_NOISE) + (1).to_bytes(4, "big") + certificate
    seal = hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + body, usedforsecurity=False)
    return body + seal.digest()


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    return bytes([tag, 0x84]) + size.to_bytes(4, "big") + content


def oid(text: str) -> bytes:
    return der(6, bytes.fromhex(text))


DATA, ENCRYPTED = "2a864886f70d010701", "2a864886f70d010706"
KEY_BAG, SHROUDED_BAG, CERTIFICATE_BAG = (f"2a864886f70d010c0a010{number}" for number in (1, 2, 3))


def pkcs12(password: str | None, *bags: str, rounds: int = 2000, sealed: bool = False) -> bytes:
    """Return a PKCS 12 file with these bags in sight; without a password it has no MAC."""
    contents = der(0x30, *(der(0x30, oid(bag), der(0xA0, der(4, _NOISE))) for bag in bags))
    parts = [der(0x30, oid(DATA), der(0xA0, der(4, contents)))] if bags else []
    if sealed:
        parts.append(der(0x30, oid(ENCRYPTED), der(0xA0, der(0x30, _NOISE))))
    safe = der(0x30, *parts)
    info = der(0x30, oid(DATA), der(0xA0, der(4, safe)))
    mac = b""
    if password is not None:
        key = derived_key("sha256", password.encode("utf-16-be") + b"\0\0", b"saltsalt", rounds)
        digest = hmac.new(key, safe, "sha256").digest()
        algorithm = der(0x30, oid("608648016503040201"), der(5))
        count = der(2, rounds.to_bytes(4, "big"))
        mac = der(0x30, der(0x30, algorithm, der(4, digest)), der(4, b"saltsalt"), count)
    return der(0x30, der(2, b"\3"), info, mac)
