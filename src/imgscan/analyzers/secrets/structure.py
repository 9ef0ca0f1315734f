"""Structure checks: what the format of a secret promises beyond its characters. Each is total: any bytes, yes or no."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable

from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.strength import WORDY, character_classes, is_made_up, surprise

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CRC_DIGITS = 6
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_PATH = re.compile(r"(?:~|\.{0,2})/")
_TEXT = re.compile(rb"[\x20-\x7e\t\r\n]+")


def decode_base64(value: bytes) -> bytes | None:
    """Return what standard or URL-safe base64 says, padding or not; None for anything else."""
    cleaned = value.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return base64.b64decode(cleaned + b"=" * (-len(cleaned) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _json(value: bytes) -> object:
    data = decode_base64(value)
    if data is None:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _crc(value: bytes) -> bool:
    """Six base-62 digits of the CRC-32 of the characters between prefix and checksum (GitHub, npm)."""
    body = value.decode("latin-1")
    payload, given = body.partition("_")[2][:-_CRC_DIGITS], body[-_CRC_DIGITS:]
    number, digits = zlib.crc32(payload.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(_CRC_DIGITS, "0") == given


def _jwt(value: bytes) -> bool:
    header, payload, _ = value.split(b".", 2)
    head, body = _json(header), _json(payload)
    if not (isinstance(head, dict) and "alg" in head and isinstance(body, dict)):
        return False
    # A payload that names nobody and nothing is no credential (RFC 7519, section 4.1: the registered claims).
    return bool(_CLAIMS & body.keys()) or any(isinstance(item, str | list | dict) for item in body.values())


def _discord(value: bytes) -> bool:
    data = decode_base64(value.partition(b".")[0])
    return data is not None and data.isdigit() and len(data) >= 17


def _nkey(value: bytes) -> bool:
    """CRC-16/XMODEM over all but the last two bytes, little-endian (NATS nkeys)."""
    try:
        data = base64.b32decode(value + b"=" * (-len(value) % 8))
    except binascii.Error:
        return False
    return len(data) > 2 and binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")


def _base64_text(value: bytes) -> bool:
    data = decode_base64(value)
    return data is not None and len(data) >= 4 and _TEXT.fullmatch(data) is not None


def _userpass(value: bytes) -> bool:
    if value.count(b".") == 2:
        return _jwt(value)
    data = decode_base64(value)
    if data is None or not _TEXT.fullmatch(data):
        return len(value) > 60 and data is not None
    user, colon, password = data.partition(b":")
    return bool(user and colon and len(password) >= 3) and not is_placeholder(password.decode("latin-1"))


def _basic(value: bytes) -> bool:
    data = decode_base64(value)
    if data is None or not _TEXT.fullmatch(data):
        return False
    user, colon, password = data.decode("latin-1").partition(":")
    if not password and surprise(user) < WORDY:
        return False  # a name alone
    return bool(colon and len(user + password) >= 4) and not is_placeholder(password or user)


def _macaroon(value: bytes) -> bool:
    data = decode_base64(value.partition(b"-")[2])
    return data is not None and data[:1] == b"\x02" and b"pypi" in data[:16]


def _base64_long(value: bytes) -> bool:
    data = decode_base64(value)
    return data is not None and len(data) >= 24 and len(set(data)) > 12


def _base64_32(value: bytes) -> bool:
    data = decode_base64(value)
    return data is not None and len(data) == 32 and len(set(data)) > 12


def _base64_json(value: bytes) -> bool:
    return isinstance(_json(value.partition(b"_")[2]), dict)


def _aws_id(value: bytes) -> bool:
    return not value.endswith(b"EXAMPLE") and not is_made_up(value.decode("latin-1"), 5)


def _mixed(value: bytes) -> bool:
    """Digits, small letters or capitals spread as by chance: no constant, no name of a class or a file."""
    text = value.decode("latin-1")
    digits = sum(char.isdigit() for char in text)
    return digits >= 2 and (surprise(text) > 4.4 or digits >= len(text) // 6)


def _des(value: bytes) -> bool:
    return any(char in b"0123456789" for char in value) and value.lower() != value


def _chance(value: bytes) -> bool:
    """No word: of several kinds of characters, or letters as by chance."""
    text = value.decode("latin-1")
    if is_placeholder(text) or is_made_up(text):
        return False
    mixed = any(char.isdigit() for char in text) and any(char.isalpha() for char in text)
    return mixed or character_classes(text) >= 3 or surprise(text) >= 4.9


def _secret_value(value: bytes) -> bool:
    return not is_placeholder(value.decode("latin-1"))


def _option(value: bytes) -> bool:
    """An option's argument that is no path."""
    text = value.decode("latin-1")
    return _secret_value(value) and not (_PATH.match(text) and (len(text) != 13 or surprise(text) < WORDY))


def _token(value: bytes) -> bool:
    text = value.decode("latin-1")
    if is_placeholder(text) or is_made_up(text):
        return False
    if len(text) < 40 and surprise(text) < 4.2 and sum(char.isdigit() for char in text) * 4 < len(text):
        return False
    return len(set(text)) >= 7


def _url(value: bytes) -> bool:
    text = value.decode("latin-1")
    if text.isdigit():
        return len(text) >= 6 and not is_made_up(text, 4)
    if text.lower() in ("secret", "admin", "root", "postgres", "changeme", "guest"):
        return True  # poor passwords, but what stands here is one
    return not is_placeholder(text) and text[:1] not in "@*" and text != "tiger"  # Oracle's sample user scott


CHECKS: dict[str, Callable[[bytes], bool]] = {
    "github-crc": _crc,
    "npm-crc": _crc,
    "jwt": _jwt,
    "discord": _discord,
    "nkey": _nkey,
    "stellar": _nkey,
    "base64": _base64_long,
    "base64-32": _base64_32,
    "base64-json": _base64_json,
    "base64-text": _base64_text,
    "base64-userpass": _userpass,
    "basic": _basic,
    "macaroon": _macaroon,
    "aws-id": _aws_id,
    "mixed-digits": _mixed,
    "des": _des,
    "chance": _chance,
    "password": _secret_value,
    "option": _option,
    "value": _secret_value,
    "token": _token,
    "url": _url,
    "jwk": lambda value: len(set(value)) > 12,
    "jwk-oct": lambda value: len(set(value)) > 10,
}
"""The checks by name; what a rule file may name."""
