"""Decisions applied: what a finding weighs here, whether it is excepted, whether it is new."""

from __future__ import annotations

from collections.abc import Iterable

from imgscan.model.control import Control
from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.policy import Policy


def judged_findings(
    findings: Iterable[Finding], manifest: ImageManifest, policy: Policy, today: str | None
) -> list[Finding]:
    """Return the findings as the policy sees them, and one more for each exception that has expired or fits nothing.

    ``today`` is an ISO date; None: nothing expires.
    """
    return list(findings)


def judged_controls(
    controls: Iterable[Control], manifest: ImageManifest, policy: Policy, today: str | None
) -> tuple[Control, ...]:
    """Return the controls as the policy sees them: other severities, suppressed ones marked."""
    return tuple(controls)
