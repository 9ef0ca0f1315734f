"""Occurrences to findings: one a secret, its story told at the place that matters most, the others listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from imgscan.analyzers.secrets.occurrence import Occurrence
from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.model.finding import Finding
from imgscan.system.file_items import shell_word
from imgscan.wording import counted

_PLACES = 20


def findings(analyzer: str, rules: RuleSet, occurrences: Iterable[Occurrence]) -> Iterator[Finding]:
    """Yield one finding for each secret, in the order of its first occurrence."""
    secrets: dict[tuple[str, str, int], list[Occurrence]] = defaultdict(list)
    for item in occurrences:
        secrets[item.key()].append(item)
    for sites in secrets.values():
        yield _finding(analyzer, rules, sorted(sites, key=Occurrence.rank))


def _finding(analyzer: str, rules: RuleSet, sites: list[Occurrence]) -> Finding:
    first = sites[0]
    return Finding(
        rule=f"secrets.{first.rule}",
        analyzer=analyzer,
        severity=first.severity,
        message=_message(first, len(sites) - 1),
        path=first.path,
        line=first.line,
        state=first.state,
        layer=first.layer,
        removed_in=first.removed_in,
        evidence=_evidence(first, sites),
        remediation=rules.remediation(rules.by_id[first.rule]),
        identity="\0".join((first.hash, first.inside, first.where)),
    )


def _evidence(first: Occurrence, sites: list[Occurrence]) -> dict[str, object]:
    shows = first.path is not None and first.layer is not None and not first.where
    described: dict[str, object] = {
        "confidence": first.confidence,
        "length": first.length,
        "shown": first.shown,
        "hash": first.hash,
        "where": first.where or None,
        "offset": first.offset,
        "inside": first.inside or None,
        "ranked_low": first.why or None,
        "installed_by": first.installed_by or None,
        "replaced_by_another": first.replaced or None,
        "places": [item.location() for item in sites[:_PLACES]],
        "places_count": len(sites),
        "show": f"imgscan cat IMAGE {shell_word(first.stored)} --layer {first.layer.index}"
        if shows and first.layer is not None
        else None,
    }
    return {key: value for key, value in described.items() if value is not None}


def _message(first: Occurrence, others: int) -> str:
    text = first.kind
    if first.where:
        text += f" in {first.where}"
    if first.inside:
        text += f" inside {first.inside.lstrip('!').lstrip('/') or 'compressed content'}"
    if first.shown.strip("*"):
        text += f" ({first.shown})"
    if first.replaced:
        text += "; another value took its place"
    if others:
        text += f"; also in {counted(others, 'other place')}"
    if first.why:
        text += f"; ranked low: {first.why}"
    return text
