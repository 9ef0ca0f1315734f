"""Rules with a format of their own: the full expression and its checks, on the excerpt around a hit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgscan.analyzers.secrets.confidence import adjusted
from imgscan.analyzers.secrets.context import FileKind, file_kind
from imgscan.analyzers.secrets.excerpts import is_text
from imgscan.analyzers.secrets.expression import Expression, ExpressionMatch, compile_expression
from imgscan.analyzers.secrets.facts import SecretFact, secret_fact
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.rule import SecretRule
from imgscan.analyzers.secrets.strength import entropy, is_made_up
from imgscan.analyzers.secrets.structure import CHECKS
from imgscan.matching.pattern_bytes import inner_bytes
from imgscan.model.observed import Match

# A wrong checksum makes these unsure: examples and formats that changed have one.
_CHECKSUMMED = frozenset({"github-crc", "npm-crc"})
# These hold a checksum, too, and without the right one they are nothing.
_PROVED = frozenset({"nkey", "stellar", "macaroon"})
# Around what a match is made of: its first or last byte may be another, and one more tells whether a word ends there;
# ahead an escape may stand.
_MARGIN = 8
# Of strings in C, JSON, Python and of URLs. Their last character is a letter or a digit, and ends no word.
_ESCAPES = re.compile(rb"\\(?:[abefnrtv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[0-7]{3})|%[0-9A-Fa-f]{2}")
_SMALL = 512  # bytes of an excerpt that is soon read
_EXAMPLE_WORDS = (b"example", b"EXAMPLE", b"xxxx", b"XXXX", b"YOUR", b"your-", b"your_", b"PLACEHOLDER", b"....")


def named_facts(rule: SecretRule, path: str, match: Match) -> Iterator[SecretFact]:
    """Yield the facts of what ``rule`` finds across the end of its hit, in the file ``path``."""
    excerpt, end = match.excerpt, match.end - match.start
    if rule.text and not is_text(excerpt, end):
        return
    if rule.needs and not _has_any(excerpt[:end], rule.needs):
        return
    if rule.unless and _has_any(excerpt[:end], rule.unless):
        return
    expression = compile_expression(rule.expression)
    group = rule.group if rule.group is not None else 1 if expression.groups else 0
    first, text = _around(excerpt, end, rule) if rule.before + rule.after > _SMALL else (0, excerpt)
    result = _across(expression, text, end - first)
    if result is None and (b"\\" in text or b"%" in text):
        result = _across(expression, _ESCAPES.sub(_blank, text), end - first)
    if result is None:
        return
    value, start = result.group(group), first + result.start(group)
    is_whole = excerpt.startswith(value or b"", start)  # and no escape was in it
    if first + result.start() < end and value and is_whole and holds(rule, value):
        yield _fact(rule, path, match, start, value)


def _across(expression: Expression, text: bytes, end: int) -> ExpressionMatch | None:
    """Return the first match that does not end before ``end``."""
    return next((result for result in expression.finditer(text) if result.end() >= end), None)


def _blank(escape: re.Match[bytes]) -> bytes:
    return b" " * len(escape[0])


def _around(excerpt: bytes, end: int, rule: SecretRule) -> tuple[int, bytes]:
    """Return where the bytes begin that a match across ``end`` can be made of, and these with what stands around.

    A list of tokens has a hit for each, and each excerpt a score of them: without this every one would be read again
    for each of its neighbours.
    """
    inner = inner_bytes(rule.expression)
    first = max(len(excerpt[: end - 1].rstrip(inner)) - _MARGIN, 0)
    behind = len(excerpt) - len(excerpt[end:].lstrip(inner)) + _MARGIN
    return first, excerpt[first:behind]


def _fact(rule: SecretRule, path: str, match: Match, start: int, value: bytes) -> SecretFact:
    rating = Rating(rule.confidence, Doubt.FORM if rule.confidence == Confidence.LOW else Doubt.NONE)
    if rule.check in _CHECKSUMMED and not CHECKS[rule.check](value):
        # GitHub's and npm's forms are told by their owners, the checksum is none of the contract: a hint, but in settings
        # what stands in this form is to be looked at.
        doubtful = file_kind(path) in (FileKind.SOURCE, FileKind.MARKUP)
        rating = Rating(Confidence.LOW if doubtful else Confidence.MEDIUM, Doubt.CHECKSUM)
    proved = rule.check in _CHECKSUMMED | _PROVED
    return secret_fact(rule, adjusted(rating, rule.id, path, match.excerpt, start, value, proved), match, start, value)


def _has_any(ahead: bytes, words: tuple[str, ...]) -> bool:
    """Whether one of the texts, of small letters, stands in what is ahead of a hit."""
    ahead = ahead.lower()
    return any(word.encode() in ahead for word in words)


def holds(rule: SecretRule, value: bytes) -> bool:
    """Whether a value of the rule's form is more than that: structure, entropy, no example, not allowed."""
    if rule.entropy and entropy(value) < rule.entropy:
        return False
    if rule.check and rule.check not in _CHECKSUMMED and not CHECKS[rule.check](value):
        return False
    if rule.check not in _PROVED and any(word in value for word in _EXAMPLE_WORDS):
        return False
    if (
        rule.check not in _PROVED
        and "AAAAA" not in rule.find  # the format itself repeats
        and "A{22}" not in rule.find
        and is_made_up(value.decode("latin-1"))
    ):
        return False
    return not any(compile_expression(text).search(value) for text in rule.allow)
