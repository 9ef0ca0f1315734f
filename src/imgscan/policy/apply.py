"""Decisions applied: what a finding weighs here, whether it is excepted, whether it is new."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec.structs import replace

from imgscan.model.control import Control
from imgscan.model.finding import Finding, Severity, Suppression, fingerprint
from imgscan.model.image import ImageManifest
from imgscan.model.policy import Policy
from imgscan.model.vulnerability import Vulnerability
from imgscan.policy.allow import allowance
from imgscan.policy.exempting import Exempting


class PolicyRun:
    """A policy at work on one image: first on its findings, then on its controls, last on the policy's own.

    ``today`` is an ISO date that expiries are held against; None: nothing expires.
    """

    def __init__(self, policy: Policy, manifest: ImageManifest, today: str | None) -> None:
        self._policy = policy
        self._exempting = Exempting(policy.exemptions, manifest, today)
        self._levels: dict[str, Severity | None] = {}

    def findings(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings with their severities, the excused ones marked, each told as known or new."""
        policy = self._policy
        if not (policy.severities or policy.exemptions or policy.baseline is not None or _has_lists(policy)):
            return list(findings)
        return [self._finding(item) for item in findings]

    def _finding(self, finding: Finding) -> Finding:
        level = self._level(finding.rule)
        excused = self._exempting.of_finding(finding) or allowance(finding, self._policy) or finding.suppressed
        if level is not None or excused is not finding.suppressed:
            finding = replace(finding, severity=finding.severity if level is None else level, suppressed=excused)
        return self._compared(finding)

    def excuse(self, item: Vulnerability) -> str | None:
        """Return why an exception excuses a vulnerability; the rule is ``vulnerabilities.`` and the id or an alias."""
        for name in (item.id, *item.aliases):
            finding = Finding(
                rule=f"vulnerabilities.{name}",
                analyzer="vulnerabilities",
                severity=item.severity,
                message="",
                path=item.path.lstrip("/") if item.path else None,
            )
            excused = self._exempting.of_finding(finding) if self._policy.exemptions else None
            if excused is not None:
                return f"{excused.reason} ({excused.owner})"
        return None

    def _compared(self, finding: Finding) -> Finding:
        known = self._policy.baseline
        return finding if known is None else replace(finding, known=fingerprint(finding) in known)

    def _level(self, name: str) -> Severity | None:
        if name not in self._levels:
            self._levels[name] = _level_of(name, self._policy.severities)
        return self._levels[name]

    def controls(self, controls: Iterable[Control], findings: Iterable[Finding]) -> tuple[Control, ...]:
        """Return the controls that are not turned off, with their severities, the excused ones marked.

        A control is excused by an exception of its own, or where every finding behind it is excused.
        """
        excused = {fingerprint(item): item.suppressed for item in findings if item.suppressed}
        kept = (item for item in controls if not _listed(item.id, self._policy.controls_off))
        return tuple(self._control(item, excused) for item in kept)

    def _control(self, control: Control, excused: dict[str, Suppression]) -> Control:
        level = self._level(control.id)
        reason = self._exempting.of_control(control) or control.suppressed
        if reason is None and control.findings and excused.keys() >= set(control.findings):
            reason = excused[control.findings[0]]
        return replace(control, severity=control.severity if level is None else level, suppressed=reason)

    def policy_findings(self) -> list[Finding]:
        """Return findings on the policy itself: exceptions that have expired, exceptions that fitted nothing."""
        result = self._exempting.findings()
        levels = ((item, self._level(item.rule)) for item in result)
        return [self._compared(item if level is None else replace(item, severity=level)) for item, level in levels]


def _has_lists(policy: Policy) -> bool:
    return any(items is not None for items in (policy.ports, policy.setuid, policy.packages, policy.users))


def _listed(name: str, patterns: frozenset[str]) -> bool:
    return name in patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _level_of(name: str, levels: dict[str, Severity]) -> Severity | None:
    """Return what the policy says of a rule or control: its own name first, then the longest pattern."""
    if name in levels:
        return levels[name]
    fitting = [pattern for pattern in levels if fnmatchcase(name, pattern)]
    return levels[max(fitting, key=lambda pattern: (len(pattern), pattern))] if fitting else None
