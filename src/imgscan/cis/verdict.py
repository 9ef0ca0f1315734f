"""What a judge says of one control, before it is numbered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from imgscan.cis.evidence import Line, bounded
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity


class ControlVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Status, one sentence of reason, lines of evidence, the findings behind it, the exact remedy.

    ``severity`` is None where the control's own holds.
    """

    status: Status
    reason: str
    evidence: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    remediation: str = ""
    severity: Severity | None = None


def verdict(
    status: Status,
    reason: str,
    evidence: Sequence[Line] = (),
    findings: Sequence[Finding] = (),
    remediation: str = "",
) -> ControlVerdict:
    """Return a verdict with its evidence bounded; a failure weighs as much as the worst finding behind it."""
    worst = max((finding.severity for finding in findings), default=None) if status is Status.FAIL else None
    return ControlVerdict(
        status=status,
        reason=reason,
        evidence=bounded(evidence),
        findings=tuple(findings),
        remediation=remediation,
        severity=worst,
    )


def unknown(reason: str, evidence: Sequence[Line] = (), remediation: str = "") -> ControlVerdict:
    """Return that the image could tell, but that this source lacks the data."""
    return verdict(Status.UNKNOWN, reason, evidence, remediation=remediation)
