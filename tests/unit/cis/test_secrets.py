"""4.10 and no-secrets: what decides them, and what does not."""

from __future__ import annotations

import pytest

from imgscan.cis.secrets import check_secrets
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity, State

from .support import finding, subject


def secret(severity: Severity, **evidence: str) -> Finding:
    return Finding(
        rule="secrets.generic.token", analyzer="secrets", severity=severity, message="a secret", evidence=dict(evidence)
    )


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([], Status.PASS),
        ([secret(Severity.CRITICAL)], Status.FAIL),
        ([secret(Severity.HIGH)], Status.FAIL),
        ([secret(Severity.MEDIUM)], Status.WARN),
        ([secret(Severity.LOW)], Status.WARN),
        ([secret(Severity.INFO)], Status.PASS),
        ([secret(Severity.LOW, installed_by="alpha (deb)")], Status.PASS),
        ([secret(Severity.LOW, installed_by="alpha (deb)"), secret(Severity.LOW)], Status.WARN),
    ],
)
def test_severity_decides_and_what_packages_installed_does_not(findings: list[Finding], status: Status) -> None:
    assert check_secrets(subject(*findings)).status is status


def test_what_decides_is_counted_once() -> None:
    found = check_secrets(subject(secret(Severity.HIGH), secret(Severity.LOW), secret(Severity.LOW)))

    assert found.reason == "1 secret in config, history or layers, and 2 doubtful ones"
    assert len(found.findings) == 3


def test_a_secret_of_env_is_answered_for_the_run_and_another_for_the_build() -> None:
    env = finding("secrets.x", severity=Severity.HIGH, state=State.CONFIG, evidence={"where": "env TOKEN"})
    odd = finding("secrets.x", severity=Severity.HIGH, state=State.CONFIG, evidence={"where": "env A\nRUN x"})
    file = finding("secrets.x", severity=Severity.HIGH, evidence={})

    assert check_secrets(subject(env)).remediation.splitlines()[0].startswith("docker run --mount type=bind,src=<file>")
    assert "TOKEN_FILE=/run/secrets/TOKEN" in check_secrets(subject(env)).remediation
    assert "--mount=type=secret" not in check_secrets(subject(env)).remediation
    assert check_secrets(subject(file)).remediation.startswith("RUN --mount=type=secret")
    assert "RUN x" not in check_secrets(subject(odd)).remediation
