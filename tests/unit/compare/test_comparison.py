"""What changed from one report to another."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.compare.comparison import compare
from imgscan.compare.findings import compare_findings
from imgscan.compare.inventory import compare_packages, compare_sections
from imgscan.model.finding import Severity

from .sides import control, finding, side

SUPPRESSED = {"reason": "r", "owner": "o", "expires": None}

# Sizes and layers


def test_sizes_are_told_with_their_change_and_percent() -> None:
    found = compare(side(stored_bytes=1000, files=0), side(stored_bytes=250, files=2)).sizes

    told = {item.name: (item.before, item.after, item.change, item.percent) for item in found}
    assert told["stored"] == (1000, 250, -750, -75.0)
    assert told["files"] == (0, 2, 2, None)
    assert told["merged"] == (150, 150, 0, 0.0)
    assert list(told) == ["stored", "unpacked", "merged", "files", "layers"]


def test_layers_are_shared_wherever_they_stand_and_counted_at_the_bottom() -> None:
    one = side(layers=(("sha256:a", 10), ("sha256:b", 20), ("sha256:c", 30)))
    other = side(layers=(("sha256:a", 10), ("sha256:x", 5), ("sha256:c", 30)))

    found = compare(one, other).layers

    assert (found.shared, found.at_the_bottom, found.shared_bytes) == (2, 1, 40)


def test_a_layer_that_is_there_twice_is_shared_as_often_as_both_have_it() -> None:
    one, other = side(layers=(("sha256:a", 1),)), side(layers=(("sha256:a", 1), ("sha256:a", 1)))

    assert compare(one, other).layers.shared == 1


def test_layers_without_a_diff_id_are_not_shared() -> None:
    one = side(layers=((None, 1),))

    assert (compare(one, one).layers.shared, compare(one, one).layers.at_the_bottom) == (0, 0)


# Findings


def test_findings_are_fixed_new_or_the_same_by_fingerprint() -> None:
    found = compare(side(finding("1"), finding("2")), side(finding("2"), finding("3"))).findings

    assert [item.fingerprint[0] for item in found.fixed] == ["1"]
    assert [item.fingerprint[0] for item in found.new] == ["3"]
    assert (found.changed, found.same) == ((), 1)


@pytest.mark.parametrize("more", [{"state": "deleted"}, {"severity": "INFO"}, {"suppressed": SUPPRESSED}])
def test_what_stands_otherwise_is_changed_not_fixed(more: dict[str, Any]) -> None:
    found = compare(side(finding("1")), side(finding("1", **more))).findings

    assert (len(found.changed), found.same, found.fixed, found.new) == (1, 0, (), ())


def secret(fingerprint: str, path: str, value: str, **more: Any) -> dict[str, Any]:
    return finding(fingerprint, rule="secrets.key.private", path=path, evidence={"hash": value}, **more)


def test_a_secret_whose_copy_speaks_for_the_hidden_file_is_not_fixed() -> None:
    found = compare_findings(side(secret("a", "/srv/a", "x")), side(secret("b", "/etc/b", "x")))
    hidden = compare_findings(side(secret("a", "/srv/a", "x")), side(secret("b", "/srv/b", "x", state="deleted")))

    assert (found.fixed, found.new, found.same) == ((), (), 1)
    assert (hidden.fixed, hidden.new, len(hidden.changed)) == ((), (), 1)


def test_another_secret_in_its_place_is_new_and_the_old_one_fixed() -> None:
    found = compare_findings(side(secret("a", "/srv/a", "x")), side(secret("b", "/srv/a", "y")))

    assert (len(found.fixed), len(found.new)) == (1, 1)


def test_leftovers_of_which_some_are_gone_are_not_fixed() -> None:
    def left(fingerprint: str, path: str, rule: str = "leftovers.temporary") -> dict[str, Any]:
        return finding(fingerprint, rule=rule, path=path)

    fewer = compare_findings(side(left("a", "/tmp")), side(left("b", "/tmp/x")))
    elsewhere = compare_findings(side(left("a", "/tmp/x")), side(left("b", "/tmp/xy")))
    other = compare_findings(side(left("a", "/var")), side(left("b", "/var/log", "leftovers.logs")))

    assert (fewer.fixed, fewer.new, fewer.same) == ((), (), 1)
    assert (len(elsewhere.fixed), len(elsewhere.new)) == (1, 1)
    assert (len(other.fixed), len(other.new)) == (1, 1)


def test_another_message_alone_is_the_same_finding() -> None:
    assert compare(side(finding("1")), side(finding("1", message="otherwise"))).findings.same == 1


def test_of_two_findings_with_one_fingerprint_the_worst_counts() -> None:
    gone = finding("1", state="deleted", severity="INFO")

    found = compare(side(gone, finding("1")), side(finding("1"), gone)).findings

    assert (found.same, found.changed) == (1, ())


def test_the_worst_come_first() -> None:
    levels = ("LOW", "CRITICAL", "odd", "HIGH")
    found = compare(side(), side(*(finding(str(at), severity=level) for at, level in enumerate(levels)))).findings

    assert [item.severity for item in found.new] == ["CRITICAL", "HIGH", "LOW", "odd"]


# Controls


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("FAIL", "PASS", "better"),
        ("FAIL", "WARN", "better"),
        ("WARN", "INFO", "better"),
        ("PASS", "FAIL", "worse"),
        ("UNKNOWN", "PASS", "other"),
        ("PASS", "NOT_EVALUABLE", "other"),
    ],
)
def test_a_control_with_another_result_is_better_or_worse(before: str, after: str, direction: str) -> None:
    one, other = side(controls=(control(before),)), side(controls=(control(after),))

    (change,) = compare(one, other).controls

    assert change.direction == direction


def test_controls_with_the_same_result_are_counted() -> None:
    one = side(controls=(control("FAIL"), control("PASS", "4.1")))

    assert (compare(one, one).controls, compare(one, one).same_controls) == ((), 2)


def test_a_control_that_only_one_report_has_is_told() -> None:
    (change,) = compare(side(), side(controls=(control("PASS"),))).controls

    assert (change.before, change.direction) == (None, "other")


# Exit codes


def code(one: Any, other: Any, new: bool = True, level: Severity = Severity.MEDIUM) -> int:
    return compare(one, other).exit_code(level, new)


def test_new_findings_fail_and_old_ones_do_not() -> None:
    assert code(side(), side(finding("1"))) == 1
    assert code(side(finding("1")), side(finding("1"))) == 0
    assert code(side(finding("1")), side()) == 0
    assert code(side(finding("1")), side(finding("1")), new=False) == 1
    assert code(side(), side(finding("1", severity="LOW"))) == 0
    assert code(side(), side(finding("1", suppressed=SUPPRESSED))) == 0


def test_what_became_worse_is_new_too() -> None:
    low, high = finding("1", severity="LOW"), finding("1", severity="HIGH")

    assert code(side(low), side(high)) == 1
    assert code(side(high), side(low)) == 0
    assert code(side(finding("1", suppressed=SUPPRESSED)), side(finding("1"))) == 1
    assert code(side(high), side(finding("1", severity="CRITICAL"))) == 0


def test_a_control_that_fails_now_is_new_and_one_that_failed_is_not() -> None:
    failed, kept = side(controls=(control("FAIL"),)), side(controls=(control("PASS"),))

    assert code(kept, failed) == 1
    assert code(failed, failed) == 0
    assert code(failed, failed, new=False) == 1
    assert code(kept, failed, level=Severity.CRITICAL) == 0
    assert code(kept, side(controls=(control("FAIL", suppressed=SUPPRESSED),))) == 0


def test_an_image_read_in_part_is_exit_code_4() -> None:
    assert compare(side(), side(complete=False)).exit_code() == 4
    assert compare(side(complete=False), side()).exit_code(Severity.LOW) == 4
    assert compare(side(), side()).exit_code() == 0
    assert compare(side(), side(finding("1"), complete=False)).exit_code(Severity.LOW) == 1


# Inventory


def test_lists_of_the_inventory_say_what_came_and_went() -> None:
    one = side(
        inventory={
            "setuid": [{"path": "/bin/su", "names": ["/bin/su", "/bin/su2"]}],
            "capabilities": [{"path": "/bin/ping", "text": "cap_net_raw=ep"}],
            "accounts": [{"name": "app", "uid": 10}],
            "config": [{"volumes": ["/data"], "env": ["PATH"]}],
        },
        exposed_ports=["80/tcp"],
    )
    other = side(
        inventory={
            "setuid": [{"path": "/bin/su", "names": ["/bin/su"]}],
            "config": [{"volumes": [], "env": ["PATH", "HOME"]}],
        },
        user="app",
        exposed_ports=["8080/tcp"],
    )

    found = {item.name: item for item in compare_sections(one, other) if item.added or item.removed}

    assert {name: (item.added, item.removed) for name, item in found.items()} == {
        "user": (("app",), ("root (no USER)",)),
        "setuid": ((), ("/bin/su2",)),
        "capabilities": ((), ("/bin/ping cap_net_raw=ep",)),
        "ports": (("8080/tcp",), ("80/tcp",)),
        "accounts": ((), ("app (uid 10)",)),
        "volumes": ((), ("/data",)),
        "env": (("HOME",), ()),
    }
    assert (found["setuid"].before, found["setuid"].after) == (2, 1)


@pytest.mark.parametrize("odd", [3, None, "x", [3], [None], [{"path": 3}], {"a": 1}, [{"names": [1, {}], "env": 2}]])
def test_odd_items_of_a_saved_report_are_left_out(odd: Any) -> None:
    names = ("setuid", "capabilities", "accounts", "config", "packages", "shells")
    one = side(inventory=dict.fromkeys(names, odd))

    assert compare(one, side()).findings.same == 0


def packages(*items: tuple[str, str, str]) -> Any:
    rows = [{"type": kind, "name": name, "version": version} for kind, name, version in items]
    return side(inventory={"packages": rows})


def test_packages_come_go_and_change_their_version() -> None:
    one = packages(("deb", "curl", "7.9-1"), ("deb", "vim", "9"), ("pypi", "x", "2.0"), ("deb", "libc6", "2.36"))
    other = packages(("deb", "curl", "7.10-1"), ("pypi", "x", "2.0rc1"), ("npm", "y", "1"), ("deb", "libc6", "2.36"))

    found = compare_packages(one, other)

    assert (found.before, found.after) == (4, 4)
    assert (found.added, found.removed) == (("y 1",), ("vim 9",))
    told = [(item.name, item.before, item.after, item.direction) for item in found.changed]
    assert told == [("curl", "7.9-1", "7.10-1", "up"), ("x", "2.0", "2.0rc1", "down")]


def test_an_epoch_that_the_database_keeps_apart_orders_versions() -> None:
    def package(version: str, epoch: str) -> dict[str, Any]:
        return {"packages": [{"type": "rpm", "name": "x", "version": version, "epoch": epoch}]}

    (change,) = compare_packages(side(inventory=package("3.0-1", "")), side(inventory=package("0.5-1", "1"))).changed

    assert (change.before, change.after, change.direction) == ("3.0-1", "1:0.5-1", "up")


def test_a_package_in_several_versions_has_no_direction() -> None:
    one, other = packages(("npm", "y", "1"), ("npm", "y", "2")), packages(("npm", "y", "3"))

    (change,) = compare_packages(one, other).changed

    assert (change.before, change.after, change.direction) == ("1, 2", "3", "other")


# Vulnerabilities


def known(*items: tuple[str, str, str, str]) -> dict[str, Any]:
    keys = ("id", "package", "severity", "fixed_in")
    return {"tool": "trivy", "items": [{**dict(zip(keys, item, strict=True)), "version": "1"} for item in items]}


def test_vulnerabilities_are_counted_by_rating_and_fixable() -> None:
    one = side(vulnerabilities=known(("CVE-1", "a", "HIGH", "2"), ("CVE-2", "a", "LOW", "")))
    other = side(vulnerabilities=known(("CVE-2", "a", "LOW", ""), ("CVE-3", "b", "CRITICAL", "")))

    found = compare(one, other).vulnerabilities

    assert found is not None
    told = {item.name: (item.before, item.after) for item in found.amounts}
    assert told == {
        "CRITICAL": (0, 1),
        "HIGH": (1, 0),
        "MEDIUM": (0, 0),
        "LOW": (1, 1),
        "NEGLIGIBLE": (0, 0),
        "UNKNOWN": (0, 0),
        "total": (2, 2),
        "fixable": (1, 0),
    }
    assert ([item.id for item in found.fixed], [item.id for item in found.new]) == (["CVE-1"], ["CVE-3"])


def test_with_a_report_on_one_side_nothing_is_fixed_or_new() -> None:
    found = compare(side(vulnerabilities=known(("CVE-1", "a", "HIGH", ""))), side()).vulnerabilities

    assert found is not None
    assert (found.after, found.amounts, found.fixed, found.new) == (None, (), (), ())
    assert found.before is not None
    assert found.before["HIGH"] == 1
    assert compare(side(), side()).vulnerabilities is None
