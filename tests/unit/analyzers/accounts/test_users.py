from __future__ import annotations

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder, conclude
from imgscan.testing.image import LayerSource

ROOT = b"root:x:0:0:root:/root:/bin/bash\n"
SHADOW = b"root:*:19000:0:99999:7:::\n"
SHELL = {"bin/sh": (0o755, b"")}


def findings(*layers: LayerSource, rule: str = "") -> list[Finding]:
    found = conclude(Accounts(), *layers).findings
    return [finding for finding in found if finding.rule == f"accounts.{rule}" or not rule]


def accounts(passwd: bytes, shadow: bytes = SHADOW, **more: bytes | tuple[int, bytes]) -> LayerSource:
    named = {name.replace("_", "/"): content for name, content in more.items()}
    return {"etc/passwd": passwd, "etc/shadow": shadow, **SHELL, **named}


def test_a_plain_base_has_no_findings() -> None:
    passwd = (
        ROOT + b"daemon:x:1:1::/:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/bin/sync\napp:x:1000:1000::/:/bin/sh\n"
    )
    shadow = SHADOW + b"daemon:*:1::::::\nsync:*:1::::::\napp:!:1::::::\n"
    layer: LayerSource = {
        "etc/passwd": passwd,
        "etc/shadow": shadow,
        "etc/group": b"root:x:0:\n",
        **SHELL,
        "bin/sync": (0o755, b""),
    }
    assert findings(layer) == []


def test_another_user_with_uid_0_is_root() -> None:
    (finding,) = findings(accounts(ROOT + b"toor:x:0:0::/:/bin/sh\n", SHADOW + b"toor:*:1::::::\n"))
    assert (finding.rule, finding.severity, finding.line) == ("accounts.uid-0-alias", Severity.HIGH, 2)
    assert finding.remediation == "RUN sed -i 2d /etc/passwd"


def test_an_alias_is_laid_on_the_layer_that_brought_it() -> None:
    lower = accounts(ROOT + b"toor:x:0:0::/:/bin/sh\n")
    upper = {"etc/passwd": ROOT + b"toor:x:0:0::/:/bin/sh\napp:x:1000:1000::/:/bin/false\n"}
    (finding,) = findings({"a": b""}, lower, upper, rule="uid-0-alias")
    assert finding.layer is not None
    assert finding.layer.index == 1


def test_an_alias_that_a_later_layer_removed_is_none() -> None:
    assert findings(accounts(ROOT + b"toor:x:0:0::/:/bin/sh\n"), {"etc/passwd": ROOT}, rule="uid-0-alias") == []


@pytest.mark.parametrize(
    ("passwd", "shadow", "path"),
    [
        (b"root::0:0::/root:/bin/sh\n", SHADOW, "etc/passwd"),
        (ROOT, b"root::19000:0:99999:7:::\n", "etc/shadow"),
    ],
)
def test_an_empty_password_is_found_in_passwd_and_in_shadow(passwd: bytes, shadow: bytes, path: str) -> None:
    (finding,) = findings(accounts(passwd, shadow), rule="empty-password")
    assert (finding.path, finding.evidence["user"]) == (path, "root")
    assert finding.severity is Severity.MEDIUM if path == "etc/shadow" else Severity.HIGH


def test_an_empty_root_password_beside_a_suid_su_is_critical() -> None:
    layer = accounts(b"root::0:0::/root:/bin/sh\n", bin_su=(0o4755, b""))
    (finding,) = findings(layer, rule="empty-password")
    assert finding.severity is Severity.CRITICAL
    assert "su is SUID" in finding.message


def test_su_without_its_bit_changes_nothing() -> None:
    (finding,) = findings(accounts(b"root::0:0::/root:/bin/sh\n", bin_su=(0o755, b"")), rule="empty-password")
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize("field", [b"*", b"!", b"!!", b"x"])
def test_a_locked_password_is_not_empty(field: bytes) -> None:
    assert findings(accounts(b"root:" + field + b":0:0::/root:/bin/sh\n"), rule="empty-password") == []


def test_users_that_share_a_uid_are_one_finding() -> None:
    passwd = ROOT + b"".join(b"u%d:*:%d:1::/:/bin/false\n" % (number, 1000 + number // 2) for number in range(40))
    (finding,) = findings(accounts(passwd), rule="duplicate-uid")
    assert finding.message.startswith("20 uids given more than once: 1000 (u0, u1)")
    assert len(finding.message) < 300


def test_groups_that_share_a_gid_and_users_with_two_lines() -> None:
    layer = accounts(ROOT + b"a:*:5:5::/:\na:*:6:5::/:\n", etc_group=b"a:x:5:\nb:x:5:\n")
    rules = {finding.rule: finding for finding in findings(layer)}
    assert rules["accounts.duplicate-gid"].severity is Severity.LOW
    assert "a (line 2, line 3)" in rules["accounts.duplicate-user-name"].message


def test_distinct_ids_are_no_finding() -> None:
    layer = accounts(ROOT + b"a:*:5:5::/:/bin/false\nb:*:6:5::/:/bin/false\n", etc_group=b"a:x:5:\nb:x:6:\n")
    assert findings(layer) == []


def test_a_system_user_with_a_shell_that_is_there() -> None:
    passwd = ROOT + b"app:*:999:999::/:/bin/sh\nsvc:*:998:998::/:\nno:*:997:997::/:/bin/zsh\n"
    (finding,) = findings(accounts(passwd), rule="system-login-shell")
    assert finding.evidence["shells"] == {"app": "/bin/sh", "svc": ""}
    assert finding.remediation.startswith("RUN sed -i -e '/^app:/s,:[^:]*$,:/usr/sbin/nologin,' -e '/^svc:/")


def test_a_regular_user_and_nologin_are_no_finding() -> None:
    passwd = ROOT + b"me:*:1000:1000::/:/bin/sh\napp:*:999:999::/:/usr/sbin/nologin\n"
    layer = accounts(passwd, usr_sbin_nologin=(0o755, b""))
    assert findings(layer, rule="system-login-shell") == []


def test_a_passwd_line_with_one_field_is_a_finding_and_no_crash() -> None:
    (finding,) = findings(accounts(ROOT + b"broken\n"), rule="malformed-line")
    assert (finding.severity, finding.line) == (Severity.MEDIUM, 2)
    assert "runtimes read such a uid as 0" in finding.message


def test_a_comment_in_group_is_no_malformed_line() -> None:
    assert findings(accounts(ROOT, etc_group=b"# comment\nroot:x:0:\n"), rule="malformed-line") == []


def test_a_short_group_line_is_low() -> None:
    (finding,) = findings(accounts(ROOT, etc_group=b"root:x:0\n"), rule="malformed-line")
    assert (finding.path, finding.severity) == ("etc/group", Severity.LOW)


def test_a_nis_line_is_a_finding_and_no_user() -> None:
    found = conclude(Accounts(), accounts(ROOT + b"+::0:0:::\n"))
    assert [finding.rule for finding in found.findings] == ["accounts.nis-line"]


def test_a_user_without_a_shadow_line_is_told_once() -> None:
    (finding,) = findings(accounts(ROOT + b"a:x:1000:1::/:\nb:x:1001:1::/:\n"))
    assert (finding.rule, finding.severity) == ("accounts.no-shadow-line", Severity.INFO)
    assert finding.message == "2 users of passwd without a line in shadow: a, b"


def test_without_a_shadow_file_nothing_is_missing_in_it() -> None:
    assert findings({"etc/passwd": ROOT + b"a:x:1000:1::/:\n"}) == []


def test_a_file_too_large_to_read_is_told() -> None:
    layer = {"etc/passwd": ROOT + b"#" * (1 << 20)}
    assert [finding.rule for finding in findings(layer)] == ["accounts.not-read-whole"]


def test_another_file_of_such_a_name_is_not_read() -> None:
    assert findings({"usr/share/doc/passwd": b"broken\n", "etc/pam.d/passwd": b"auth required\n"}) == []


def test_the_inventory_has_every_user_with_what_it_can_do() -> None:
    layer = accounts(
        ROOT + b"app:x:999:999::/srv:/bin/sh\n",
        SHADOW + b"app:$6$salt$hash:1::::::\n",
        etc_group=b"sudo:x:27:app\n",
        etc_sudoers=b"%sudo ALL=(ALL) NOPASSWD: ALL\n",
    )
    items = [item.data for item in conclude(Accounts(), layer).items]
    assert items[1] == {
        "name": "app",
        "uid": 999,
        "gid": 999,
        "home": "/srv",
        "shell": "/bin/sh",
        "login": True,
        "password": "hashed",
        "hash": "sha512crypt",
        "groups": ["sudo"],
        "sudo": "all, no password",
        "layer": 0,
    }
    assert (items[0]["login"], items[0]["password"], items[0]["sudo"]) == (False, "locked", "no")


def test_a_passwd_that_a_link_leads_elsewhere_is_told_and_not_passed_over() -> None:
    layer = TarBuilder().file("opt/users", ROOT).symlink("etc/passwd", "/opt/users").file("etc/shadow", SHADOW)

    (finding,) = findings(layer)

    assert (finding.rule, finding.path, finding.severity) == ("accounts.not-read-whole", "etc/passwd", Severity.LOW)
    assert finding.message.startswith("leads to /opt/users, which was not read")
    assert finding.remediation == "RUN cp --remove-destination /opt/users /etc/passwd"


def test_a_link_to_another_account_file_of_its_kind_is_followed() -> None:
    layer = TarBuilder().file("usr/share/etc/passwd", ROOT).symlink("etc/passwd", "/usr/share/etc/passwd")

    assert findings(layer) == []


def test_a_hardlink_that_makes_a_file_two_kinds_is_read_as_one_and_told_of_the_other() -> None:
    layer = (
        TarBuilder().file("etc/ssh/sshd_config", b"PermitRootLogin yes\n").hardlink("etc/passwd", "etc/ssh/sshd_config")
    )

    assert [(item.rule, item.path) for item in findings(layer)] == [
        ("accounts.sshd-setting", "etc/ssh/sshd_config"),
        ("accounts.not-read-whole", "etc/passwd"),
    ]


def test_a_broken_link_leads_nowhere_and_is_no_file() -> None:
    assert findings(TarBuilder().symlink("etc/passwd", "/opt/gone")) == []
