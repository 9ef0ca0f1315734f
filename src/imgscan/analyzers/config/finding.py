"""Findings on a config have no file and no layer: one way to make them."""

from __future__ import annotations

from collections.abc import Mapping

from imgscan.analyzers.config.rules import ANALYZER
from imgscan.model.finding import Finding, Severity, State


def config_finding(
    rule: str,
    severity: Severity,
    message: str,
    evidence: Mapping[str, object] | None = None,
    remediation: str = "",
    identity: str = "",
) -> Finding:
    """Return a finding on the config; ``rule`` without the analyzer's name."""
    return Finding(
        rule=f"{ANALYZER}.{rule}",
        analyzer=ANALYZER,
        severity=severity,
        message=message,
        state=State.CONFIG,
        evidence=dict(evidence or {}),
        remediation=remediation,
        identity=identity,
    )
