"""Key stores and bare keys: files that are secret by what they are."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.secrets.context import sample_reason
from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.analyzers.secrets.hashing import keyed_hash
from imgscan.analyzers.secrets.rating import Confidence, Doubt
from imgscan.errors import KeyFileError
from imgscan.formats.keys.keystore import JCEKS_MAGIC, JKS_MAGIC, KeyStore, der_key, parse_keystore

_KDBX = b"\x03\xd9\xa2\x9a"
_KEYTAB = b"\x05\x02"
_DEBUG = b"androiddebugkey"  # of the store that Android's tools make for all
_SEQUENCE = b"\x30"
_PKCS12 = frozenset({".p12", ".pfx", ".pkcs12", ".jks", ".keystore", ".truststore"})
_KEYS = frozenset({".key", ".der", ".p8", ".pk8", ".pkcs8"})
_USUAL = (("", "an empty password"), ("changeit", "the usual default password"))

STORE_MAGICS = (JKS_MAGIC, JCEKS_MAGIC, _KDBX)
STORE_SUFFIXES = _PKCS12 | _KEYS | {".keytab", ".kdbx"}
_LARGEST = 4 << 20


def store_facts(path: str, name: str, data: bytes) -> Iterator[SecretFact]:
    """Yield the fact on a key store or bare key; none on one with certificates or public keys alone."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if data.startswith(_KDBX):
        yield _fact("key.store", Confidence.MEDIUM, path, data, "KeePass database")
    elif data.startswith(_KEYTAB) and suffix == ".keytab" and len(data) > 16:
        yield _fact("key.store", Confidence.MEDIUM, path, data, "Kerberos keytab")
    elif data.startswith((JKS_MAGIC, JCEKS_MAGIC)) or (suffix in _PKCS12 and data.startswith(_SEQUENCE)):
        yield from _store(path, data)
    elif suffix in _KEYS and data.startswith(_SEQUENCE) and len(data) <= _LARGEST:
        kind = der_key(data)
        if kind is not None:
            rule = "key.private" if kind == "plain" else "key.encrypted"
            yield _fact(
                rule, Confidence.HIGH, path, data, "Private key (DER)" if kind == "plain" else "Encrypted key (DER)"
            )


def _store(path: str, data: bytes) -> Iterator[SecretFact]:
    try:
        store = parse_keystore(data)
    except KeyFileError:
        return
    title = f"{store.kind} key store"
    if store.plain:
        yield _fact("key.private", Confidence.HIGH, path, data, f"{title} with a private key that is not encrypted")
    elif store.keys:
        password = _opened_by(store)
        if password:
            yield _fact("key.private", Confidence.HIGH, path, data, f"{title} with a private key that {password} opens")
        else:
            sure = Confidence.LOW if _DEBUG in data else Confidence.MEDIUM
            yield _fact("key.store", sure, path, data, f"{title} with a private key")
    elif store.sealed and not _opened_by(store):
        # One without a key in sight that the usual password opens is a trust store: certificates.
        yield _fact("key.store", Confidence.LOW, path, data, f"{title}, encrypted: what it holds cannot be seen")


def _opened_by(store: KeyStore) -> str:
    return next((description for password, description in _USUAL if store.opens(password)), "")


def _fact(rule: str, confidence: Confidence, path: str, data: bytes, title: str) -> SecretFact:
    sample = sample_reason(path)
    return SecretFact(
        rule=rule,
        confidence=Confidence.LOW if sample else confidence,
        offset=0,
        length=len(data),
        line=1,
        shown="*" * 8,
        hash=keyed_hash(data, False),
        why=sample or (Doubt.STORE if confidence is Confidence.LOW else Doubt.NONE),
        title=title,
    )
