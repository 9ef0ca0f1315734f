from __future__ import annotations

import pytest

from imgscan.analyzers.permissions.analyzer import Permissions
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder
from imgscan.testing.image import LayerSource

from ..support import concluded

GROUPS = b"root:x:0:\nshadow:x:42:\nssh_keys:x:101:\n"


def sensitive(layer: LayerSource) -> list[Finding]:
    found = concluded(Permissions(), layer).findings
    return [finding for finding in found if finding.rule == "permissions.sensitive-mode"]


def file(path: str, mode: int, uid: int = 0, gid: int = 0) -> LayerSource:
    return TarBuilder().file("etc/group", GROUPS).file(path, b"x", mode=mode, uid=uid, gid=gid)


@pytest.mark.parametrize(
    ("path", "mode", "uid", "gid"),
    [
        ("etc/shadow", 0o640, 0, 42),
        ("etc/shadow", 0o000, 0, 0),
        ("etc/shadow-", 0o600, 0, 0),
        ("etc/passwd", 0o644, 0, 0),
        ("etc/sudoers", 0o440, 0, 0),
        ("etc/sudoers.d/app", 0o440, 0, 0),
        ("etc/ssh/ssh_host_rsa_key", 0o600, 0, 0),
        ("etc/ssh/ssh_host_rsa_key", 0o640, 0, 101),
        ("home/me/.ssh/id_rsa", 0o600, 1000, 1000),
        ("home/me/.ssh/authorized_keys", 0o644, 1000, 1000),
        ("usr/share/identity", 0o644, 0, 0),
    ],
)
def test_modes_as_they_should_be(path: str, mode: int, uid: int, gid: int) -> None:
    assert sensitive(file(path, mode, uid, gid)) == []


@pytest.mark.parametrize(
    ("path", "mode", "uid", "gid", "severity", "remediation"),
    [
        ("etc/shadow", 0o644, 0, 42, Severity.HIGH, "RUN chmod 0640 /etc/shadow"),
        ("etc/shadow", 0o640, 0, 100, Severity.MEDIUM, "RUN chmod 0600 /etc/shadow"),
        ("etc/shadow", 0o600, 999, 0, Severity.HIGH, "RUN chown root /etc/shadow"),
        ("etc/passwd", 0o664, 0, 0, Severity.LOW, "RUN chmod 0644 /etc/passwd"),
        ("etc/sudoers.d/app", 0o666, 0, 0, Severity.HIGH, "RUN chmod 0644 /etc/sudoers.d/app"),
        ("etc/ssh/ssh_host_rsa_key", 0o644, 0, 0, Severity.HIGH, "RUN chmod 0600 /etc/ssh/ssh_host_rsa_key"),
        ("home/me/.ssh/id_rsa", 0o644, 1000, 1000, Severity.HIGH, "RUN chmod 0600 /home/me/.ssh/id_rsa"),
        ("srv/id_ed25519", 0o640, 0, 0, Severity.MEDIUM, "RUN chmod 0600 /srv/id_ed25519"),
        ("root/.ssh/authorized_keys", 0o666, 0, 0, Severity.HIGH, "RUN chmod 0644 /root/.ssh/authorized_keys"),
    ],
)
def test_modes_that_are_loose(path: str, mode: int, uid: int, gid: int, severity: Severity, remediation: str) -> None:
    (finding,) = sensitive(file(path, mode, uid, gid))
    assert (finding.path, finding.severity, finding.remediation) == (path, severity, remediation)


def test_a_directory_for_private_keys_counts_when_it_holds_one() -> None:
    empty = TarBuilder().directory("etc/ssl/private", mode=0o755)
    assert sensitive(empty) == []
    (finding,) = sensitive(empty.file("etc/ssl/private/a.key", mode=0o600))
    assert (finding.path, finding.severity) == ("etc/ssl/private", Severity.HIGH)


def test_a_login_directory_that_others_may_write_to() -> None:
    (finding,) = sensitive(TarBuilder().directory("root/.ssh", mode=0o777))
    assert "everyone may write who may log in" in finding.message


def test_a_file_with_a_hostile_name_is_quoted() -> None:
    (finding,) = sensitive(file("a; rm -rf $HOME/id_rsa", 0o644))
    assert finding.remediation == "RUN chmod 0600 \"$(printf '/a\\073 rm -rf \\044HOME/id_rsa')\""
