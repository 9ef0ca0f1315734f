"""Findings fixed, new, and the same, told apart by fingerprint."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from imgscan.compare.side import Side, SideFinding
from imgscan.model.finding import Severity

_UNKNOWN = -1


class FindingChange(msgspec.Struct, frozen=True):
    """One finding that both images have, and that stands otherwise: another state, severity or exception."""

    before: SideFinding
    after: SideFinding


class FindingChanges(msgspec.Struct, frozen=True, kw_only=True):
    """``fixed`` are only in the first image, ``new`` only in the second; of both, ``changed`` stand otherwise.

    What a later layer deletes is no longer visible and still in the image: it is changed (visible to deleted), not
    fixed. ``same`` counts what is as it was. Each list has the worst first.
    """

    fixed: tuple[SideFinding, ...]
    new: tuple[SideFinding, ...]
    changed: tuple[FindingChange, ...]
    same: int


def compare_findings(a: Side, b: Side) -> FindingChanges:
    """Return what became of the findings of ``a``, and which ones ``b`` adds."""
    before, after = _by_fingerprint(a.findings), _by_fingerprint(b.findings)
    both = [FindingChange(before[key], found) for key, found in after.items() if key in before]
    changed = [item for item in both if _standing(item.before) != _standing(item.after)]
    return FindingChanges(
        fixed=ranked(found for key, found in before.items() if key not in after),
        new=ranked(found for key, found in after.items() if key not in before),
        changed=tuple(sorted(changed, key=lambda item: _rank(item.after))),
        same=len(both) - len(changed),
    )


def _by_fingerprint(findings: Iterable[SideFinding]) -> dict[str, SideFinding]:
    """Return one finding for each fingerprint, the worst: a file may be visible and deleted in a lower layer too."""
    found: dict[str, SideFinding] = {}
    for item in findings:
        known = found.get(item.fingerprint)
        if known is None or _rank(item) < _rank(known):
            found[item.fingerprint] = item
    return found


def _standing(finding: SideFinding) -> tuple[str, str, bool]:
    return finding.state, finding.severity, bool(finding.suppressed)


def ranked(findings: Iterable[SideFinding]) -> tuple[SideFinding, ...]:
    """Return findings the worst first, in an order that they alone decide."""
    return tuple(sorted(findings, key=_rank))


def _rank(finding: SideFinding) -> tuple[int, bool, str, str, str, str, str]:
    known = finding.severity in Severity.__members__
    level = Severity[finding.severity] if known else _UNKNOWN
    gone = finding.state in ("deleted", "overwritten")
    return -level, gone, finding.rule, finding.path or "", finding.fingerprint, finding.state, finding.message
