"""A layer's facts to what is kept of them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from imgscan.kept.parts import (
    Column,
    Skeleton,
    Unit,
    column_of,
    facts_in,
    outside_column_of,
    outside_facts_in,
)
from imgscan.kept.secrecy import Secrecy, text_of
from imgscan.kept.units import ObserverUnits
from imgscan.model.fact import Fact, LayerFacts, OutsideFact, SurveyCost
from imgscan.model.observer import Observer


def skeleton_of(facts: LayerFacts) -> Skeleton:
    """Return what of the facts of a layer that was read whole does not depend on observers."""
    assert facts.digest is not None
    assert facts.diff_id is not None
    return Skeleton(
        digest=facts.digest,
        diff_id=facts.diff_id,
        compression=facts.compression,
        stored_bytes=facts.stored_bytes,
        uncompressed_bytes=facts.uncompressed_bytes,
        entries=facts.entries,
        problems=facts.problems,
        sha256=facts.sha256,
        loadable=facts.loadable,
        sparse=facts.sparse,
    )


def new_units(
    facts: LayerFacts, units: ObserverUnits, secrecy: Secrecy, survey: int, known: Mapping[str, Unit]
) -> Iterator[tuple[str, Unit]]:
    """Yield what may be kept of each unit that is not ``known``, by its key.

    What a foreign observer says may be a type that cannot be read back, or be read back as another one: that is tried.
    """
    secrets = secrecy.secrets_of(facts.facts)
    observed = set(facts.observers)
    for key, observers in units.by_key.items():
        if key in known or not observed.issuperset(observer.id for observer in observers):
            continue
        if not all(_may_be_kept(facts, observer, secrecy, secrets) for observer in observers):
            continue
        try:
            unit = _unit_of(facts, observers, survey)
            if all(_reads_back(facts, unit, observer) for observer in observers):
                yield key, unit
        except (TypeError, ValueError, OverflowError, RecursionError):
            continue


def _may_be_kept(facts: LayerFacts, observer: Observer, secrecy: Secrecy, secrets: dict[int, list[Struct]]) -> bool:
    if secrecy.is_keeper(observer.id):
        return True
    observed = facts.facts.get(observer.id, [])
    outside = facts.outside.get(observer.id, [])
    text = text_of([fact.data for fact in observed]) + b"\n" + text_of([fact.data for fact in outside])
    return secrecy.admits(text) and secrecy.admits_of(observed, secrets)


def _unit_of(facts: LayerFacts, observers: tuple[Observer, ...], survey: int) -> Unit:
    names = [observer.id for observer in observers]
    matching = any(observer.interest.patterns for observer in observers)
    cost = facts.cost
    return Unit(
        survey=survey,
        fact_bytes=cost.fact_bytes,
        unpacked=cost.unpacked,
        weight=sum(cost.weights.get(name, 0) for name in names),
        hits=cost.hits if matching else 0,
        facts_taken={name: cost.facts[name] for name in names if name in cost.facts},
        matched_bytes=facts.matched_bytes if matching else 0,
        digests=facts.digests if matching else {},
        facts=[column_of(name, facts.facts[name]) for name in names if name in facts.facts],
        outside=[outside_column_of(name, items) for name, items in facts.outside.items() if name in names],
    )


def _reads_back(facts: LayerFacts, unit: Unit, observer: Observer) -> bool:
    count = len(facts.entries)
    again = [item for column in _of(unit.facts, observer) for item in facts_in(column, observer, count)]
    outside = [item for column in _of(unit.outside, observer) for item in outside_facts_in(column, observer, count)]
    return again == facts.facts.get(observer.id, []) and outside == facts.outside.get(observer.id, [])


def _of(columns: Iterable[Column], observer: Observer) -> Iterator[Column]:
    return (column for column in columns if column.observer == observer.id)


def assembled(
    skeleton: Skeleton, kept: Mapping[str, Unit], fresh: LayerFacts | None, units: ObserverUnits
) -> LayerFacts:
    """Return the facts of a layer from what was kept, and for observers of which nothing was from a ``fresh`` survey.

    Raises:
        ValueError: what was kept are no such facts.
    """
    count = len(skeleton.entries)
    facts: dict[str, list[Fact]] = {} if fresh is None else dict(fresh.facts)
    outside: dict[str, list[OutsideFact]] = {} if fresh is None else dict(fresh.outside)
    digests = {} if fresh is None else fresh.digests
    matched_bytes = 0 if fresh is None else fresh.matched_bytes
    for key, unit in kept.items():
        by_id = {observer.id: observer for observer in units.by_key[key]}
        try:
            facts |= {column.observer: facts_in(column, by_id[column.observer], count) for column in unit.facts}
            outside |= {
                column.observer: outside_facts_in(column, by_id[column.observer], count) for column in unit.outside
            }
        except KeyError as error:
            raise ValueError(f"no facts of {error}") from None
        digests = unit.digests or digests
        matched_bytes = max(matched_bytes, unit.matched_bytes)
    cost = cost_of(kept.values())
    return LayerFacts(
        digest=skeleton.digest,
        diff_id=skeleton.diff_id,
        compression=skeleton.compression,
        stored_bytes=skeleton.stored_bytes,
        uncompressed_bytes=skeleton.uncompressed_bytes,
        complete=True,
        entries=skeleton.entries,
        facts={observer.id: facts[observer.id] for observer in units.order if observer.id in facts},
        problems=skeleton.problems,
        sha256=skeleton.sha256,
        matched_bytes=matched_bytes,
        digests=digests,
        outside=outside,
        loadable=skeleton.loadable,
        sparse=skeleton.sparse,
        observers=tuple(observer.id for observer in units.order),
        cost=cost if fresh is None else fresh.cost,
    )


def cost_of(units: Iterable[Unit]) -> SurveyCost:
    """Return what a survey by the observers of some units would take at most, exactly if one survey had them all.

    What the layer's size accounts for is accounted for once: a second survey's facts are taken to come on top.
    """
    by_survey: dict[int, list[Unit]] = {}
    for unit in units:
        by_survey.setdefault(unit.survey, []).append(unit)
    weights = {survey: sum(unit.weight for unit in group) for survey, group in by_survey.items()}
    largest = max(weights, key=weights.__getitem__, default=None)
    fact_bytes = 0 if largest is None else by_survey[largest][0].fact_bytes
    return SurveyCost(
        hits=sum(unit.hits for group in by_survey.values() for unit in group),
        facts={
            name: count for group in by_survey.values() for unit in group for name, count in unit.facts_taken.items()
        },
        fact_bytes=fact_bytes + sum(weight for survey, weight in weights.items() if survey != largest),
        unpacked=sum(group[0].unpacked for group in by_survey.values()),
    )
