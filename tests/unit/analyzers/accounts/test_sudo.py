from __future__ import annotations

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity
from imgscan.testing import conclude
from imgscan.testing.image import LayerSource

from ..support import concluded

SUDO = {"usr/bin/sudo": (0o4755, b"")}
MAIN = b"Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n"


def sudo(*layers: LayerSource) -> list[Finding]:
    found = conclude(Accounts(), *layers).findings
    return [finding for finding in found if finding.rule.startswith("accounts.sudo")]


def policy(text: bytes, **more: bytes) -> LayerSource:
    extra = {f"etc/sudoers.d/{name}": content for name, content in more.items()}
    return {**SUDO, "etc/sudoers": text, **extra}


def test_the_policy_of_a_distribution_is_no_finding() -> None:
    assert sudo(policy(MAIN, README=b"# nothing\n")) == []


def test_everything_without_a_password_is_high() -> None:
    (finding,) = sudo(policy(MAIN, app=b"# c\napp ALL=(ALL) NOPASSWD: ALL\n"))
    assert (finding.rule, finding.severity, finding.line) == ("accounts.sudo-nopasswd", Severity.HIGH, 2)
    assert finding.message == "app may run everything (ALL) as root without a password"
    assert finding.remediation == "RUN rm /etc/sudoers.d/app"


@pytest.mark.parametrize(
    ("commands", "severity"),
    [
        (b"/usr/bin/vim", Severity.HIGH),
        (b"/bin/bash -c x", Severity.HIGH),
        (b"/usr/sbin/service nginx reload", Severity.HIGH),
        (b"/usr/local/bin/backup", Severity.MEDIUM),
    ],
)
def test_a_command_that_runs_others_is_as_good_as_all(commands: bytes, severity: Severity) -> None:
    (finding,) = sudo(policy(b"app ALL=NOPASSWD: " + commands))
    assert finding.severity is severity


def test_rules_of_root_and_rules_with_a_password_are_no_finding() -> None:
    assert sudo(policy(b"root ALL=(ALL) NOPASSWD: ALL\napp ALL=(ALL) ALL\n")) == []


def test_a_file_that_sudo_skips_is_not_in_force() -> None:
    text = b"app ALL=(ALL) NOPASSWD: ALL\n"
    layer: LayerSource = {**SUDO, "etc/sudoers": MAIN, "etc/sudoers.d/app.conf": text, "etc/sudoers.d/app~": text}
    assert sudo(layer) == []


def test_a_directory_that_nothing_includes_is_not_in_force() -> None:
    assert sudo(policy(b"root ALL=(ALL) ALL\n", app=b"app ALL=(ALL) NOPASSWD: ALL\n")) == []


def test_a_file_deleted_later_is_not_in_force() -> None:
    layer = policy(MAIN, app=b"app ALL=(ALL) NOPASSWD: ALL\n")
    assert sudo(layer, {"etc/sudoers.d/.wh.app": b""}) == []


def test_includes_in_a_circle_end() -> None:
    assert sudo(policy(b"@include /etc/sudoers\n@includedir /etc/sudoers.d\n", a=b"@include /etc/sudoers.d/a\n")) == []


@pytest.mark.parametrize(
    ("text", "rule", "severity"),
    [
        (b"Defaults !authenticate\n", "sudo-nopasswd", Severity.HIGH),
        (b"Defaults:app !authenticate\n", "sudo-nopasswd", Severity.HIGH),
        (b"Defaults !env_reset\n", "sudo-environment", Severity.MEDIUM),
        (b'Defaults env_keep += "LANG LD_PRELOAD"\n', "sudo-environment", Severity.MEDIUM),
        (b"ALL ALL=(ALL) ALL\n", "sudo-everyone", Severity.HIGH),
        (b"what is this\n", "sudo-malformed", Severity.LOW),
    ],
)
def test_settings_and_rules_that_give_root_away(text: bytes, rule: str, severity: Severity) -> None:
    (finding,) = sudo(policy(text))
    assert (finding.rule, finding.severity) == (f"accounts.{rule}", severity)


@pytest.mark.parametrize(
    "text",
    [
        b"Defaults targetpw\nALL ALL=(ALL) ALL\n",
        b'Defaults env_keep += "LANG TERM"\n',
        b'Defaults env_keep -= "LD_PRELOAD"\n',
        b"Defaults env_reset, mail_badpass\n",
    ],
)
def test_settings_that_do_not(text: bytes) -> None:
    assert sudo(policy(text)) == []


def test_without_sudo_a_rule_is_low_and_says_why() -> None:
    (finding,) = sudo({"etc/sudoers": b"app ALL=(ALL) NOPASSWD: ALL\n"})
    assert finding.severity is Severity.LOW
    assert finding.message.endswith("(sudo itself is not in the image)")


@pytest.mark.parametrize("who", ["app", "#999", "%app", "%#998", "ALL"])
def test_a_rule_on_the_containers_own_user_is_critical(who: str) -> None:
    text = f"{who} ALL=(ALL) NOPASSWD: ALL\n".encode()
    accounts = {"etc/passwd": b"app:x:999:998::/:/bin/sh\n", "etc/group": b"app:x:998:\n"}
    layer: LayerSource = {**SUDO, "etc/sudoers": text, **accounts}
    found = {user: concluded(Accounts(), layer, settings={"User": user}).findings for user in ("app", "root")}
    severities = {
        user: [item.severity for item in items if item.rule == "accounts.sudo-nopasswd"]
        for user, items in found.items()
    }
    assert severities == {"app": [Severity.CRITICAL], "root": [Severity.HIGH]}


def test_a_rule_is_laid_on_the_layer_that_brought_it() -> None:
    rule = b"app ALL=(ALL) NOPASSWD: ALL\n"
    (finding,) = sudo(policy(MAIN), {"etc/sudoers": MAIN + rule}, {"etc/sudoers": b"# c\n" + MAIN + rule})
    assert finding.layer is not None
    assert finding.layer.index == 1
    assert finding.line == 6


def test_a_hundred_rules_are_no_hundred_findings() -> None:
    text = b"".join(b"u%d ALL=(ALL) NOPASSWD: ALL\n" % number for number in range(100))
    assert len(sudo(policy(text))) == 20
