"""Facts on secrets: rule, place, length, strength and a hash; never the value."""

from __future__ import annotations

import msgspec

from imgscan.analyzers.secrets.hashing import keyed_hash, redacted
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.rule import SecretRule
from imgscan.model.observed import Match

# Chosen by people, so that a hash in full would confirm a guess.
_CHOSEN = frozenset(
    {"generic.password", "url.database", "url.userinfo", "url.jdbc", "header.basic", "kubernetes.secret-value"}
)


class ContentFact(msgspec.Struct, frozen=True, tag=True):
    """What is observed of a content: a secret in it, what was not looked at, or its digests."""


class SecretFact(ContentFact, frozen=True, kw_only=True, tag=True):
    """A value that a rule names: from ``offset`` on ``length`` bytes of the content as it is stored.

    ``line`` counts from 1, None in a binary; ``shown`` is what may be printed of the value, ``hash`` what tells equal
    ones apart; ``chain`` leads through archives and encodings; ``title`` is what it is where that is not its rule's.
    """

    rule: str
    confidence: Confidence
    offset: int
    length: int
    line: int | None
    shown: str
    hash: str
    why: Doubt = Doubt.NONE
    chain: str = ""
    title: str = ""

    @property
    def stop(self) -> int:
        """The offset behind it; of nothing one byte counts as taken."""
        return self.offset + max(self.length, 1)


class SkippedFact(ContentFact, frozen=True, tag=True):
    """What of a content was not opened or looked at: how often, by the reason."""

    counts: dict[str, int]


class DigestsFact(ContentFact, frozen=True, tag=True):
    """The digests of a content in which something was observed, by algorithm: packages record them."""

    digests: dict[str, str]


def secret_fact(rule: SecretRule, rating: Rating, match: Match, start: int, value: bytes) -> SecretFact:
    """Return the fact on ``value`` that begins at ``start`` of the excerpt of ``match``."""
    guessable = rule.id in _CHOSEN or rule.id.startswith("command.")
    return SecretFact(
        rule=rule.id,
        confidence=rating.confidence,
        offset=match.start + start,
        length=len(value),
        line=match.line_at(start),
        shown=redacted(value, guessable),
        hash=keyed_hash(value, guessable),
        why=rating.doubt,
    )
