"""Whether the value of a name that says "secret", "token" or "key" is one, and how sure that is."""

from __future__ import annotations

import re

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.assignment import Assignment
from imgscan.analyzers.secrets.context import FileKind
from imgscan.analyzers.secrets.rating import Confidence
from imgscan.analyzers.secrets.strength import (
    LONG_BITS,
    NEARLY_WORDY,
    SHORT_BITS,
    SURE_BITS,
    UNLIKE_NAMES,
    WORDY,
    character_classes,
    entropy,
    is_made_up,
    is_poor,
    surprise,
)
from imgscan.analyzers.secrets.structure import decode_base64

# Words and numbers: adobe-air-sdk-2014, bsd-3-clause, XFree86-1.1.
_PART = r"(?:[A-Za-z]{1,16}\d{0,3}|\d{1,3}[A-Za-z]{1,16}\d{0,3}|\d{1,8})"
# Each part and each run between in one way alone: what can be read in two ways is tried in all of them.
_SLUG = re.compile(rf"(?=[^-_.]*[-_.]){_PART}?(?:[-_.]+{_PART})*[-_.]*")
_VERSIONED = re.compile(r"\w[\w+.-]{0,40}-v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?(?:-[A-Za-z]{2,10})?")  # bzip2-1.0.6
_DIGITS = re.compile(r"\d")
_LEAST_SURPRISE = 4.5  # of a key without a digit
SHORTEST_TOKEN = 10

_KEY_SIZES = (32, 40, 48, 64, 128)
_STRONG_KEY = re.compile(r"(?i)(?:api|access|auth|private|encryption|signing|master|account|shared|service)[_.-]?key$")
# Of SSH (RFC 4253, section 6.6), and SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) of RSA, of curves, of Ed25519.
_PUBLIC_KEYS = (
    "AAAAB3Nza", "AAAAC3Nza", "AAAAE2Vj", "ssh-", "MIIBIjANBgkqhkiG9w0BAQEFAAOC", "MIICIjANBgkqhkiG9w0BAQEFAAOC", "MIGfMA0GCSqGSIb3DQEBAQUAA4",
    "MFkwEwYHKoZIzj0C", "MHYwEAYHKoZIzj0C", "MIGbMBAGByqGSM49AgEG", "MCowBQYDK2V",
)  # fmt: skip
# Names that say of whatever value that it opens something.
_SURE_NAME = re.compile(
    r"(?i)(?:secret|api[_.-]?key|access[_.-]?key|auth[_.-]?token|[a-z_]token|client[_.-]?secret|password)$"
)
_BEARERS = ("token", "auth", "TOKEN", "AUTH")
_WEAK_NAMES = frozenset({"key", "auth", "credential", "credentials", "token"})


def token_confidence(text: str, assignment: Assignment, kind: FileKind) -> Confidence | None:
    """Return how sure it is that ``text``, of ASCII, is a token or key; None for none."""
    if _is_word(text) or _is_other(text, assignment, kind):
        return None
    weak_name = _is_weak(assignment.name, kind)
    bits = entropy(text.encode("latin-1"))
    if is_poor(text):
        return None
    if shapes.UUID.match(text):
        # A setting called "token" holds one; "key" may be that of a record.
        named = assignment.name.lower() == "token" and kind is FileKind.CONFIG
        if kind is FileKind.SOURCE or (weak_name and not named) or bits < 2.8:
            return None
        named = named or _SURE_NAME.search(assignment.name) is not None
        return (
            Confidence.LOW
            if weak_name or kind is FileKind.MARKUP or (kind is FileKind.TEXT and not named)
            else Confidence.MEDIUM
        )
    if shapes.HEX.match(text):
        if bits < 2.6 or (
            weak_name and kind is FileKind.SOURCE and not (len(text) >= 32 and assignment.name in _BEARERS)
        ):
            return None
        long = len(text) >= 32 and bits >= SHORT_BITS
        sized = len(text) in _KEY_SIZES or (long and kind is not FileKind.SOURCE)
        sure = (
            sized
            and not weak_name
            and (kind is not FileKind.SOURCE or (long and _SURE_NAME.search(assignment.name) is not None))
        )
        return Confidence.MEDIUM if sure else Confidence.LOW
    if shapes.NUMBER.match(text):
        return Confidence.LOW if kind in (FileKind.CONFIG, FileKind.SHELL, FileKind.TEXT) else None
    if not _DIGITS.search(text):
        return _letters(text, kind, bits)
    return _mixed(text, assignment, kind, bits, weak_name)


def _is_word(text: str) -> bool:
    """Whether a value is made of words: the commonest case, and the cheapest to tell."""
    if _DIGITS.search(text) or surprise(text) >= _LEAST_SURPRISE:
        return False
    return not shapes.HEX.match(text) and not shapes.UUID.match(text)


def _is_weak(name: str, kind: FileKind) -> bool:
    """Whether a name says little: a key can be one of a map, and in a program mostly is."""
    if name.lower() in _WEAK_NAMES:
        return True
    if name[-3:] != "Key" or "secret" in name.lower():
        return False
    return _STRONG_KEY.search(name) is None


def _is_other(text: str, assignment: Assignment, kind: FileKind) -> bool:
    """Whether a value is too short, a sentence, a file, a number, a path, the name of a variable."""
    size = len(text)
    if size < SHORTEST_TOKEN or " " in text or shapes.FILE.search(text) or (shapes.NUMBER.match(text) and size < 12):
        return True
    if not assignment.quote and shapes.DOTTED.fullmatch(text) and surprise(text) < WORDY:
        return True
    if _is_slug(text) or (text.startswith("eyJ") and _is_plain(text)):
        return True
    if text.startswith(_PUBLIC_KEYS) or (shapes.CONSTANT.match(text) and surprise(text) < 4.8):
        return True
    if (
        is_made_up(text)
        or text[:1] in "/.@#&*"
        or (text[:1] == "-" and size < 24)
        or (text.count("/") > 4 and size < 30)
    ):
        return True
    return kind in (FileKind.SOURCE, FileKind.MARKUP) and not assignment.quote


def _is_plain(text: str) -> bool:
    """Whether a text is the base64 of a JSON object that holds words alone."""
    data = decode_base64(text.encode("latin-1"))
    return data is not None and data[-1:] == b"}" and surprise(data.decode("latin-1")) < _LEAST_SURPRISE


def _is_slug(text: str) -> bool:
    """Whether a value is a name made of words and numbers, as of a version, a licence, a file."""
    if _VERSIONED.fullmatch(text):
        return True
    if _SLUG.fullmatch(text) is None:
        return False
    letters = sum(char.isalpha() for char in text)
    return letters * 2 >= len(text) - 2 and surprise(text) < (5.2 if letters * 5 >= len(text) * 3 else 4.4)


def _letters(text: str, kind: FileKind, bits: float) -> Confidence | None:
    """Without a digit: chance, or a name? Long words average out, short ones vary."""
    size = len(text)
    needed = 5.0 if size < 12 else 4.75 if size < 20 else _LEAST_SURPRISE
    letters = sum(char.isalpha() for char in text)
    if surprise(text) < needed or bits < 2.7 or (letters < size * 0.8 and size < 20):
        return None
    if kind is FileKind.SOURCE:
        return Confidence.LOW if size >= 20 and character_classes(text) >= 2 else None
    return Confidence.MEDIUM if size >= 16 and bits >= 3.2 else Confidence.LOW


def _mixed(text: str, assignment: Assignment, kind: FileKind, bits: float, weak_name: bool) -> Confidence | None:
    size, score = len(text), surprise(text)
    letters = sum(char.isalpha() for char in text)
    digits = len(_DIGITS.findall(text))
    if (
        letters
        and score < NEARLY_WORDY
        and digits * 5 < size
        and shapes.IDENTIFIER.match(_DIGITS.sub("", text).strip("._-"))
    ):
        return None
    if bits < (SHORT_BITS if size < 20 else LONG_BITS) or letters < 3:
        return None
    if kind is FileKind.SOURCE:
        if size < 16 or (weak_name and size < 24) or score < 4.2:
            return None
        least = 24 if _SURE_NAME.search(assignment.name) else 32
        sure = size >= least and bits >= SURE_BITS and score >= WORDY and not weak_name and character_classes(text) >= 3
        return Confidence.MEDIUM if sure else Confidence.LOW
    if weak_name and (size < 16 or score < UNLIKE_NAMES):
        return None
    return Confidence.MEDIUM if size >= 16 and bits >= LONG_BITS else Confidence.LOW
