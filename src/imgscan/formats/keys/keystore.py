"""Key stores: whether they hold private keys, and whether a given password is theirs.

Sources: sun.security.provider.JavaKeyStore (JKS, JCEKS); RFC 7292 (PKCS 12), sections 4 and appendix B.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable

import msgspec

from imgscan.errors import KeyFileError, Position
from imgscan.formats.keys.der import CONTEXT_0, INTEGER, OCTETS, OID, SEQUENCE, Element, read_element

JKS_MAGIC, JCEKS_MAGIC = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
MAX_ITERATIONS = 10_240
"""Rounds of the derivation of a PKCS 12 key up to which a password is tried: OpenSSL takes 2048, Java 10,000."""

_JKS_SALT = b"Mighty Aphrodite"
_KEY_TAGS = frozenset({1, 3})  # a private key, a secret key; 2 is a certificate
_MAX_ENTRIES = 10_000
_DATA, _ENCRYPTED = bytes.fromhex("2a864886f70d010701"), bytes.fromhex("2a864886f70d010706")
_KEY_BAG, _SHROUDED_BAG = bytes.fromhex("2a864886f70d010c0a0101"), bytes.fromhex("2a864886f70d010c0a0102")
_HASHES = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}


class KeyStore(msgspec.Struct, frozen=True, kw_only=True):
    """What a store holds: ``keys`` private or secret keys in sight, ``plain`` of them without encryption.

    ``sealed`` is whether parts are encrypted as a whole, so that more may be in them. ``opens`` says of a password
    whether it is the store's: None where that cannot be told, or only with more than ``MAX_ITERATIONS`` rounds.
    """

    kind: str
    keys: int
    plain: int
    sealed: bool
    opens: Callable[[str], bool | None]


def parse_keystore(data: bytes) -> KeyStore:
    """Return what a JKS, JCEKS or PKCS 12 file holds.

    Raises:
        KeyFileError: it is none, or malformed.
    """
    if data.startswith((JKS_MAGIC, JCEKS_MAGIC)):
        return _java(data)
    return _pkcs12(data)


# Java


def _java(data: bytes) -> KeyStore:
    try:
        version, count = struct.unpack_from(">II", data, 4)
        keys = _java_keys(data, version, min(count, _MAX_ENTRIES))
    except struct.error:
        raise KeyFileError("a Java key store that is cut short", Position(offset=len(data))) from None
    if version not in (1, 2):
        raise KeyFileError(f"a Java key store of version {version}", Position(offset=4))
    body, digest = data[:-20], data[-20:]

    def opens(password: str) -> bool:
        description = hashlib.sha1(password.encode("utf-16-be") + _JKS_SALT + body, usedforsecurity=False).digest()
        return hmac.compare_digest(description, digest)

    return KeyStore(kind="Java", keys=keys, plain=0, sealed=False, opens=opens)


def _java_keys(data: bytes, version: int, count: int) -> int:
    at, keys = 12, 0
    for _ in range(count):
        (tag,) = struct.unpack_from(">I", data, at)
        at = _skip(data, at + 4, ">H") + 8  # alias, time
        if tag in _KEY_TAGS:
            keys += 1
        if tag == 3:
            break  # a serialized object, whose length nothing says
        if tag == 1:
            at = _skip(data, at, ">I")
            (chain,) = struct.unpack_from(">I", data, at)
            at += 4
        elif tag == 2:
            chain = 1
        else:
            raise KeyFileError(f"an entry of kind {tag} in a Java key store", Position(offset=at))
        for _ in range(min(chain, _MAX_ENTRIES)):
            at = _skip(data, at, ">H") if version == 2 else at
            at = _skip(data, at, ">I")
    return keys


def _skip(data: bytes, at: int, form: str) -> int:
    """Return where a field ends that its length precedes."""
    (size,) = struct.unpack_from(form, data, at)
    end = at + (2 if form == ">H" else 4) + int(size)
    if end > len(data):
        raise KeyFileError("a Java key store that is cut short", Position(offset=at))
    return end


# PKCS 12


def _pkcs12(data: bytes) -> KeyStore:
    store, _ = read_element(data)
    parts = list(_all(store))
    if store.tag != SEQUENCE or len(parts) not in (2, 3) or parts[0].tag != INTEGER or parts[0].number() != 3:
        raise KeyFileError("no PKCS 12 file", Position(offset=0))
    safe = _content(parts[1], _DATA)
    keys = plain = 0
    sealed = False
    for part in _all(read_element(safe)[0]):
        kind = next(part.children(), None)
        sealed |= kind is not None and kind.content == _ENCRYPTED
        if kind is None or kind.content != _DATA:
            continue
        for bag in _all(read_element(_content(part, _DATA))[0]):
            name = next(bag.children(), None)
            plain += name is not None and name.content == _KEY_BAG
            keys += name is not None and name.content in (_KEY_BAG, _SHROUDED_BAG)
    check = _mac_check(parts[2], safe) if len(parts) == 3 else _unknown
    return KeyStore(kind="PKCS 12", keys=keys, plain=plain, sealed=sealed, opens=check)


def _unknown(_: str) -> None:
    return None


def _all(element: Element) -> list[Element]:
    result = []
    for child in element.children():
        result.append(child)
        if len(result) > _MAX_ENTRIES:
            raise KeyFileError("too many elements in a PKCS 12 file", Position(offset=child.start))
    return result


def _content(info: Element, kind: bytes) -> bytes:
    """Return the octets of a ContentInfo of one type (RFC 5652, section 3)."""
    parts = _all(info)
    if len(parts) != 2 or parts[0].tag != OID or parts[0].content != kind or parts[1].tag != CONTEXT_0:
        raise KeyFileError("a PKCS 12 file whose content is of another type", Position(offset=info.start))
    (octets,) = _all(parts[1])[:1] or (None,)
    if octets is None or octets.tag & ~0x20 != OCTETS:
        raise KeyFileError("a PKCS 12 file without content", Position(offset=info.start))
    return octets.string()


def _mac_check(data: Element, safe: bytes) -> Callable[[str], bool | None]:
    """Return the check of MacData: the HMAC over the content, its key derived from the password."""
    parts = _all(data)
    digest_info = _all(parts[0]) if parts else []
    algorithm = next(digest_info[0].children(), None) if len(digest_info) == 2 else None
    name = _HASHES.get(algorithm.content) if algorithm is not None else None
    if name is None or len(parts) not in (2, 3):
        return _unknown
    description, salt = digest_info[1].string(), parts[1].string()
    rounds = parts[2].number() if len(parts) == 3 else 1
    if not 0 < rounds <= MAX_ITERATIONS or len(salt) > 1024:
        return _unknown

    def opens(password: str) -> bool:
        # An empty password is written as its terminator by some, as nothing by others.
        forms = [password.encode("utf-16-be") + b"\0\0", *([b""] if not password else [])]
        return any(
            hmac.compare_digest(hmac.new(derived_key(name, form, salt, rounds), safe, name).digest(), description)
            for form in forms
        )

    return opens


def derived_key(name: str, password: bytes, salt: bytes, rounds: int, purpose: int = 3) -> bytes:
    """Return one digest of key material (RFC 7292, B.2, steps 1 to 6 with c = 1); purpose 3 is for a MAC."""
    block = hashlib.new(name).block_size
    text = bytes([purpose]) * block + _filled(salt, block) + _filled(password, block)
    result = hashlib.new(name, text).digest()
    for _ in range(rounds - 1):
        result = hashlib.new(name, result).digest()
    return result


def _filled(text: bytes, block: int) -> bytes:
    size = -(-len(text) // block) * block
    return (text * (size // len(text) + 1))[:size] if text else b""


# Bare keys


def der_key(data: bytes) -> str | None:
    """Return ``plain`` or ``encrypted`` for a private key in DER, None for anything else, public keys included.

    Sources: RFC 5958 (PKCS 8, version 2 with the public key too, and encrypted), RFC 8017 A.1.2 (RSA, of two primes
    and of more), RFC 5915 (elliptic curves); of DSA what OpenSSL writes: version, three parameters, both keys.
    """
    try:
        key, end = read_element(data)
        parts = [child.tag for child in _all(key)] if key.tag == SEQUENCE and end == len(data) else []
        first = next(key.children()).content if parts[:1] == [INTEGER] else b""
        inner = [child.tag for child in _all(next(key.children()))] if parts == [SEQUENCE, OCTETS] else []
    except (KeyFileError, StopIteration):
        return None
    if first in (b"\0", b"\1") and (parts[1:3] == [SEQUENCE, OCTETS] or parts[:9] == [INTEGER] * 9):
        return "plain"
    if first == b"\0" and parts == [INTEGER] * 6:
        return "plain"
    if first == b"\1" and parts[1:2] == [OCTETS]:
        return "plain"
    return "encrypted" if inner == [OID, SEQUENCE] else None
