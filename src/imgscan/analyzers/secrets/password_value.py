"""Whether the value of a name that says "password" is one, and how sure that is."""

from __future__ import annotations

import re
from typing import NamedTuple

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.assignment import Assignment
from imgscan.analyzers.secrets.context import FileKind
from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.rating import Confidence
from imgscan.analyzers.secrets.strength import CHANCE, WORDY, character_classes, is_made_up, is_spelled, surprise
from imgscan.analyzers.secrets.structure import decode_base64

SHORTEST_PASSWORD = 4

_CAMEL = re.compile(r"[a-z][A-Z]|[._:/-]")
# The name of a secret, as of one in a cluster or a vault: postgres-password.
_NAMES_SECRET = re.compile(r"(?i)-(?:password|passwd|secret|credentials?|token|key|auth)s?$")
_SENTENCE = re.compile(rb" [A-Za-z]{2,}(?: [A-Za-z]|$)")
_HASH = re.compile(r"\$\w{1,8}\$|pbkdf2_|md5\$|sha\d*\$|\{S?SHA")
_VALIDATION = re.compile(r"[a-z_]+(?::[\w,.]*)?(?:\|[a-z_]+(?::[\w,.]*)?)+\Z")  # required|min:8
_LONGEST_PASSWORD = 128  # of base64: beyond it, something that was sealed
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_SETTING = re.compile(r"\w+=")
_CONSTANTS = frozenset({"True", "False", "None", "NULL", "nil", "enabled", "disabled"})


class _Look(NamedTuple):
    """How a value looks: as a word or name, as one of several kinds of characters, as letters by chance."""

    wordy: bool
    camel: bool
    strong: bool
    random: bool
    made_up: bool


def password_confidence(text: str, assignment: Assignment, syntax: str, kind: FileKind) -> Confidence | None:
    """Return how sure it is that ``text`` is a password; None for none."""
    code = kind is FileKind.SOURCE or kind is FileKind.MARKUP
    if code and shapes.IDENTIFIER.match(text) and surprise(text) < WORDY:
        return None  # the commonest case: a word, a name
    if _is_other(text, assignment, syntax, kind):
        return None
    look = _look(text)
    if syntax == "call" and look.wordy and not look.random and kind is not FileKind.CONFIG:
        return None  # a name given to a function
    if kind is FileKind.SOURCE:
        return _in_source(text, assignment, syntax, look)
    if kind is FileKind.MARKUP:
        return _in_markup(text, assignment, look)
    if not assignment.quote and look.camel and kind is not FileKind.CONFIG and "." in text:
        return None
    if text in _CONSTANTS or (look.wordy and (_NAMES_SECRET.search(text) or _SENTENCE.match(_rest(text, assignment)))):
        return None
    weak = (look.wordy and not look.random) or look.made_up
    # A variable of the environment is a setting in whatever file it stands.
    text_file = kind is FileKind.TEXT and _VARIABLE.match(assignment.name) is None
    return Confidence.LOW if weak or (text_file and not (look.strong or look.random)) else Confidence.MEDIUM


def _rest(text: str, assignment: Assignment) -> bytes:
    """Return what stands behind an unquoted value in its line."""
    return b"" if assignment.quote else assignment.line.partition(text.encode("latin-1"))[2]


def _look(text: str) -> _Look:
    wordy = shapes.IDENTIFIER.match(text) is not None and surprise(text) < WORDY
    made_up = is_made_up(text)
    return _Look(
        wordy=wordy,
        camel=wordy and _CAMEL.search(text) is not None,
        strong=not wordy and len(text) >= 8 and character_classes(text) >= 3 and not made_up,
        random=len(text) >= 8 and surprise(text) >= CHANCE and not made_up and len(set(text)) >= 6,
        made_up=made_up,
    )


def _is_other(text: str, assignment: Assignment, syntax: str, kind: FileKind) -> bool:
    """Whether a value is too short, a sentence, a file, a constant's name, an option or a selector."""
    code = kind is FileKind.SOURCE or kind is FileKind.MARKUP
    if (
        len(text) < (SHORTEST_PASSWORD + 1 if code else SHORTEST_PASSWORD)
        or (len(text) > _LONGEST_PASSWORD and ("+" in text or "/" in text))
        or text[-1:] == ":"
        or (text.isdigit() and is_made_up(text, 4))
    ):
        return True
    spaces = text.count(" ")
    if spaces and (spaces > 1 or not assignment.quote or text[-1:] in ".:!?" or text[:1].isupper() or code):
        return True
    if shapes.FILE.search(text) and not any(char in text for char in "!@#%^&*+="):
        return True
    if shapes.CONSTANT.match(text) and surprise(text) < WORDY:
        return True
    if syntax == "bare" and _SETTING.fullmatch(text) and b"= " + assignment.value in assignment.line:
        return True  # the next setting: this one is empty
    if "|" in text and _VALIDATION.match(text):
        return True
    if len(text) >= 16 and text[-1:] == "=" and _is_encoded_word(text):
        return True
    if syntax == "option" and (text[:1] in "-/[" or _SETTING.match(text)):
        return True
    return text[:1] in "#." and "password" in text.lower()


def _is_encoded_word(text: str) -> bool:
    """Whether a text is the base64 of a placeholder or of a run."""
    data = decode_base64(text.encode("latin-1"))
    if data is None or not data.isascii():
        return False
    plain = data.decode("ascii").strip()
    return len(set(plain)) <= 2 or is_placeholder(plain)


def _in_source(text: str, assignment: Assignment, syntax: str, look: _Look) -> Confidence | None:
    if not assignment.quote or look.camel or (look.wordy and not look.random):
        return None
    chance = look.strong or look.random
    if syntax == "word" and assignment.name[:10].lower() == "identified":
        return Confidence.LOW  # of SQL: a password and nothing else stands there
    if syntax in ("call", "word", "prose", "wrapped", "literal", "account") and not chance:
        return None
    sure = chance and len(text) >= 10 and not _HASH.match(text) and not is_spelled(text)
    return Confidence.MEDIUM if sure else Confidence.LOW


def _in_markup(text: str, assignment: Assignment, look: _Look) -> Confidence | None:
    if not assignment.quote and (look.wordy or not (look.strong or look.random)):
        return None
    if look.wordy and not look.random:
        return None
    return Confidence.MEDIUM if look.strong and len(text) >= 10 and not is_spelled(text) else Confidence.LOW
