"""Counts of known vulnerabilities before and after, where reports of another program were folded in."""

from __future__ import annotations

import msgspec

from imgscan.compare.side import Side, SideVulnerabilities, SideVulnerability
from imgscan.compare.sizes import Amount
from imgscan.model.vulnerability import Rating


class VulnerabilityChanges(msgspec.Struct, frozen=True, kw_only=True):
    """``before`` and ``after`` count by rating, then ``total`` and ``fixable``; None where a side has no report.

    Only where both have one are there ``amounts``, ``fixed``, ``new`` and how many are the ``same`` (by id and package,
    whatever the version; without those that only a lower layer has): what is not known of a side is not a reduction.
    """

    tools: tuple[str | None, str | None]
    before: dict[str, int] | None
    after: dict[str, int] | None
    amounts: tuple[Amount, ...] = ()
    fixed: tuple[SideVulnerability, ...] = ()
    new: tuple[SideVulnerability, ...] = ()
    same: int = 0


def compare_vulnerabilities(a: Side, b: Side) -> VulnerabilityChanges | None:
    """Return the counts of both sides, None where neither has a report."""
    one, other = a.vulnerabilities, b.vulnerabilities
    if one is None and other is None:
        return None
    tools = (one.tool if one else None, other.tool if other else None)
    before, after = _counts(one), _counts(other)
    if one is None or other is None or before is None or after is None:
        return VulnerabilityChanges(tools=tools, before=before, after=after)
    known, result = _by_id(one), _by_id(other)
    return VulnerabilityChanges(
        tools=tools,
        before=before,
        after=after,
        amounts=tuple(Amount(name, "", count, after[name]) for name, count in before.items()),
        fixed=tuple(item for key, item in known.items() if key not in result),
        new=tuple(item for key, item in result.items() if key not in known),
        same=len(known.keys() & result.keys()),
    )


def _by_id(side: SideVulnerabilities) -> dict[tuple[str, str], SideVulnerability]:
    return {(item.id, item.package): item for item in _present(side)}


def _present(side: SideVulnerabilities) -> list[SideVulnerability]:
    return [item for item in side.items if not item.deleted]


def _counts(side: SideVulnerabilities | None) -> dict[str, int] | None:
    if side is None:
        return None
    items = _present(side)
    result = {str(rating): sum(item.severity == rating for item in items) for rating in Rating}
    return {**result, "total": len(items), "fixable": sum(bool(item.fixed_in) for item in items)}
