"""Known vulnerabilities as findings: one a package and kind, so that a report names packages, not thousands of ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from imgscan.advisories.rules import FAMILY
from imgscan.model.finding import Finding, LayerPoint, Severity, State
from imgscan.model.image import LayerRef
from imgscan.model.vulnerability import Rating, Vulnerability
from imgscan.wording import counted

_MAX_LISTED = 100


class _Kind(StrEnum):
    EXPLOITED = "exploited"
    FIXABLE = "fixable"
    UNFIXED = "unfixed"
    LOWER_LAYER = "lower-layer"


def findings_of(items: Iterable[Vulnerability], layers: Sequence[LayerRef]) -> Iterator[Finding]:
    """Yield one finding for each package and kind; ``items`` are the worst first."""
    groups: dict[tuple[_Kind, str, str, str | None], list[Vulnerability]] = {}
    for item in items:
        groups.setdefault((_kind(item), item.package, item.version, item.path), []).append(item)
    points = {layer.index: LayerPoint(layer.index, layer.diff_id, layer.created_by) for layer in layers}
    for (kind, *_), group in groups.items():
        yield _finding(kind, group, points)


def _kind(item: Vulnerability) -> _Kind:
    if item.deleted:
        return _Kind.LOWER_LAYER
    if item.exploited:
        return _Kind.EXPLOITED
    return _Kind.FIXABLE if item.fixed_in else _Kind.UNFIXED


def _finding(kind: _Kind, group: Sequence[Vulnerability], points: dict[int, LayerPoint]) -> Finding:
    first = group[0]
    severity = max(map(_weight, group))
    fixes = [item.fixed_in for item in group]
    text = f"{first.package} {first.version} has {counted(len(group), 'known vulnerability')}"
    text += f": {first.id}" if len(group) == 1 else f", the worst of them {first.id}"
    ids = [item.id for item in group]
    evidence: dict[str, object] = {
        "package": first.package,
        "version": first.version,
        "count": len(group),
        "vulnerabilities": [
            {"id": item.id, "severity": str(item.rating), "fixed_in": item.fixed_in}
            | ({"note": item.note} if item.note else {})
            for item in group[:_MAX_LISTED]
        ],
    }
    return Finding(
        rule=f"{FAMILY}.{kind}",
        analyzer=FAMILY,
        severity=Severity.INFO if kind is _Kind.LOWER_LAYER else severity,
        message=text,
        path=first.path.lstrip("/") if first.path else None,
        state=State.DELETED if kind is _Kind.LOWER_LAYER else State.VISIBLE,
        layer=points.get(first.layer) if first.layer is not None else None,
        evidence=evidence,
        remediation=_remedy(first, fixes, kind),
        identity="\0".join((first.package, first.version, *sorted(ids))),
    )


def _weight(item: Vulnerability) -> Severity:
    return Severity.MEDIUM if item.rating is Rating.UNKNOWN else item.severity


def _remedy(first: Vulnerability, fixes: Sequence[str], kind: _Kind) -> str:
    if kind is _Kind.LOWER_LAYER or not all(fixes):
        return ""
    if len(set(fixes)) == 1:
        return f"update {first.package} to {fixes[0]} or later"
    return f"update {first.package} to the newest version: {len(set(fixes))} versions mend one or more of them"
