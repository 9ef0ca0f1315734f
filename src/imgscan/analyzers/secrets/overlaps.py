"""Of facts that are about the same bytes, the one that says most."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from imgscan.analyzers.secrets.facts import SecretFact

_GENERIC = ("generic.", "header.", "command.", "url.", "file.", "kubernetes.secret")
_MAX_SPANS = 4096


def without_overlaps(facts: Iterable[object]) -> list[SecretFact]:
    """Return the secrets of one content by offset, of those that overlap only the best; at most 4096 a chain."""
    kept: list[SecretFact] = []
    unique = {(f.rule, f.offset, f.length, f.chain): f for f in facts if isinstance(f, SecretFact)}
    taken: dict[str, Spans] = defaultdict(Spans)
    for fact in sorted(unique.values(), key=lambda f: (*(-part for part in rank_of(f)), f.offset, f.rule)):
        if taken[fact.chain].take(fact.offset, fact.stop):
            kept.append(fact)
    return sorted(kept, key=lambda f: (f.chain, f.offset, f.rule))


def rank_of(fact: SecretFact) -> tuple[int, int, int]:
    """Return how well a fact names a secret, better ones greater: named rules before generic ones, then confidence."""
    return (not is_generic(fact.rule), fact.confidence.step, fact.length)


def is_generic(rule: str) -> bool:
    """Whether a rule goes by where a value stands, and not by a form of the value itself."""
    return rule.startswith(_GENERIC)


class Spans:
    """Ranges that do not overlap, found by bisection: a file may have thousands."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []

    def take(self, start: int, stop: int) -> bool:
        """Whether a range is free; then it is taken."""
        at = bisect_right(self._starts, start)
        if at and self._stops[at - 1] > start:
            return False
        if at < len(self._starts) and self._starts[at] < stop:
            return False
        if len(self._starts) >= _MAX_SPANS:
            return False
        self._starts.insert(at, start)
        self._stops.insert(at, stop)
        return True
