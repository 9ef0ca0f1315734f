from __future__ import annotations

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder, conclude
from imgscan.testing.image import LayerSource

from ..support import concluded

DOAS = {"usr/bin/doas": (0o4755, b"")}
PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/false\n"


def doas(*layers: LayerSource) -> list[Finding]:
    return [item for item in conclude(Accounts(), *layers).findings if item.analyzer == "accounts"]


def rules(text: bytes, name: str = "etc/doas.conf") -> dict[str, bytes | tuple[int, bytes]]:
    return {**DOAS, name: text}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"permit persist :wheel\n",
        b"permit nopass root\n",
        b"deny nopass :wheel\n",
        b"permit nopass app\ndeny app\n",
        b"permit nopass app cmd reboot\npermit app cmd reboot\n",
        b"# permit nopass app\n",
    ],
)
def test_rules_that_ask_for_a_password_or_do_not_count_are_no_finding(text: bytes) -> None:
    assert doas(rules(text)) == []


@pytest.mark.parametrize("name", ["etc/doas.conf", "etc/doas.d/wheel.conf", "usr/local/etc/doas.conf"])
def test_everything_without_a_password_is_high(name: str) -> None:
    (finding,) = doas(rules(b"# c\npermit nopass :wheel\n", name))

    assert (finding.rule, finding.severity, finding.line) == ("accounts.doas-nopass", Severity.HIGH, 2)
    assert finding.message == ":wheel may run everything as root without a password (doas)"
    assert (finding.path, finding.remediation) == (name, f"RUN sed -i 2d /{name}")


def test_a_file_that_doas_does_not_read_is_none() -> None:
    assert doas(rules(b"permit nopass :wheel\n", "etc/doas.d/wheel.conf.bak")) == []
    assert doas(rules(b"permit nopass :wheel\n", "srv/doas.conf")) == []


@pytest.mark.parametrize(
    ("command", "severity"),
    [
        (b"cmd vim", Severity.HIGH),
        (b"cmd /usr/bin/find args", Severity.HIGH),
        (b"cmd /usr/local/bin/backup", Severity.MEDIUM),
    ],
)
def test_a_command_counts_by_what_it_can_run(command: bytes, severity: Severity) -> None:
    (finding,) = doas(rules(b"permit nopass app " + command + b"\n"))

    assert finding.severity is severity


def test_without_doas_it_is_low() -> None:
    (finding,) = doas({"etc/doas.conf": b"permit nopass app\n"})

    assert (finding.severity, finding.message.endswith("(doas itself is not in the image)")) == (Severity.LOW, True)


def test_a_file_with_a_fault_gives_nothing_and_is_told() -> None:
    (finding,) = doas(rules(b"permit nopass app\nallow app\n"))

    assert (finding.rule, finding.severity, finding.line) == ("accounts.not-read-whole", Severity.LOW, 2)


@pytest.mark.parametrize("identity", [b"app", b"1000", b":app", b":1000"])
def test_where_the_container_runs_as_such_a_user_it_is_critical(identity: bytes) -> None:
    files = {
        "etc/passwd": PASSWD,
        "etc/group": b"root:x:0:\napp:x:1000:\n",
        **rules(b"permit nopass " + identity + b"\n"),
    }

    for user, severity in (("app", Severity.CRITICAL), ("root", Severity.HIGH)):
        found = concluded(Accounts(), files, settings={"User": user}).findings
        assert [item.severity for item in found if item.rule == "accounts.doas-nopass"] == [severity]


def test_what_a_later_layer_deleted_is_no_policy() -> None:
    assert doas(rules(b"permit nopass app\n"), TarBuilder().whiteout("etc/doas.conf")) == []
