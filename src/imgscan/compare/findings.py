"""Findings fixed, new, and the same, told apart by fingerprint."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from imgscan.compare.side import Side, SideFinding
from imgscan.model.finding import Severity

_UNKNOWN = -1
_SECRETS = "secrets."
_LEFTOVERS = "leftovers."


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
    both = [FindingChange(before.pop(key), after.pop(key)) for key in list(after) if key in before]
    both += _paired(before, after)
    changed = [item for item in both if _standing(item.before) != _standing(item.after)]
    return FindingChanges(
        fixed=ranked(before.values()),
        new=ranked(after.values()),
        changed=tuple(sorted(changed, key=lambda item: _rank(item.after))),
        same=len(both) - len(changed),
    )


def _paired(before: dict[str, SideFinding], after: dict[str, SideFinding]) -> list[FindingChange]:
    """Take out and return findings of other fingerprints that are about the same thing all the same.

    One secret is one finding, at the path that matters most: where a later layer hides that one, a copy elsewhere
    speaks for it. Leftovers of one cause are one finding, at the directory that all have in common: it is another one
    once some of the files are gone. Neither is fixed.
    """
    by_rule: dict[str, list[str]] = {}
    for key, item in after.items():
        by_rule.setdefault(item.rule, []).append(key)
    result = []
    for key, item in list(before.items()):
        others = by_rule.get(item.rule, ())
        other = next((other for other in others if other in after and _same_thing(item, after[other])), None)
        if other is not None:
            result.append(FindingChange(before.pop(key), after.pop(other)))
    return result


def _hash(item: SideFinding) -> object:
    """Return the digest that stands for a secret's value."""
    return item.evidence.get("hash") or None


def _same_thing(one: SideFinding, other: SideFinding) -> bool:
    if one.rule.startswith(_SECRETS):
        value = _hash(one)
        return value is not None and value == _hash(other)
    if not one.rule.startswith(_LEFTOVERS) or one.path is None or other.path is None:
        return False
    return one.path == other.path or _is_below(one.path, other.path) or _is_below(other.path, one.path)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _by_fingerprint(findings: Iterable[SideFinding]) -> dict[str, SideFinding]:
    """Return one finding for each fingerprint, the worst: a file may be visible and deleted in a lower layer too."""
    result: dict[str, SideFinding] = {}
    for item in findings:
        known = result.get(item.fingerprint)
        if known is None or _rank(item) < _rank(known):
            result[item.fingerprint] = item
    return result


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
