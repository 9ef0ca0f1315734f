"""File capabilities: found and not found."""

from __future__ import annotations

import base64
from struct import pack
from typing import Any

import pytest

from imgscan.analyzers.capabilities.analyzer import Capabilities
from imgscan.analyzers.packages.analyzer import Packages
from imgscan.model.finding import Finding, Severity, State
from imgscan.testing import TarBuilder, conclude, elf, facts_of, merged, program
from imgscan.testing.image import LayerSource
from imgscan.testing.packages import debian

NAME = "security.capability"
NET_RAW = pack("<5I", 2 << 24 | 1, 1 << 13, 0, 0, 0)
PLAIN = program()


def ping(value: bytes = NET_RAW) -> TarBuilder:
    return TarBuilder().file("bin/ping", b"\x7fELF", mode=0o755, xattrs={NAME: value})


def found(*layers: LayerSource) -> list[tuple[str, str | None, str]]:
    return [(item.rule, item.path, str(item.state)) for item in conclude(Capabilities(), *layers).findings]


# What it finds


def test_it_finds_a_file_with_capabilities() -> None:
    result = conclude(Capabilities(), ping())

    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.path) == ("capabilities.file", Severity.LOW, "bin/ping")
    assert "cap_net_raw=ep" in finding.message
    assert finding.evidence["permitted"] == ["cap_net_raw"]
    assert finding.remediation == "RUN setcap -r /bin/ping"
    (item,) = result.items
    assert (item.section, item.data["path"], item.data["text"]) == ("capabilities", "/bin/ping", "cap_net_raw=ep")


def caps(permitted: str, inheritable: str = "", effective: bool = True, rootid: int | None = None) -> bytes:
    """Return the attribute with these capabilities, by name."""
    sets = [sum(1 << NUMBERS[name] for name in text.split()) for text in (permitted, inheritable)]
    words = [word & 0xFFFFFFFF for half in (0, 32) for word in (sets[0] >> half, sets[1] >> half)]
    revision = 2 if rootid is None else 3
    return pack(
        f"<{5 if rootid is None else 6}I", revision << 24 | effective, *words, *([] if rootid is None else [rootid])
    )


NUMBERS = {"chown": 0, "dac_override": 1, "setgid": 6, "setuid": 7, "net_bind_service": 10, "net_admin": 12}
NUMBERS |= {"net_raw": 13, "sys_chroot": 18, "sys_admin": 21, "sys_resource": 24, "audit_write": 29, "bpf": 39}


def rated(
    value: bytes, path: str = "opt/app/tool", content: bytes = PLAIN, mode: int = 0o755, **fields: Any
) -> Finding:
    """Return the finding on one file with capabilities."""
    (finding,) = conclude(
        Capabilities(), TarBuilder().file(path, content, mode=mode, xattrs={NAME: value}, **fields)
    ).findings
    return finding


@pytest.mark.parametrize(
    ("permitted", "rating", "severity"),
    [
        ("setuid", "root-equivalent", Severity.HIGH),
        ("dac_override", "root-equivalent", Severity.HIGH),
        ("net_bind_service sys_admin", "root-equivalent", Severity.HIGH),
        ("bpf", "root-equivalent", Severity.HIGH),
        ("sys_chroot sys_resource", "root-equivalent", Severity.HIGH),
        ("sys_chroot", "notable", Severity.MEDIUM),
        ("sys_resource", "notable", Severity.MEDIUM),
        ("audit_write", "notable", Severity.MEDIUM),
        ("net_raw", "benign", Severity.LOW),
        ("net_bind_service", "benign", Severity.LOW),
    ],
)
def test_capabilities_are_rated_by_what_they_lead_to(permitted: str, rating: str, severity: Severity) -> None:
    finding = rated(caps(permitted))

    assert (finding.evidence["rating"], finding.severity) == (rating, severity)


@pytest.mark.parametrize("name", ["python3.11", "perl", "node", "gdb", "vim.basic", "bash", "php8.2", "tclsh8.6"])
def test_an_interpreter_that_can_become_root_is_a_root_shell(name: str) -> None:
    finding = rated(caps("setuid"), f"usr/bin/{name}")

    assert finding.severity is Severity.CRITICAL
    assert "root shell" in finding.message
    assert rated(caps("net_raw"), f"usr/bin/{name}").severity is Severity.LOW


@pytest.mark.parametrize(
    ("content", "interpreter"),
    [
        (program(imports=["Py_BytesMain"]), "python"),
        (program(imports=["execve", "setpgid"], contents={".rodata": b"\0BASH_VERSINFO\0"}), "bash"),
        (elf(type=2, dynamic=False, contents={".rodata": b"\0[\0[[\0ash\0sh\0"}), "busybox"),
    ],
)
def test_an_interpreter_is_known_by_its_content_too(content: bytes, interpreter: str) -> None:
    finding = rated(caps("setuid", effective=False), content=content)

    assert (finding.severity, finding.evidence["interpreter"]) == (Severity.CRITICAL, interpreter)


def test_a_script_gains_nothing() -> None:
    finding = rated(caps("setuid"), content=b"#!/usr/bin/python3\n")

    assert finding.severity is Severity.INFO
    assert "without effect on a script" in finding.message


def test_a_file_that_nobody_can_run_gains_nothing() -> None:
    assert rated(caps("setuid"), mode=0o644).severity is Severity.INFO


def test_inherited_capabilities_rank_below_permitted_ones() -> None:
    finding = rated(caps("", "setuid", effective=False))

    assert (finding.severity, finding.evidence["rating_inheritable"]) == (Severity.MEDIUM, "root-equivalent")
    assert rated(caps("", "net_raw", effective=False)).severity is Severity.LOW


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("usr/bin/ping", caps("net_raw")),
        ("usr/bin/ping", caps("net_raw net_admin", effective=False)),
        ("usr/bin/newuidmap", caps("setuid")),
        ("usr/sbin/suexec", caps("setuid setgid")),
    ],
)
def test_what_distributions_ship_ranks_lower(path: str, value: bytes) -> None:
    finding = rated(value, path)

    assert finding.evidence["shipped"] is True
    assert finding.severity <= Severity.MEDIUM
    assert finding.severity <= rated(value).severity


@pytest.mark.parametrize(
    ("path", "value", "fields"),
    [
        ("usr/bin/ping", caps("net_raw setuid"), {}),
        ("opt/ping", caps("net_raw"), {}),
        ("usr/bin/newuidmap", caps("setuid"), {"uid": 1000}),
        ("usr/bin/newuidmap", caps("setuid"), {"mode": 0o777}),
        ("usr/bin/other", caps("net_raw"), {}),
    ],
)
def test_what_differs_from_the_shipped_is_not_shipped(path: str, value: bytes, fields: dict[str, Any]) -> None:
    assert rated(value, path, **fields).evidence["shipped"] is False


def test_what_a_container_does_not_have_keeps_a_program_from_starting() -> None:
    finding = rated(caps("net_admin net_raw"))

    assert finding.evidence["outside_default"] == ["cap_net_admin"]
    assert "does not start in a container without cap_net_admin" in finding.message
    assert "does not start" not in rated(caps("net_admin", effective=False)).message
    assert rated(caps("net_raw")).evidence["outside_default"] == []


def test_a_capability_that_no_kernel_knows_is_shown_and_nothing_follows_from_it() -> None:
    alone = rated(pack("<5I", 2 << 24 | 1, 0, 0, 1 << (60 - 32), 0))

    assert (alone.severity, alone.evidence["unknown"], alone.evidence["outside_default"]) == (
        Severity.INFO,
        ["cap_60"],
        [],
    )
    assert "cap_60=ep" in alone.message
    assert "does not start" not in alone.message

    both = rated(pack("<5I", 2 << 24 | 1, 1 << 12, 0, 1 << (60 - 32), 0))

    assert (both.severity, both.evidence["rating"]) == (Severity.HIGH, "root-equivalent")
    assert "does not start in a container without cap_net_admin" in both.message
    assert "cap_net_admin, cap_60" not in both.message
    assert "unknown" not in rated(caps("net_raw")).evidence


def test_revision_3_tells_the_root_of_its_namespace() -> None:
    finding = rated(caps("setuid", rootid=1000))

    assert (finding.evidence["revision"], finding.evidence["rootid"]) == (3, 1000)
    assert "user namespace whose root is uid 1000" in finding.message
    assert "user namespace" not in rated(caps("setuid", rootid=0)).message


def test_empty_sets_give_nothing() -> None:
    assert rated(caps("", effective=True)).severity is Severity.INFO


def test_libarchives_spelling_is_found_too() -> None:
    records = {"LIBARCHIVE.xattr.security.capability": base64.b64encode(NET_RAW)}

    assert found(TarBuilder().pax(records).file("bin/ping", b"x")) == [("capabilities.file", "bin/ping", "visible")]


@pytest.mark.parametrize("value", [b"", b"\1", b"x" * 20, NET_RAW + b"\0", pack("<5I", 9 << 24, 0, 0, 0, 0)])
def test_a_malformed_attribute_is_told(value: bytes) -> None:
    if not value:  # an empty pax value deletes the record
        assert found(ping(value)) == []
        return
    (finding,) = conclude(Capabilities(), ping(value)).findings

    assert (finding.rule, finding.severity) == ("capabilities.malformed", Severity.LOW)
    assert finding.evidence["malformed"] == value.hex()


# What became of it


@pytest.mark.parametrize(
    ("upper", "state"),
    [
        (TarBuilder().whiteout("bin/ping"), "deleted"),
        (TarBuilder().file("bin/ping", b"\x7fELF", mode=0o755), "overwritten"),
    ],
)
def test_one_that_a_later_layer_took_away_is_told_as_gone(upper: TarBuilder, state: str) -> None:
    result = conclude(Capabilities(), ping(), upper)

    (finding,) = result.findings
    assert (finding.state, finding.severity, finding.remediation) == (State(state), Severity.INFO, "")
    assert result.items == ()


def test_hardlinks_share_their_files_capabilities() -> None:
    tar = ping().hardlink("bin/ping6", "bin/ping", mode=0o755)

    (finding,) = conclude(Capabilities(), tar).findings

    assert finding.evidence["names"] == ["/bin/ping", "/bin/ping6"]


# What it does not find


@pytest.mark.parametrize(
    "tar",
    [
        TarBuilder().file("bin/ping", b"x", mode=0o755),
        TarBuilder().file("bin/ping", b"x", xattrs={"user.capability": NET_RAW}),
        TarBuilder().directory("d", xattrs={NAME: NET_RAW}),
        TarBuilder().pax({"SCHILY.xattr.security.capability": ""}).file("f", b"x"),
    ],
)
def test_it_does_not_find(tar: TarBuilder) -> None:
    result = conclude(Capabilities(), tar)

    assert result.findings == ()
    assert result.items == ()


def test_a_remedy_can_be_pasted_whatever_the_name() -> None:
    (finding,) = conclude(Capabilities(), TarBuilder().file("x $(reboot)", b"x", xattrs={NAME: NET_RAW})).findings

    assert finding.remediation == "RUN setcap -r \"$(printf '/x \\044\\050reboot\\051')\""


def test_its_facts_are_plain_values() -> None:
    ((path, data),) = facts_of(Capabilities(), ping())

    assert (path, data.granted.text, data.granted.permitted) == ("bin/ping", "cap_net_raw=ep", ("cap_net_raw",))


def test_capabilities_that_came_after_the_package_are_told() -> None:
    def finding(*layers: TarBuilder) -> Finding:
        view, _ = merged(*layers, analyzers=(Capabilities(), Packages()))
        (found,) = (item for item in Capabilities().conclude(view) if isinstance(item, Finding))
        return found

    def base(**fields: Any) -> TarBuilder:
        tar = TarBuilder().file("usr/bin/ping", PLAIN, mode=0o755, **fields)
        for path, content in debian(("iputils-ping", "1", {"/usr/bin/ping": PLAIN})).items():
            tar.file(path, content)
        return tar

    late = finding(base(), TarBuilder().file("usr/bin/ping", PLAIN, mode=0o755, xattrs={NAME: NET_RAW}))
    assert late.evidence["given_after"] == "iputils-ping 1"
    assert "given by a later layer than iputils-ping 1's" in late.message
    assert finding(base(xattrs={NAME: NET_RAW})).evidence["given_after"] is None
