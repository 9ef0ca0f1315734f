"""Facts on bytes of layers that are no file's content to occurrences: names, links, attributes, and what none sees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.analyzers.secrets.occurrence import Occurrence, rank_of
from imgscan.analyzers.secrets.overlaps import without_overlaps
from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.formats.path import parent_of
from imgscan.model.fact import Region
from imgscan.model.finding import State
from imgscan.model.ledger import Cause, Gap
from imgscan.rootfs.view import LocatedOutsideFact
from imgscan.system.file_items import absolute

PER_RULE_AND_REGION = 20
"""How many secrets of one rule and confidence in one region of a layer are listed."""

_ON_DISK = frozenset({Region.NAME, Region.LINK_TARGET, Region.ATTRIBUTE})
"""What a container has, too: the entry's own path says where. The others are in the layer's archive alone."""

_OPEN = ("secrets.*",)
_Owner = tuple[int, int | None]
"""A layer, and the reference of one of its entries."""


def outside_occurrences(facts_of_regions: Iterable[LocatedOutsideFact], rules: RuleSet) -> Iterator[Occurrence | Gap]:
    """Yield each value of a rule once an entry or region; then how many were left out."""
    groups: dict[tuple[int, Region, int | None], list[LocatedOutsideFact]] = defaultdict(list)
    for fact in facts_of_regions:
        groups[fact.layer.index, fact.region, fact.owner.ref if fact.owner is not None else None].append(fact)
    secret_names = {(layer, owner) for layer, region, owner in groups if region is Region.NAME}
    said: dict[_Owner, set[str]] = defaultdict(set)  # the values that an entry's decoded texts have
    counts: Counter[tuple[int, Region, str, str]] = Counter()
    beyond = 0
    for (layer, region, owner), facts in groups.items():
        values = said[layer, owner]
        for data in _surest_first(facts):
            if data.rule not in rules.by_id or data.hash in values:
                continue
            if region in _ON_DISK or region is Region.HEADER:
                values.add(data.hash)
            count = (layer, region, data.rule, data.confidence)
            counts[count] += 1
            if counts[count] > PER_RULE_AND_REGION:
                beyond += 1
                continue
            yield _occurrence(rules, facts[0], data, (layer, owner) in secret_names)
    if beyond:
        text = f"more than {PER_RULE_AND_REGION} of one rule and confidence in one region of a layer"
        yield Gap(cause=Cause.LIMIT, what="secrets outside of files", count=beyond, why=text, rules=_OPEN)


def _surest_first(facts: Iterable[LocatedOutsideFact]) -> list[SecretFact]:
    # The bound must not take a sure one because doubtful ones stand before it.
    return sorted(without_overlaps(fact.data for fact in facts), key=lambda data: -data.confidence.step)


def _occurrence(rules: RuleSet, fact: LocatedOutsideFact, data: SecretFact, is_named_so: bool) -> Occurrence:
    """Return one value's occurrence; where the name is the secret (``is_named_so``), its directory stands for it."""
    owner = fact.owner
    on_disk = owner if fact.region in _ON_DISK else None
    path = (on_disk.names[0] if on_disk.names else on_disk.path) if on_disk is not None else None
    rank = rank_of(rules, data.rule, data.confidence, data.why)
    return Occurrence(
        rule=data.rule,
        kind=data.title or rules.by_id[data.rule].title,
        severity=rank.severity,
        confidence=data.confidence,
        length=data.length,
        shown=data.shown,
        hash=data.hash,
        state=on_disk.state if on_disk is not None else State.ARCHIVE,
        layer=fact.layer,
        removed_in=on_disk.removed_in if on_disk is not None else None,
        path=parent_of(path) if path is not None and is_named_so else path,
        offset=data.offset if on_disk is None else None,
        inside=data.chain,
        where=_where(fact, is_named_so),
        why=rank.why,
    )


def _where(fact: LocatedOutsideFact, is_named_so: bool) -> str:
    if fact.region in _ON_DISK:
        return f"the {fact.region} of an entry in it" if is_named_so else f"its {fact.region}"
    if fact.owner is None:
        return f"the layer's {fact.region}"
    path = absolute(fact.owner.path)
    if is_named_so:
        path = f"an entry in {absolute(parent_of(fact.owner.path))}"
    return f"the {fact.region} of {path}" if fact.region is Region.HEADER else f"the {fact.region} behind {path}"
