"""Decisions at work: severities, allow-lists, exceptions and their ends, controls, baselines."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from imgscan.model.control import Control, Status
from imgscan.model.finding import Finding, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.policy import Exemption, Policy
from imgscan.policy.apply import PolicyRun
from imgscan.policy.exempting import EXPIRED, UNUSED
from imgscan.policy.rules import RULES
from imgscan.policy.settings import parse_settings

IMAGE = ImageManifest(
    references=("registry.test/app:1.2",),
    manifest_digest="sha256:" + "d" * 64,
    image_id=None,
    platform=None,
    config=ImageConfig(),
    layers=(),
)
SU = Finding(
    rule="setuid.suid-file",
    analyzer="setuid",
    severity=Severity.MEDIUM,
    message="runs as uid 0",
    path="bin/su",
    evidence={"names": ["/bin/su"], "class": "expected", "package": "login 1:4.13"},
    identity="content",
)
WHY = {"reason": "needed", "owner": "ops"}
CONTROL = Control(
    id="4.8",
    title="no SUID",
    edition="CIS Docker 1.6.0",
    status=Status.FAIL,
    severity=Severity.HIGH,
    reason="there are",
    findings=(fingerprint(SU),),
)


def judged(finding: Finding, policy: Policy, today: str | None = None) -> Finding:
    (found,) = PolicyRun(policy, IMAGE, today).findings([finding])
    return found


def own(policy: Policy, *findings: Finding, controls: tuple[Control, ...] = (), today: str | None = None) -> list[str]:
    """Return the rules of the policy's own findings."""
    judge = PolicyRun(policy, IMAGE, today)
    judge.controls(controls, judge.findings(findings))
    return [item.rule for item in judge.policy_findings()]


def exempting(**fields: Any) -> Policy:
    return Policy(exemptions=(Exemption(**{"rule": SU.rule, **WHY, **fields}),))


def test_a_policy_that_decides_nothing_changes_nothing() -> None:
    judge = PolicyRun(Policy(), IMAGE, "2026-01-01")

    assert judge.findings([SU]) == [SU]
    assert judge.controls([CONTROL], [SU]) == (CONTROL,)
    assert judge.policy_findings() == []


# Severities


def test_a_rule_has_the_severity_that_the_policy_gives_it() -> None:
    assert judged(SU, Policy(severities={"setuid.suid-file": Severity.LOW})).severity is Severity.LOW
    assert judged(SU, Policy(severities={"setuid.*": Severity.LOW})).severity is Severity.LOW
    assert judged(SU, Policy(severities={"setuid": Severity.LOW})).severity is Severity.MEDIUM


def test_the_rule_itself_comes_before_patterns_and_the_longest_pattern_first() -> None:
    levels = {"*": Severity.INFO, "setuid.*": Severity.HIGH}

    assert judged(SU, Policy(severities=levels)).severity is Severity.HIGH
    assert judged(SU, Policy(severities={**levels, SU.rule: Severity.LOW})).severity is Severity.LOW


def test_a_control_has_the_severity_that_the_policy_gives_it() -> None:
    (control,) = PolicyRun(Policy(severities={"4.8": Severity.LOW}), IMAGE, None).controls([CONTROL], [])

    assert control.severity is Severity.LOW


# Allow-lists


def allowing(text: str) -> Policy:
    return parse_settings(f"[allow]\n{text}", "x").policy


def finding(rule: str, evidence: dict[str, Any]) -> Finding:
    return Finding(rule=rule, analyzer="x", severity=Severity.LOW, message="m", evidence=evidence)


LOGIN = {"shells": {"app": "/bin/sh", "db": "/bin/sh"}}


@pytest.mark.parametrize(
    ("item", "policy"),
    [
        (SU, "setuid = ['/bin/su']"),
        (replace(SU, evidence={**SU.evidence, "names": ["/bin/su", "/x/su"]}), "setuid = ['/bin/su', '/x/su']"),
        (replace(SU, rule="setuid.sgid-file"), "setuid = ['/bin/su']"),
        (SU, "packages = ['login']"),
        (finding("programs.shell", {"package": "dash"}), "packages = ['dash']"),
        (finding("config.port-privileged", {"ports": ["80/tcp", "443"]}), "ports = ['80', '443/tcp']"),
        (finding("config.port-privileged", {"ports": ["80-82/tcp"]}), "ports = ['80-90']"),
        (finding("config.port-ssh", {"ports": ["22/tcp"]}), "ports = ['22']"),
        (finding("accounts.system-login-shell", LOGIN), "users = ['app', 'db']"),
        (finding("config.root-user", {"name": "root"}), "users = ['root']"),
        (finding("config.root-user", {"name": None}), "users = ['root']"),
    ],
)
def test_what_an_allow_list_names_is_suppressed_and_stays(item: Finding, policy: str) -> None:
    found = judged(item, allowing(policy))

    assert found.suppressed is not None
    assert found.suppressed.owner == "policy"
    assert found.suppressed.reason.startswith(f"on the allow-list of the policy (allow.{policy.split()[0]})")
    assert replace(found, suppressed=None) == item


@pytest.mark.parametrize(
    ("item", "policy"),
    [
        (SU, "setuid = ['/bin/su2', '/bin', '/bin/*']"),
        (replace(SU, evidence={**SU.evidence, "class": "dangerous"}), "setuid = ['/bin/su']"),
        (replace(SU, evidence={**SU.evidence, "class": "dangerous"}), "packages = ['login']"),
        (replace(SU, evidence={**SU.evidence, "names": ["/bin/su", "/x/su"]}), "setuid = ['/bin/su']"),
        (replace(SU, state=State.DELETED), "setuid = ['/bin/su']"),
        (replace(SU, rule="permissions.world-writable-file"), "setuid = ['/bin/su']"),
        (SU, "packages = ['log']"),
        (finding("leftovers.repository", {"package": "git"}), "packages = ['git']"),
        (finding("programs.shell", {"package": None}), "packages = ['dash']"),
        (finding("config.port-privileged", {"ports": ["80/tcp", "443/tcp"]}), "ports = ['80']"),
        (finding("config.port-privileged", {"ports": ["80/udp"]}), "ports = ['80']"),
        (finding("config.port-privileged", {"ports": ["80-99/tcp"]}), "ports = ['80-90']"),
        (finding("config.port-privileged", {"ports": []}), "ports = ['80']"),
        (finding("config.port-malformed", {"ports": ["x"]}), "ports = ['80']"),
        (finding("accounts.system-login-shell", LOGIN), "users = ['app']"),
        (finding("accounts.sudo-nopasswd", {"user": "app"}), "users = ['app']"),
        (finding("config.root-user", {"name": "toor"}), "users = ['root']"),
        (finding("config.root-user", {"name": "app"}), "users = ['app']"),
    ],
)
def test_what_no_allow_list_names_is_left_as_it_is(item: Finding, policy: str) -> None:
    assert judged(item, allowing(policy)) == item


def test_more_users_than_the_evidence_holds_are_not_known_to_be_allowed() -> None:
    names = [f"u{number}" for number in range(20)]
    many = finding("accounts.system-login-shell", {"shells": dict.fromkeys(names, "/bin/sh")})

    assert judged(many, allowing(f"users = {names}")).suppressed is None


# Exceptions


def test_an_exception_suppresses_what_it_fits_and_says_why() -> None:
    found = judged(SU, exempting(expires="2026-01-31"), today="2026-01-31")

    assert found.suppressed == Suppression("needed", "ops", "2026-01-31")
    assert found.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"rule": "setuid.*"}, True),
        ({"rule": "setuid"}, False),
        ({"path": "/bin/*"}, True),
        ({"path": "bin/su"}, False),
        ({"path": "/usr/*"}, False),
        ({"image": "*/app:*"}, True),
        ({"image": "other:*"}, False),
        ({"image": "sha256:" + "d" * 64}, True),
        ({"fingerprint": fingerprint(SU)[:12]}, True),
        ({"fingerprint": "0" * 12}, False),
    ],
)
def test_an_exception_fits_by_rule_path_image_and_fingerprint(fields: dict[str, str], fits: bool) -> None:
    assert (judged(SU, exempting(**fields)).suppressed is not None) is fits


def test_an_exception_with_a_path_fits_no_finding_without_one() -> None:
    assert judged(replace(SU, path=None), exempting(path="*")).suppressed is None


def test_a_path_is_held_against_what_the_report_shows() -> None:
    odd = replace(SU, path="bin/su\n")

    assert judged(odd, exempting(path="/bin/su\\x0a")).suppressed is not None
    assert judged(odd, exempting(path="/bin/su")).suppressed is None


def test_an_expired_exception_suppresses_nothing_and_is_a_finding() -> None:
    policy = exempting(expires="2026-01-31")

    assert judged(SU, policy, today="2026-02-01").suppressed is None
    assert own(policy, SU, today="2026-02-01") == ["policy.expired-exception"]
    assert own(policy, SU, today="2026-01-31") == []
    assert own(policy, SU) == []


def test_the_finding_on_an_expired_exception_says_whose_it_is() -> None:
    judge = PolicyRun(exempting(expires="2026-01-31", path="/bin/su"), IMAGE, "2026-02-01")
    (found,) = judge.policy_findings()

    assert found.severity is Severity.MEDIUM
    assert found.message == ("the exception for setuid.suid-file at /bin/su expired on 2026-01-31; ops answers for it")
    assert found.evidence["reason"] == "needed"


def test_another_exception_that_holds_still_counts() -> None:
    old, new = exempting(expires="2026-01-01").exemptions, exempting(reason="again").exemptions

    found = judged(SU, Policy(exemptions=(*old, *new)), today="2026-02-01")

    assert found.suppressed == Suppression("again", "ops")


def test_an_exception_that_fits_nothing_is_told() -> None:
    assert own(exempting(path="/gone"), SU) == ["policy.unused-exception"]
    assert own(exempting(), SU) == []


def test_an_exception_for_another_image_is_not_unused() -> None:
    assert own(exempting(image="other:*"), SU) == []
    assert own(exempting(image="other:*", expires="2026-01-01"), SU, today="2026-02-01") == []


def test_the_policys_own_findings_have_severities_and_baselines_too() -> None:
    policy = replace(exempting(path="/gone"), severities={"policy.*": Severity.HIGH}, baseline=frozenset())
    (found,) = PolicyRun(policy, IMAGE, None).policy_findings()

    assert (found.severity, found.known) == (Severity.HIGH, False)


# Controls


def test_a_control_that_is_off_is_not_reported() -> None:
    for off, left in (("4.8", 0), ("4.*", 0), ("4.80", 1), ("8", 1)):
        found = PolicyRun(Policy(controls_off=frozenset({off})), IMAGE, None).controls([CONTROL], [])
        assert len(found) == left


def test_an_exception_for_a_control_suppresses_it_and_is_used() -> None:
    policy = exempting(rule="4.8")
    (control,) = PolicyRun(policy, IMAGE, None).controls([CONTROL], [SU])

    assert control.suppressed == Suppression("needed", "ops")
    assert own(policy, SU, controls=(CONTROL,)) == []


def test_an_exception_with_a_path_is_for_findings_alone() -> None:
    (control,) = PolicyRun(exempting(rule="*", path="/gone"), IMAGE, None).controls([CONTROL], [SU])

    assert control.suppressed is None


def test_a_control_is_excused_when_all_findings_behind_it_are() -> None:
    other = replace(SU, path="bin/other")
    both = replace(CONTROL, findings=(fingerprint(SU), fingerprint(other)))
    judge = PolicyRun(exempting(path="/bin/su"), IMAGE, None)
    findings = judge.findings([SU, other])

    one, two, none = judge.controls([CONTROL, both, replace(CONTROL, findings=())], findings)

    assert one.suppressed == Suppression("needed", "ops")
    assert (two.suppressed, none.suppressed) == (None, None)


# Baseline


def test_findings_are_known_or_new_where_there_is_a_baseline() -> None:
    assert judged(SU, Policy()).known is None
    assert judged(SU, Policy(baseline=frozenset({fingerprint(SU)}))).known is True
    assert judged(SU, Policy(baseline=frozenset())).known is False


def test_the_policys_own_rules_are_in_the_catalog() -> None:
    assert {EXPIRED, UNUSED} == set(RULES)
