"""File capabilities: found and not found."""

from __future__ import annotations

import base64
from struct import pack

import pytest

from imgscan.analyzers.capabilities import Capabilities
from imgscan.model.finding import Severity, State
from imgscan.testing import TarBuilder, conclude, facts_of
from imgscan.testing.image import LayerSource

NAME = "security.capability"
NET_RAW = pack("<5I", 2 << 24 | 1, 1 << 13, 0, 0, 0)
SYS_ADMIN = pack("<5I", 2 << 24 | 1, 1 << 21, 0, 0, 0)
NAMESPACED = pack("<6I", 3 << 24 | 1, 1 << 13, 0, 0, 0, 1000)


def ping(value: bytes = NET_RAW) -> TarBuilder:
    return TarBuilder().file("bin/ping", b"\x7fELF", mode=0o755, xattrs={NAME: value})


def found(*layers: LayerSource) -> list[tuple[str, str | None, str]]:
    return [(item.rule, item.path, str(item.state)) for item in conclude(Capabilities(), *layers).findings]


# What it finds


def test_it_finds_a_file_with_capabilities() -> None:
    result = conclude(Capabilities(), ping())

    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.path) == ("capabilities.file", Severity.MEDIUM, "bin/ping")
    assert "cap_net_raw=ep" in finding.message
    assert finding.evidence["permitted"] == ["cap_net_raw"]
    assert finding.remediation == "RUN setcap -r /bin/ping"
    (item,) = result.items
    assert (item.section, item.data["path"], item.data["text"]) == ("capabilities", "/bin/ping", "cap_net_raw=ep")


def test_capabilities_as_good_as_root_are_worse() -> None:
    (finding,) = conclude(Capabilities(), ping(SYS_ADMIN)).findings

    assert finding.severity is Severity.HIGH


def test_revision_3_tells_the_root_of_its_namespace() -> None:
    (finding,) = conclude(Capabilities(), ping(NAMESPACED)).findings

    assert (finding.evidence["revision"], finding.evidence["rootid"]) == (3, 1000)


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

    assert finding.remediation == "RUN setcap -r '/x $(reboot)'"


def test_its_facts_are_plain_values() -> None:
    ((path, data),) = facts_of(Capabilities(), ping())

    assert (path, data["text"], data["permitted"]) == ("bin/ping", "cap_net_raw=ep", ["cap_net_raw"])
