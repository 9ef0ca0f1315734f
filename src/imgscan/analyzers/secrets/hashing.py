"""What may be shown of a secret: a keyed hash, and at most a few of its characters.

The key is public and fixed, so that a secret keeps its fingerprint from build to build. A public key does not stop
guessing, so a value that can be guessed gives away twelve bits at most: enough to tell two apart, useless to confirm
one of a list of passwords.
"""

from __future__ import annotations

import hashlib
import hmac

_KEY = b"imgscan.secret/1"
_LONG = 16
_SHORT_DIGITS = 3


def keyed_hash(value: bytes, guessable: bool) -> str:
    """Return the hash of a secret, hex: 32 digits, or 3 for one that is short or chosen by a person."""
    digest = hmac.new(_KEY, value, hashlib.sha256).hexdigest()
    return digest[:_SHORT_DIGITS] if guessable or len(value) < _LONG else digest[:32]


def redacted(value: bytes, guessable: bool) -> str:
    """Return the first 4 and last 2 characters of a long secret that nobody chose, of any other none."""
    if len(value) < _LONG or guessable:
        return "*" * 8
    text = value.decode("latin-1")
    head, tail = text[:4], text[-2:]
    if not (head + tail).isprintable() or not text.isascii():
        return "*" * 8
    return f"{head}{'*' * 8}{tail}"
