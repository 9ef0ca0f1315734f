"""Whether an assignment's value is a secret, and how sure that is. Context decides: name, quoting, file, the value."""

from __future__ import annotations

import re
from typing import NamedTuple

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.assignment import Assignment
from imgscan.analyzers.secrets.context import FileKind
from imgscan.analyzers.secrets.guessable import is_default
from imgscan.analyzers.secrets.names import name_kind
from imgscan.analyzers.secrets.password_value import SHORTEST_PASSWORD, password_confidence
from imgscan.analyzers.secrets.placeholder import is_placeholder, is_published
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.strength import WORDY, surprise
from imgscan.analyzers.secrets.token_value import SHORTEST_TOKEN, token_confidence

_MAX_LENGTH = 400
# Where the syntax leaves no doubt that a password stands there, a word is one.
_CERTAIN = frozenset({"netrc", "usercall", "connection", "prose"})
_COMMENTED = re.compile(rb"\s*(?:#|//|;|\*|<!--|--\s|REM\b)")
_VARIABLE = re.compile(r"\$[A-Za-z_{(]|\w\(")
_ESCAPE = re.compile(rb"\\u(?:00[89a-fA-F]|0[1-9a-fA-F]|[1-9a-fA-F])")
_RESOURCE = re.compile(rb"arn:aws[\w:*/.-]*\Z")
_CONNECTION = re.compile(
    rb"(?i)(?:server|data source|host|hostname|database|initial catalog|uid|user id|driver)\s{0,2}=[^;\n]{1,120};"
)


# Of settings: where a program reads what a person chose.
_SETTINGS = frozenset({"bare", "quoted", "spaced", "option", "pair", "literal"})
_DOUBTS = {FileKind.SOURCE: Doubt.SOURCE, FileKind.MARKUP: Doubt.MARKUP}


class SecretMatch(NamedTuple):
    """Which generic rule holds, and how sure."""

    rule: str
    rating: Rating


def match_assignment(assignment: Assignment, syntax: str, kind: FileKind) -> SecretMatch | None:
    """Return what an assignment is, None for no secret."""
    sort = name_kind(assignment.name)
    if not sort:
        return None
    text = assignment.value.decode("latin-1")
    if kind in (FileKind.CONFIG, FileKind.SHELL) and syntax in _SETTINGS and _is_default(assignment, text):
        return SecretMatch(f"generic.{sort}", Rating(Confidence.LOW, Doubt.DEFAULT))
    if sort == "password" and syntax == "bare" and _CONNECTION.search(assignment.line):
        syntax = "connection"
    if sort == "password" and _is_certain(text, syntax, kind):
        return SecretMatch("generic.password", Rating(Confidence.LOW, Doubt.GUESSABLE))
    if assignment.quote == "`" and kind is FileKind.SHELL:
        return None  # a command, whose output is the value
    # The cheap questions first: most values of sources are no secrets by length or shape.
    if len(text) > _MAX_LENGTH or not text.isascii() or _is_text(text, sort, kind):
        return None
    if sort == "password":
        confidence = password_confidence(text, assignment, syntax, kind)
    else:
        confidence = token_confidence(text, assignment, kind)
    if confidence is None or not _is_plausible(text, assignment, kind):
        return None
    doubt = (
        Doubt.NONE
        if confidence != Confidence.LOW
        else _DOUBTS.get(kind, Doubt.GUESSABLE if sort == "password" else Doubt.NAME)
    )
    return SecretMatch(f"generic.{sort}", Rating(confidence, doubt))


def _is_default(assignment: Assignment, text: str) -> bool:
    """Whether a setting, and not a part of an address, is a default that everybody tries."""
    if assignment.before in (b"?", b"&") or _COMMENTED.match(assignment.line):
        return False
    return is_default(assignment.name, text)


def _is_text(text: str, sort: str, kind: FileKind) -> bool:
    """Whether a value is a sentence or too short."""
    if sort == "token":
        return len(text) < SHORTEST_TOKEN or " " in text
    return len(text) < SHORTEST_PASSWORD or (" " in text and kind in (FileKind.SOURCE, FileKind.MARKUP))


def _is_certain(text: str, syntax: str, kind: FileKind) -> bool:
    if syntax not in _CERTAIN or not text.isalpha() or len(text) <= 3:
        return False
    if kind is not FileKind.SOURCE:
        return text != "pass"  # the word of documentation: auth=("user", "pass")
    return syntax == "usercall" and text.lower() not in ("password", "pass", "secret")


def _is_member(text: str) -> bool:
    """Whether a text is the path of a member, of three names or more: ``random_password.db.result``."""
    return text.count(".") >= 2 and shapes.DOTTED.fullmatch(text) is not None and surprise(text) < WORDY


def _is_plausible(text: str, assignment: Assignment, kind: FileKind) -> bool:
    if not text.isprintable() or is_placeholder(text):
        return False
    if shapes.URLISH.match(text) or shapes.CALL.search(text) or shapes.DATE.match(text):
        return False
    if shapes.RESOURCE.match(text) or ("\\" in text and shapes.REGISTRY.search(text)):
        return False
    if shapes.COORDINATES.match(text) or shapes.TAG.match(text) or shapes.EXPRESSION.search(text):
        return False
    # Of settings a line is the value, brackets and all; a variable may stand in it.
    code = _VARIABLE.search(text) if kind is FileKind.CONFIG else any(mark in text for mark in "$({<")
    if not assignment.quote and (code or text[0] == "?" or _is_member(text)):
        return False
    if is_published(assignment.value):
        return False
    if _ESCAPE.search(
        assignment.excerpt, assignment.start, assignment.start + len(assignment.value) + 6
    ) or _RESOURCE.search(assignment.excerpt, max(assignment.said - 100, 0), assignment.said):
        return False  # letters of a translation; a part of a resource's name
    lower, name = text.lower(), assignment.name.lower()
    return not (lower == name or name.endswith(lower) or lower.replace("-", "_") in name.replace("-", "_"))
