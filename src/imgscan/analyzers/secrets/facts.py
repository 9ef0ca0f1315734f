"""A fact on a secret: rule, place, length, strength and a hash; never the value."""

from __future__ import annotations

from typing import Any

from imgscan.analyzers.secrets.doubt import Rating
from imgscan.analyzers.secrets.hashing import keyed_hash, redacted
from imgscan.analyzers.secrets.rule import SecretRule
from imgscan.model.observed import Match

Data = dict[str, Any]

# Chosen by people, so that a hash in full would confirm a guess.
_CHOSEN = frozenset(
    {"generic.password", "url.database", "url.userinfo", "url.jdbc", "header.basic", "kubernetes.secret-value"}
)


def secret_fact(rule: SecretRule, rating: Rating, match: Match, start: int, value: bytes) -> Data:
    """Return the fact on ``value`` that begins at ``start`` of the excerpt of ``match``."""
    guessable = rule.id in _CHOSEN or rule.id.startswith("command.")
    return {
        "rule": rule.id,
        "confidence": rating.confidence,
        "offset": match.start + start,
        "length": len(value),
        "line": match.line_at(start),
        "shown": redacted(value, guessable),
        "hash": keyed_hash(value, guessable),
        "why": str(rating.doubt),
    }
