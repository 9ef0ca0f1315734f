"""Facts of all layers to findings: overlaps settled, one finding a secret and path, its life told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.model.finding import Finding, Severity, State
from imgscan.rootfs.view import ImageView, PlacedFact

_CONFIDENCE = {"low": 0, "medium": 1, "high": 2}
_PER_RULE_AND_FILE = 20
_PLACES = 20
_GENERIC = ("generic.", "header.", "command.", "url.", "file.")


def rank_of(data: dict[str, Any]) -> tuple[int, int, int]:
    """Return how well a fact names a secret, better ones greater: named rules before generic ones, then confidence."""
    return (not data["rule"].startswith(_GENERIC), _CONFIDENCE[data["confidence"]], data["length"])


def settle(facts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one content's facts by offset, of those that overlap only the best."""
    kept: list[dict[str, Any]] = []
    unique = {(f["rule"], f["offset"], f["length"], f.get("chain", "")): f for f in facts}
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for fact in sorted(unique.values(), key=lambda f: (*(-part for part in rank_of(f)), f["offset"], f["rule"])):
        start, stop = fact["offset"], fact["offset"] + max(fact["length"], 1)
        spans = taken[fact.get("chain", "")]
        if any(start < other[1] and other[0] < stop for other in spans):
            continue
        if len(spans) < 4096:
            spans.append((start, stop))
            kept.append(fact)
    return sorted(kept, key=lambda f: (f.get("chain", ""), f["offset"], f["rule"]))


def severity_of(rules: RuleSet, data: dict[str, Any]) -> Severity:
    """Return the rule's severity, lowered by one step for medium confidence and to LOW at most for low."""
    rule = next(rule for rule in rules.rules if rule.id == data["rule"])
    severity = Severity[rule.severity.upper()]
    if data["confidence"] == "low":
        return min(severity, Severity.LOW)
    if data["confidence"] == "medium":
        return Severity(max(severity - 1, Severity.LOW)) if severity > Severity.LOW else severity
    return severity


def conclude_facts(analyzer: str, rules: RuleSet, view: ImageView) -> Iterator[Finding]:
    """Yield the findings of all files; one for each rule, path, layer and secret, the first of its lines named."""
    by_entry: dict[int, list[PlacedFact]] = defaultdict(list)
    for fact in view.facts(analyzer):
        by_entry[fact.ref].append(fact)
    settled: list[tuple[PlacedFact, dict[str, Any]]] = []
    for placed in by_entry.values():
        settled += [(placed[0], data) for data in settle(fact.data for fact in placed)]
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    values: dict[str, set[str]] = defaultdict(set)
    for fact, data in settled:
        where = f"/{_name(fact)}{data.get('chain', '')}:{data['line']}"
        places[data["rule"], data["hash"]].append(where)
        values[fact.path + "\0" + data["rule"]].add(data["hash"])
    by_rule = {rule.id: rule for rule in rules.rules}
    seen: dict[tuple[Any, ...], int] = {}
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for fact, data in settled:
        key = (fact.ref, data["rule"], data["hash"], data.get("chain", ""))
        if key in seen:
            continue
        seen[key] = 1
        counts[fact.ref, data["rule"]] += 1
        if counts[fact.ref, data["rule"]] > _PER_RULE_AND_FILE:
            continue
        rule = by_rule[data["rule"]]
        own = f"/{_name(fact)}{data.get('chain', '')}:{data['line']}"
        others = [place for place in dict.fromkeys(places[data["rule"], data["hash"]]) if place != own]
        yield Finding(
            rule=f"secrets.{data['rule']}",
            analyzer=analyzer,
            severity=severity_of(rules, data),
            message=_message(rule.title, fact, data),
            path=_name(fact),
            line=data["line"],
            state=fact.state,
            layer=fact.layer,
            removed_in=fact.removed_in,
            evidence={
                "confidence": data["confidence"],
                "offset": data["offset"],
                "length": data["length"],
                "shown": data["shown"],
                "hash": data["hash"],
                **({"inside": data["chain"]} if data.get("chain") else {}),
                **({"ranked_low": data["why"]} if data.get("why") else {}),
                **({"also_at": others[:_PLACES], "also_at_count": len(others)} if others else {}),
                **({"replaced_by_another": True} if _replaced(fact, values, data) else {}),
                "show": f"imgscan cat IMAGE /{fact.path} --layer {fact.layer.index}",
            },
            remediation=rules.remediation(rule),
            identity=data["hash"] + data.get("chain", ""),
        )


def _name(fact: PlacedFact) -> str:
    return fact.names[0] if fact.names else fact.path


def _replaced(fact: PlacedFact, values: dict[str, set[str]], data: dict[str, Any]) -> bool:
    """Whether the file was overwritten by one with another value of the same rule."""
    return fact.state is State.OVERWRITTEN and len(values[fact.path + "\0" + data["rule"]]) > 1


def _message(title: str, fact: PlacedFact, data: dict[str, Any]) -> str:
    text = data.get("kind") or title
    if data.get("chain"):
        text += f" inside {data['chain'].lstrip('!')}"
    if data.get("shown", "").strip("*"):
        text += f" ({data['shown']})"
    if fact.state is not State.VISIBLE:
        text += f"; {fact.state} by layer {fact.removed_in.index if fact.removed_in else '?'}, still in layer {fact.layer.index}"
    if data.get("why"):
        text += f"; ranked low: {data['why']}"
    return text
