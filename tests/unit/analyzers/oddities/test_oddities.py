from __future__ import annotations

import pytest

from imgscan.analyzers.oddities.analyzer import Oddities
from imgscan.analyzers.oddities.names import folded
from imgscan.analyzers.oddities.times import created_ns, describe_time
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder
from imgscan.testing.image import LayerSource

from ..support import concluded

CREATED = "2024-01-01T00:00:00Z"
CREATED_S = 1_704_067_200


def odd(*layers: LayerSource, created: str | None = CREATED) -> list[Finding]:
    return list(concluded(Oddities(), *layers, settings={}, created=created).findings)


def test_an_ordinary_image_has_no_oddities() -> None:
    layer = TarBuilder().directory("usr").file("usr/a", b"x", mtime=CREATED_S).symlink("dev/fd", "/proc/self/fd")
    layer.device("dev/null", 1, 3).device("dev/tty1", 4, 1).device("dev/console", 5, 1)
    assert odd(layer) == []


# Devices


@pytest.mark.parametrize(
    ("path", "typeflag", "major", "minor", "severity"),
    [
        ("dev/sda", b"4", 8, 0, Severity.HIGH),
        ("dev/mem", b"3", 1, 1, Severity.HIGH),
        ("dev/null", b"3", 1, 1, Severity.HIGH),
        ("srv/null", b"3", 1, 3, Severity.MEDIUM),
        ("dev/kvm", b"3", 10, 232, Severity.MEDIUM),
    ],
)
def test_a_device_that_no_container_needs(
    path: str, typeflag: bytes, major: int, minor: int, severity: Severity
) -> None:
    (finding,) = odd(TarBuilder().device(path, major, minor, typeflag))
    assert (finding.rule, finding.path, finding.severity) == ("oddities.device", path, severity)
    assert f"{major}:{minor}" in finding.message


def test_a_device_that_the_merge_told_of_is_not_told_again() -> None:
    assert odd(TarBuilder().device("srv/x", 0, 0)) == []


def test_pipes_are_one_finding() -> None:
    (finding,) = odd(TarBuilder().fifo("a").fifo("b"))
    assert finding.message.startswith("2 named pipes")


# Names


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("a\x1b[2Jb", Severity.MEDIUM),
        ("a\nb", Severity.MEDIUM),
        ("evil\u202etxt.exe", Severity.MEDIUM),
        (b"caf\xe9", Severity.INFO),
    ],
)
def test_a_name_that_cannot_be_shown(name: str | bytes, severity: Severity) -> None:
    (finding,) = odd(TarBuilder().file(name))
    assert (finding.rule, finding.severity) == ("oddities.name", severity)


def test_a_name_in_another_script_is_no_oddity() -> None:
    assert odd(TarBuilder().file("straße/日本").file("a b")) == []


def test_below_an_odd_directory_the_directory_alone_is_told() -> None:
    (finding,) = odd(TarBuilder().directory("a\x07").file("a\x07/x").file("a\x07/y"))
    assert finding.evidence["count"] == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Readme", "README"), ("a/B", "a/b"), ("é", "e\u0301"), ("STRASSE", "straße")]
)
def test_names_that_fold_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)
    (finding,) = odd(TarBuilder().file(one).file(other))
    assert finding.rule == "oddities.case-clash"
    assert len(finding.evidence["groups"][0]) == 2


def test_names_below_two_directories_that_clash_are_not_told_again() -> None:
    (finding,) = odd(TarBuilder().file("A/x").file("a/x"))
    assert finding.evidence["groups"] == [["/A", "/a"]]


def test_names_of_one_case_are_no_clash() -> None:
    assert odd(TarBuilder().file("A").file("b").file("x/a")) == []


# Times


def test_a_file_from_after_the_image_was_made() -> None:
    (finding,) = odd(TarBuilder().file("a", mtime=CREATED_S + 2 * 86_400).file("b", mtime=CREATED_S + 86_000))
    assert (finding.rule, finding.path) == ("oddities.future-time", "a")
    assert finding.evidence == {"count": 1, "newest": "2024-01-03", "created": CREATED}


def test_a_date_that_says_nothing_is_no_measure() -> None:
    layer = TarBuilder().file("a", mtime=CREATED_S)
    assert odd(layer, created="1970-01-01T00:00:00Z") == []
    assert odd(layer, created=None) == []
    assert len(odd(TarBuilder().file("a", mtime=5_000_000_000), created=None)) == 1


def test_a_time_before_1970() -> None:
    (finding,) = odd(TarBuilder().file("a", mtime=-1))
    assert finding.rule == "oddities.negative-time"


@pytest.mark.parametrize("text", [None, "", "yesterday", "0001-01-01T00:00:00Z", "2024-01-01", "2024-13-01T00:00:00Z"])
def test_no_date_is_none(text: str | None) -> None:
    assert created_ns(text) is None


def test_dates_with_nanoseconds_and_zones() -> None:
    assert created_ns("2024-01-01T01:00:00.123456789+01:00") == CREATED_S * 10**9
    assert describe_time(10**30) == f"{10**21} s after 1970"


# Sizes and links


def test_a_huge_file_that_is_all_but_holes() -> None:
    (finding,) = odd(TarBuilder().sparse("1.0", "var/log/lastlog", [(0, b"x")], 1 << 40))
    assert (finding.rule, finding.evidence) == ("oddities.sparse-file", {"bytes": 1 << 40})


def test_a_small_sparse_file_is_no_oddity() -> None:
    assert odd(TarBuilder().sparse("1.0", "a", [(0, b"x")], 1 << 20)) == []


def test_a_suid_file_with_a_name_elsewhere() -> None:
    (finding,) = odd(TarBuilder().file("usr/bin/su", b"x", mode=0o4755).hardlink("tmp/x", "usr/bin/su"))
    assert finding.rule == "oddities.setuid-link"
    assert finding.evidence["names"] == ["/tmp/x", "/usr/bin/su"]
    assert finding.remediation == "RUN rm -f /tmp/x"


def test_names_beside_each_other_and_links_without_the_bit_are_none() -> None:
    assert odd(TarBuilder().file("usr/bin/a", mode=0o4755).hardlink("usr/bin/b", "usr/bin/a")) == []
    assert odd(TarBuilder().file("usr/bin/a", mode=0o755).hardlink("tmp/b", "usr/bin/a")) == []


@pytest.mark.parametrize("target", ["/proc/1/root/etc", "/var/run/docker.sock", "/run/docker.sock", "/dev/sda1"])
def test_a_symlink_to_what_is_the_hosts(target: str) -> None:
    (finding,) = odd(TarBuilder().symlink("a", target))
    assert finding.rule == "oddities.host-link"


@pytest.mark.parametrize(
    "target", ["/proc/mounts", "/proc/self/fd", "/run/docker.sock.d", "../proc/1/root", "/dev/null"]
)
def test_other_symlinks_are_no_oddity(target: str) -> None:
    assert odd(TarBuilder().symlink("a", target)) == []


def test_every_rule_is_explained() -> None:
    layer = TarBuilder().fifo("a").fifo("A").device("b", 8, 0, b"4").file("c\n", mtime=-5).symlink("d", "/proc/1/root")
    assert {finding.rule for finding in odd(layer)} <= Oddities.rules.keys()


# Owners


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "severity"),
    [
        (-1, 5, 0o4755, Severity.HIGH),
        (5, 2**32, 0o2755, Severity.HIGH),
        (-1, 5, 0o755, Severity.MEDIUM),
        (2**32 + 7, 2**32 + 7, 0o4755, Severity.LOW),
    ],
)
def test_an_owner_that_linux_cannot_have_is_told(uid: int, gid: int, mode: int, severity: Severity) -> None:
    (finding,) = odd(TarBuilder().file("srv/tool", b"x", mode=mode, uid=uid, gid=gid))

    assert (finding.rule, finding.path, finding.severity) == ("oddities.wrapped-owner", "srv/tool", severity)
    assert f"{uid}:{gid}" in finding.message


def test_owners_that_can_be_are_not_told() -> None:
    assert odd(TarBuilder().file("f", uid=2**32 - 2).file("g", mode=0o4755, uid=65534)) == []


def test_an_owner_that_a_later_layer_mends_is_not_told() -> None:
    assert odd(TarBuilder().file("f", uid=-1), TarBuilder().file("f", uid=0)) == []
