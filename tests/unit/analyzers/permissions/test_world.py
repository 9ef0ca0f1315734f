from __future__ import annotations

from typing import Any

from imgscan.analyzers.permissions.analyzer import Permissions
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder
from imgscan.testing.image import LayerSource

from ..support import concluded


def world(*layers: LayerSource, **more: Any) -> list[Finding]:
    found = concluded(Permissions(), *layers, **more).findings
    return [finding for finding in found if ".world-writable-" in finding.rule]


def test_a_world_writable_file_and_directory() -> None:
    found = world({"srv/a": (0o666, b""), "opt/b/": (0o777, b"")})
    assert [(item.rule, item.path, item.severity) for item in found] == [
        ("permissions.world-writable-directory", "opt/b", Severity.MEDIUM),
        ("permissions.world-writable-file", "srv/a", Severity.MEDIUM),
    ]
    assert found[0].remediation == "RUN chmod o-w /opt/b"
    assert found[0].evidence["examples"] == [{"path": "/opt/b", "mode": "0777", "uid": 0, "gid": 0}]


def test_tmp_with_its_sticky_bit_is_fine() -> None:
    assert world({"tmp/": (0o1777, b""), "var/tmp/": (0o1777, b""), "run/lock/": (0o1777, b"")}) == []


def test_symlinks_and_devices_are_no_findings() -> None:
    layer = TarBuilder().symlink("a", "b").symlink("usr/bin/x", "y")
    layer.member("dev/null", typeflag=b"3", major=1, minor=3, mode=0o666)
    layer.member("dev/tty", typeflag=b"3", major=5, minor=0, mode=0o666)
    assert world(layer) == []


def test_what_a_later_layer_made_right_or_removed_is_no_finding() -> None:
    lower = {"srv/a": (0o666, b""), "srv/b": (0o666, b"")}
    assert world(lower, {"srv/a": (0o644, b""), "srv/.wh.b": b""}) == []


def test_a_hundred_files_of_one_place_are_one_finding() -> None:
    (finding,) = world({f"srv/app/x{number}/f": (0o666, b"") for number in range(100)})
    assert finding.path == "srv/app"
    assert finding.message == "everyone may write to 100 files here"
    assert finding.evidence["count"] == 100
    assert len(finding.evidence["examples"]) == 10
    assert finding.remediation == "RUN chmod -R o-w /srv/app"


def test_a_hundred_places_are_twenty_findings_and_a_rest() -> None:
    found = world({f"d{number:03}/f": (0o666, b"") for number in range(100)})
    assert len(found) == 21
    assert found[-1].message == "everyone may write to 80 other paths in 80 places"


def test_where_programs_are_run_from_it_is_high() -> None:
    found = world({"usr/local/bin/": (0o777, b""), "etc/cron.d/x": (0o666, b""), "srv/x": (0o666, b"")})
    assert {item.path: item.severity for item in found} == {
        "usr/local/bin": Severity.HIGH,
        "etc/cron.d/x": Severity.HIGH,
        "srv/x": Severity.MEDIUM,
    }


def test_a_directory_of_the_configs_path_too() -> None:
    layer = {"opt/tools/": (0o777, b"")}
    (plain,) = world(layer, settings={})
    (named,) = world(layer, settings={"Env": ["PATH=/opt/tools:/bin"]})
    assert (plain.severity, named.severity) == (Severity.MEDIUM, Severity.HIGH)


def test_a_directory_above_programs_is_as_bad() -> None:
    (finding,) = world({"usr/": (0o777, b""), "usr/bin/": (0o755, b"")})
    assert (finding.path, finding.severity) == ("usr", Severity.HIGH)


def test_the_layer_is_that_of_most_of_them() -> None:
    (finding,) = world({"a/b/x": (0o644, b"")}, {"a/b/y": (0o666, b""), "a/b/z": (0o666, b"")})
    assert finding.layer is not None
    assert finding.layer.index == 1
