from __future__ import annotations

import base64

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity, State
from imgscan.testing import TarBuilder, conclude
from imgscan.testing.image import LayerSource

SSHD = {"usr/sbin/sshd": (0o755, b"")}
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"
PUBLIC = b"ssh-ed25519 " + base64.b64encode(b"k" * 51) + b" me\n"


def sshd(*layers: LayerSource) -> list[Finding]:
    return list(conclude(Accounts(), *layers).findings)


def config(text: bytes, **more: bytes) -> dict[str, bytes | tuple[int, bytes]]:
    extra = {f"etc/ssh/sshd_config.d/{name}.conf": content for name, content in more.items()}
    return {**SSHD, "etc/ssh/sshd_config": text, **extra}


def test_the_configuration_of_a_distribution_is_no_finding() -> None:
    text = (
        b"Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\n"
        b"PrintMotd no\nAcceptEnv LANG LC_*\nSubsystem sftp /usr/lib/openssh/sftp-server\n"
    )
    assert sshd(config(text)) == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (b"PermitRootLogin yes", Severity.HIGH),
        (b"permitrootlogin YES", Severity.HIGH),
        (b"PermitEmptyPasswords yes", Severity.HIGH),
        (b"StrictModes no", Severity.MEDIUM),
        (b"PasswordAuthentication yes", Severity.LOW),
        (b"Ciphers aes256-gcm@openssh.com,3des-cbc", Severity.LOW),
    ],
)
def test_a_risky_setting(text: bytes, severity: Severity) -> None:
    (finding,) = sshd(config(text))
    assert (finding.rule, finding.severity, finding.line) == ("accounts.sshd-setting", severity, 1)


@pytest.mark.parametrize(
    "text",
    [
        b"PermitRootLogin prohibit-password",
        b"#PermitRootLogin yes",
        b"PermitRootLogin no\nPermitRootLogin yes",
        b"Ciphers -3des-cbc",
        b"Ciphers aes256-gcm@openssh.com",
        b"PermitRootLogin",
    ],
)
def test_a_setting_that_is_none(text: bytes) -> None:
    assert sshd(config(text)) == []


def test_an_included_file_comes_where_the_include_stands() -> None:
    first = config(b"Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\n", a=b"PermitRootLogin no\n")
    last = config(b"PermitRootLogin no\nInclude sshd_config.d/*.conf\n", a=b"PermitRootLogin yes\n")
    bad = config(b"Include sshd_config.d/*.conf\nPermitRootLogin no\n", a=b"PermitRootLogin yes\n")
    assert sshd(first) == []
    assert sshd(last) == []
    assert [finding.path for finding in sshd(bad)] == ["etc/ssh/sshd_config.d/a.conf"]


def test_a_setting_of_a_match_names_it() -> None:
    (finding,) = sshd(config(b"PermitRootLogin no\nMatch Address 10.0.0.0/8\nPermitRootLogin yes\n"))
    assert "(for Address 10.0.0.0/8)" in finding.message


def test_without_sshd_settings_and_keys_are_low() -> None:
    found = sshd({"etc/ssh/sshd_config": b"PermitRootLogin yes\n", "root/.ssh/authorized_keys": PUBLIC})
    assert [finding.severity for finding in found] == [Severity.LOW, Severity.LOW]


def test_an_authorized_key_of_root_is_high_and_of_another_user_medium() -> None:
    layer: LayerSource = {**SSHD, "root/.ssh/authorized_keys": PUBLIC, "home/me/.ssh/authorized_keys": PUBLIC}
    found = {finding.path: finding for finding in sshd(layer)}
    assert found["root/.ssh/authorized_keys"].severity is Severity.HIGH
    assert found["home/me/.ssh/authorized_keys"].severity is Severity.MEDIUM
    assert found["root/.ssh/authorized_keys"].evidence["keys"][0]["type"] == "ssh-ed25519"


def test_a_file_without_keys_and_a_removed_one_are_no_finding() -> None:
    assert sshd({**SSHD, "root/.ssh/authorized_keys": b"# none\n"}) == []
    assert sshd({**SSHD, "root/.ssh/authorized_keys": PUBLIC}, {"root/.ssh/.wh.authorized_keys": b""}) == []


def test_host_keys_are_one_finding() -> None:
    layer: LayerSource = {
        **SSHD,
        "etc/ssh/ssh_host_rsa_key": (0o600, KEY),
        "etc/ssh/ssh_host_ed25519_key": (0o600, KEY),
    }
    (finding,) = sshd(layer)
    assert (finding.rule, finding.severity) == ("accounts.ssh-host-key", Severity.HIGH)
    assert finding.message.startswith("2 private host keys")
    assert finding.evidence["paths"] == ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key"]


def test_a_deleted_host_key_is_still_in_the_image() -> None:
    layer: LayerSource = {**SSHD, "etc/ssh/ssh_host_rsa_key": (0o600, KEY)}
    (finding,) = sshd(layer, TarBuilder().whiteout("etc/ssh/ssh_host_rsa_key"))
    assert (finding.state, finding.severity) == (State.DELETED, Severity.MEDIUM)


def test_a_public_host_key_and_an_empty_file_are_none() -> None:
    assert sshd({**SSHD, "etc/ssh/ssh_host_rsa_key.pub": PUBLIC, "etc/ssh/ssh_host_rsa_key": b""}) == []


# Includes

BAD = b"PermitRootLogin yes\n"


@pytest.mark.parametrize(
    ("include", "path"),
    [
        (b"Include extra.conf", "etc/ssh/extra.conf"),
        (b"Include /etc/ssh/*.conf", "etc/ssh/extra.conf"),
        (b"Include conf*/a.conf", "etc/ssh/conf.x/a.conf"),
        (b"Include sshd_config.d/.*.conf", "etc/ssh/sshd_config.d/.hid.conf"),
    ],
)
def test_an_include_is_followed_wherever_it_was_read(include: bytes, path: str) -> None:
    (finding,) = sshd({**SSHD, "etc/ssh/sshd_config": include + b"\n", path: BAD})
    assert (finding.rule, finding.path) == ("accounts.sshd-setting", path)


def test_a_nested_include_is_followed_and_stands_where_it_is() -> None:
    main = b"Include sshd_config.d/*.conf\nPermitRootLogin yes\n"
    layer = config(main, a=b"Include /etc/ssh/nested.conf\n")
    (bad,) = sshd({**layer, "etc/ssh/nested.conf": BAD})
    assert bad.path == "etc/ssh/nested.conf"
    assert sshd({**layer, "etc/ssh/nested.conf": b"PermitRootLogin no\n"}) == []


def test_a_wildcard_takes_no_file_with_a_dot_at_its_start_and_no_slash() -> None:
    main = b"Include /etc/ssh/sshd_config.d/*.conf\n"
    hidden = {"etc/ssh/sshd_config.d/.hid.conf": BAD, "etc/ssh/sshd_config.d/b/c.conf": BAD}
    assert sshd({**config(main), **hidden}) == []


@pytest.mark.parametrize("include", [b"Include /opt/ssh/extra", b"Include /opt/*/extra", b"Include extra"])
def test_an_included_file_that_was_not_read_is_told(include: bytes) -> None:
    files = {"opt/ssh/extra": BAD, "etc/ssh/extra": BAD}
    (finding,) = sshd({**SSHD, "etc/ssh/sshd_config": b"\n" + include + b"\n", **files})
    assert (finding.rule, finding.path, finding.line) == ("accounts.not-read-whole", "etc/ssh/sshd_config", 2)
    assert finding.severity is Severity.MEDIUM


def test_an_include_of_nothing_is_not_told() -> None:
    text = b"Include /opt/ssh/extra\nInclude sshd_config.d/*.conf\nInclude /opt/empty\n"
    assert sshd({**SSHD, "etc/ssh/sshd_config": text, "opt/ssh/other": BAD, "opt/empty": b""}) == []


def test_includes_in_a_circle_end() -> None:
    found = sshd(config(b"Include sshd_config\n" * 3 + b"Include sshd_config.d/*\n", a=b"Include sshd_config.d/*\n"))
    assert {finding.rule for finding in found} == {"accounts.not-read-whole"}


def test_a_match_around_an_include_holds_for_what_is_included() -> None:
    (finding,) = sshd({**SSHD, "etc/ssh/sshd_config": b"Match User a\nInclude x.conf\n", "etc/ssh/x.conf": BAD})
    assert "(for User a)" in finding.message
