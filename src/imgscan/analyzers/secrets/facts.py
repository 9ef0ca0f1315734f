"""A fact on a secret: rule, place, length, strength and a hash; never the value."""

from __future__ import annotations

from typing import Any

from imgscan.analyzers.secrets.context import sample_reason
from imgscan.analyzers.secrets.hashing import keyed_hash, redacted
from imgscan.analyzers.secrets.rule import Rule
from imgscan.model.observed import Match

Data = dict[str, Any]

# Chosen by people, so that a hash in full would confirm a guess.
_CHOSEN = frozenset({"generic.password", "url.database", "url.userinfo", "url.jdbc", "header.basic"})


def secret_fact(rule: Rule, confidence: str, path: str, match: Match, start: int, value: bytes) -> Data:
    """Return the fact on ``value`` that begins at ``start`` of the excerpt of ``match``."""
    guessable = rule.id in _CHOSEN or rule.id.startswith("command.")
    return {
        "rule": rule.id,
        "confidence": confidence,
        "offset": match.start + start,
        "length": len(value),
        "line": match.line_at(start),
        "shown": redacted(value, guessable),
        "hash": keyed_hash(value, guessable),
        "why": sample_reason(path),
    }
