"""What the image is told: findings and inventory items."""

from __future__ import annotations

import hashlib
from collections import Counter
from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from imgscan.model.ledger import Cause, Gap
from imgscan.model.limits import Limits
from imgscan.model.remedy import Remedy, run_line


class Severity(IntEnum):
    """How bad a finding is; comparable, printed by name."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class State(StrEnum):
    """Where the thing found stands in the image."""

    VISIBLE = "visible"
    DELETED = "deleted"
    OVERWRITTEN = "overwritten"
    CONFIG = "config"
    HISTORY = "history"
    ARCHIVE = "archive"


class LayerPoint(msgspec.Struct, frozen=True):
    """A layer as a finding names it: index from 0 at the bottom, diff_id, and the instruction, None when unknown."""

    index: int
    diff_id: str
    created_by: str | None


class Suppression(msgspec.Struct, frozen=True):
    """Why a finding does not count: reason, who answers for it, and until when (ISO date)."""

    reason: str
    owner: str
    expires: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a reader of the report should look at.

    ``path`` is relative to the image root (the writers show it absolute); ``identity`` is what makes the finding
    the same one after a rebuild, beside rule and path: mostly the content's SHA-256, never a layer id. ``known`` is
    whether a baseline has it, None without one. ``remedies`` are the commands that answer it in this very image;
    ``remediation`` is the remedy as a text: made from them unless it is given (where the better remedy is in the
    build, or there is no command).
    """

    rule: str
    analyzer: str
    severity: Severity
    message: str
    path: str | None = None
    line: int | None = None
    state: State = State.VISIBLE
    layer: LayerPoint | None = None
    removed_in: LayerPoint | None = None
    evidence: dict[str, Any] = {}
    remediation: str = ""
    identity: str = ""
    suppressed: Suppression | None = None
    known: bool | None = None
    remedies: tuple[Remedy, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What identifies it across rebuilds: rule, path and content, never a layer or a time."""
        return fingerprint(self)

    def __post_init__(self) -> None:
        """Write the remedies as a text, so that a value and its text cannot differ."""
        if self.remedies and not self.remediation:
            msgspec.structs.force_setattr(self, "remediation", run_line(self.remedies))


class Enough:
    """Says of which findings a report has enough, so that the text of those beyond its bound is not written.

    They are yielded all the same, since they are counted, but need no more than rule, analyzer and severity.
    """

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.findings_per_rule
        self._counts: Counter[tuple[str, Severity]] = Counter()

    def of(self, rule: str, severity: Severity) -> bool:
        """Count one more; whether it is beyond the bound."""
        self._counts[rule, severity] += 1
        return self._counts[rule, severity] > self._limit


def fingerprint(finding: Finding) -> str:
    """Return what identifies a finding across rebuilds: rule, path and content, never a layer or a time."""
    parts = (finding.rule, finding.path or "", finding.identity)
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text, usedforsecurity=False).hexdigest()[:32]


class Item(msgspec.Struct, frozen=True):
    """One line of the inventory; ``section`` is the list it belongs to, ``data`` its plain values."""

    section: str
    data: dict[str, Any]


def checked(result: Finding | Item | Gap) -> Finding | Item | Gap:
    """Return what foreign code calls a finding, an item or a gap, if it is one that can be ranked and written.

    Raises:
        TypeError: it is not.
    """
    if isinstance(result, Item):
        fine = isinstance(result.section, str) and isinstance(result.data, dict)
    elif isinstance(result, Gap):
        texts = (result.what, result.why, result.path or "", *result.rules, *result.controls)
        fine = isinstance(result.cause, Cause) and type(result.count) is int and all(isinstance(t, str) for t in texts)
    else:
        texts = (result.rule, result.analyzer, result.message, result.path or "", result.remediation, result.identity)
        fine = isinstance(result.severity, Severity) and all(isinstance(text, str) for text in texts)
    if not fine:
        raise TypeError("a finding, item or gap with values of another type")
    return result
