"""What all layers of a scan together may have observed beyond what their size accounts for."""

from __future__ import annotations

from collections import Counter
from threading import Lock

import msgspec

from imgscan.layer.budget import ExpansionShare
from imgscan.model.fact import SurveyCost
from imgscan.model.limits import Limits

_HIT_BYTES = 16 * 1024
"""Bytes of a layer for which one hit is taken as usual: a system has one in 50 KB."""
_FACT_SHARE = 4 * 1024
"""Bytes of a layer for which one fact of each observer is taken as usual: where ``chmod -R 777`` was run every file
has one, and files are 4 KB and more on the average.
"""
_FACT_BYTES = 16
"""Bytes of a layer for which one byte of facts is taken as usual: a system has one for 90."""


def usual_hits(layer_bytes: int) -> int:
    """Return how many hits so many bytes of a layer may have that count for nothing."""
    return layer_bytes // _HIT_BYTES


def usual_facts(layer_bytes: int) -> int:
    """Return how many facts of one observer so many bytes of a layer may have that count for nothing."""
    return layer_bytes // _FACT_SHARE


def usual_bytes(layer_bytes: int) -> int:
    """Return how many bytes of facts so many bytes of a layer may have that count for nothing."""
    return layer_bytes // _FACT_BYTES


class SurveyBudget:
    """Hits, facts and their bytes beyond the usual, of all layers of one scan: twenty small layers are as one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hits = 0
        self._facts: Counter[str] = Counter()
        self._bytes = 0
        self._lock = Lock()
        self.exhausted = False
        """Whether something was refused."""

    def take_hit(self) -> bool:
        """Whether one more hit of a pattern may be; from any thread."""
        with self._lock:
            self._hits += 1
            return self._fits(self._hits <= self._limits.layer_hits)

    def take_fact(self, observer: str) -> bool:
        """Whether one more fact of an observer may be."""
        with self._lock:
            self._facts[observer] += 1
            return self._fits(self._facts[observer] <= self._limits.layer_facts)

    def take_bytes(self, count: int) -> bool:
        """Whether so many more bytes of facts may be."""
        with self._lock:
            self._bytes += count
            return self._fits(self._bytes <= self._limits.facts_bytes)

    def charge(self, cost: SurveyCost) -> bool:
        """Whether all that an earlier survey of a layer took may be taken again."""
        with self._lock:
            self._hits += cost.hits
            self._bytes += cost.fact_bytes
            self._facts.update(cost.facts)
            limit = max((self._facts[name] for name in cost.facts), default=0)
            limits = self._limits
            return self._fits(
                self._hits <= limits.layer_hits and self._bytes <= limits.facts_bytes and limit <= limits.layer_facts
            )

    def _fits(self, fits: bool) -> bool:
        self.exhausted |= not fits
        return fits


class LayerShare:
    """What one layer takes of a scan's budget, counted."""

    def __init__(self, budget: SurveyBudget, expansion: ExpansionShare) -> None:
        self._budget = budget
        self._expansion = expansion
        self._hits = 0
        self._facts: Counter[str] = Counter()
        self._bytes = 0
        self._weights: Counter[str] = Counter()
        self._cut = False

    def take_hit(self) -> bool:
        """Whether one more hit of a pattern may be."""
        self._hits += 1
        return self._noted(self._budget.take_hit())

    def take_fact(self, observer: str) -> bool:
        """Whether one more fact of an observer may be."""
        self._facts[observer] += 1
        return self._noted(self._budget.take_fact(observer))

    def take_bytes(self, count: int) -> bool:
        """Whether so many more bytes of facts may be."""
        self._bytes += count
        return self._noted(self._budget.take_bytes(count))

    def weigh(self, observer: str, weight: int) -> None:
        """Take note of a fact of an observer, whoever accounts for it."""
        self._weights[observer] += weight

    def _noted(self, fits: bool) -> bool:
        self._cut |= not fits
        return fits

    def cost(self, unpacked: int) -> SurveyCost:
        """Return what was taken, and ``unpacked`` bytes of archives."""
        return SurveyCost(
            hits=self._hits,
            facts=dict(self._facts),
            fact_bytes=self._bytes,
            weights=dict(self._weights),
            unpacked=unpacked,
            cut=self._cut or self._expansion.drawn > 0,
        )


def weight_of(data: object) -> int:
    """Return how many bytes a fact takes when it is written: a measure of its memory, a third or less of it."""
    try:
        return len(msgspec.msgpack.encode(data, enc_hook=str))
    except Exception:  # noqa: BLE001 (a mapping of foreign code: what cannot be written is not weighed)
        return 0
