from __future__ import annotations

import gzip
from typing import Any

import pytest
from msgspec.structs import replace

from imgscan.analyzers.catalog import rule_of
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity, Suppression, fingerprint
from imgscan.report.document import Report
from imgscan.report.sarif import write, write_sarif
from imgscan.report.sarif.limits import UploadLimits
from imgscan.report.sarif.location import archive_name, encoded
from imgscan.report.sarif.result import escaped
from imgscan.report.writers import Style

from .made import DELETED, DULL, ERROR, EVERYTHING, ROOT_USER, SETUID, WARNING, control, report
from .schemas import sarif_of


def run(found: Report, limits: UploadLimits | None = None) -> dict[str, Any]:
    """Return the one run of a report."""
    data = write_sarif([found], limits) if limits else write([found], Style())
    (only,) = sarif_of(data)["runs"]
    return dict(only)


def result(finding: Finding) -> dict[str, Any]:
    """Return a finding as a result."""
    (only,) = run(report(finding))["results"]
    return dict(only)


def notes(found: dict[str, Any]) -> list[str]:
    return [item["message"]["text"] for item in found["invocations"][0]["toolExecutionNotifications"]]


def test_each_finding_is_a_result_of_a_rule_that_is_described() -> None:
    found = run(EVERYTHING)

    rules = found["tool"]["driver"]["rules"]
    assert [item["ruleId"].partition("/")[0] for item in found["results"]] == [
        item.rule for item in EVERYTHING.findings
    ]
    assert [rules[item["ruleIndex"]]["id"] for item in found["results"]] == [
        item["ruleId"] for item in found["results"]
    ]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] and rule["shortDescription"]["text"] for rule in rules)


@pytest.mark.parametrize(
    ("severity", "level", "score"),
    [
        (Severity.CRITICAL, "error", "9.5"),
        (Severity.HIGH, "error", "8.0"),
        (Severity.MEDIUM, "warning", "5.5"),
        (Severity.LOW, "note", "2.0"),
        (Severity.INFO, "note", None),
    ],
)
def test_severities_become_levels_and_scores(severity: Severity, level: str, score: str | None) -> None:
    found = run(report(replace(SETUID, severity=severity)))

    (rule,) = found["tool"]["driver"]["rules"]
    assert found["results"][0]["level"] == level
    assert rule["defaultConfiguration"]["level"] == level
    assert rule["properties"].get("security-severity") == score


def test_each_result_has_a_rule_with_the_score_of_its_own_severity() -> None:
    scores = {"CRITICAL": "9.5", "HIGH": "8.0", "MEDIUM": "5.5", "LOW": "2.0", "INFO": None}
    made = [replace(SETUID, path=f"bin/{severity.name}", severity=severity) for severity in Severity]
    found = run(report(*made))

    rules = found["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(made)
    for item in found["results"]:
        rule = rules[item["ruleIndex"]]
        assert rule["id"] == item["ruleId"]
        assert rule["defaultConfiguration"]["level"] == item["level"]
        assert rule["properties"].get("security-severity") == scores[item["properties"]["severity"]]


def test_the_rule_of_a_result_does_not_depend_on_other_findings() -> None:
    usual = rule_of(SETUID.rule).severity
    common = replace(SETUID, severity=usual)
    worse = replace(SETUID, path="bin/x", severity=Severity.CRITICAL)

    assert result(common)["ruleId"] == SETUID.rule
    assert result(worse)["ruleId"] == f"{SETUID.rule}/critical"
    assert {item["ruleId"] for item in run(report(common, worse))["results"]} == {
        SETUID.rule,
        f"{SETUID.rule}/critical",
    }


def test_a_file_is_a_relative_uri_inside_the_image() -> None:
    place = result(DELETED)["locations"][0]

    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "root/odd%3A%20name%20%5Bx%5D%28y%29%231/id_rsa", "uriBaseId": "ROOTFS"},
        "region": {"startLine": 7},
    }
    assert place["logicalLocations"][0]["name"] == "layer 0"


def test_what_has_no_path_is_found_in_the_archive() -> None:
    place = result(ROOT_USER)["locations"][0]

    assert place["physicalLocation"] == {"artifactLocation": {"uri": "app.tar"}, "region": {"startLine": 1}}
    assert place["logicalLocations"] == [{"kind": "image", "name": "config"}]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a/b c.tar", "b%20c.tar"),
        ("-", "standard-input"),
        ("layout/", "layout"),
        ("..", "standard-input"),
        ("/", "standard-input"),
    ],
)
def test_the_archive_is_named_without_its_folder(source: str, name: str) -> None:
    assert archive_name(source) == name


def test_bytes_that_are_not_utf8_are_encoded_one_by_one() -> None:
    assert encoded("a/\udcff\u202e:b") == "a/%FF%E2%80%AE%3Ab"
    assert encoded("") == "."


def test_equal_fingerprints_are_numbered() -> None:
    marks = [item["partialFingerprints"] for item in run(report(SETUID, SETUID, DULL))["results"]]

    same = fingerprint(SETUID)
    assert [mark["primaryLocationLineHash"] for mark in marks] == [f"{same}:1", f"{same}:2", f"{fingerprint(DULL)}:1"]
    assert [mark["imgscan/v1"] for mark in marks] == [same, same, fingerprint(DULL)]


def test_an_exception_is_an_accepted_suppression() -> None:
    found = result(replace(SETUID, suppressed=Suppression("needed by [x](y)", "ann", "2030-01-01")))

    assert found["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "needed by [x](y)",
            "properties": {"owner": "ann", "expires": "2030-01-01"},
        }
    ]


def test_a_finding_without_an_exception_has_no_suppression() -> None:
    assert "suppressions" not in result(SETUID)


@pytest.mark.parametrize(("known", "state"), [(True, "unchanged"), (False, "new"), (None, None)])
def test_the_baseline_decides_the_state(known: bool | None, state: str | None) -> None:
    assert result(replace(SETUID, known=known)).get("baselineState") == state


def test_problems_are_notifications_and_an_error_makes_the_run_no_success() -> None:
    found = run(report(problems=(WARNING, ERROR)))["invocations"][0]

    told = found["toolExecutionNotifications"]
    assert found["executionSuccessful"] is False
    assert [item["level"] for item in told] == ["warning", "error"]
    assert told[1]["descriptor"] == {"id": "layer/truncated"}
    assert told[1]["locations"][0]["logicalLocations"][0]["kind"] == "layer"


def test_a_warning_alone_is_a_success() -> None:
    assert run(report(problems=(WARNING,)))["invocations"][0]["executionSuccessful"] is True


def test_controls_tag_the_rules_behind_them() -> None:
    found = run(report(SETUID, ROOT_USER, controls=(control("4.8", Status.WARN, SETUID), control("4.1", Status.FAIL))))

    tags = {rule["id"].partition("/")[0]: rule["properties"]["tags"] for rule in found["tool"]["driver"]["rules"]}
    assert tags["setuid.suid-file"] == ["security", "setuid", "CIS-Docker-1.6.0/4.8"]
    assert tags["config.root-user"] == ["security", "config", "CIS-Docker-1.6.0/4.1"]
    assert [item["status"] for item in found["properties"]["controls"]] == ["WARN", "FAIL"]


def test_a_rule_has_ten_tags_at_most() -> None:
    many = tuple(control(f"4.{n}", Status.FAIL, SETUID) for n in range(20))

    assert len(run(report(SETUID, controls=many))["tool"]["driver"]["rules"][0]["properties"]["tags"]) == 10


def test_links_and_tricks_of_a_message_are_escaped() -> None:
    assert escaped("see [here](http://x) {0}") == r"see \[here\](http://x) {0}"
    assert escaped("\\[here]") == r"\\\[here\]"


def test_several_images_are_several_runs_with_names_of_their_own() -> None:
    other = report(SETUID, references=("example.test/b:1",))

    log = sarif_of(write([report(SETUID), other, report(DULL)], Style(every=True)))

    names = [item["automationDetails"]["id"] for item in log["runs"]]
    assert names == [
        "imgscan/example.test/app:1 (linux/amd64)@0/",
        "imgscan/example.test/b:1 (linux/amd64)/",
        "imgscan/example.test/app:1 (linux/amd64)@2/",
    ]


def many(count: int) -> Report:
    """Return a report of one critical finding and ``count`` others."""
    others = [replace(SETUID, path=f"usr/bin/{n}", identity=str(n)) for n in range(count)]
    return report(DELETED, *others)


def test_too_many_results_are_cut_the_worst_kept_and_it_is_told() -> None:
    found = run(many(5), UploadLimits(results=3, shown=2))

    assert [item["level"] for item in found["results"]] == ["error", "warning", "warning"]
    assert notes(found) == [
        "3 of 6 findings are left out, the least severe: an upload takes no more",
        "code scanning shows the 2 most severe of these 3 results",
    ]


def test_as_many_results_as_are_taken_are_all_there() -> None:
    found = run(many(2), UploadLimits(results=3, shown=3))

    assert len(found["results"]) == 3
    assert notes(found) == []


def test_a_file_that_is_too_long_loses_its_least_severe_results() -> None:
    data = write_sarif([many(400)], UploadLimits(gzip_bytes=9000))

    (found,) = sarif_of(data)["runs"]
    assert len(gzip.compress(data, 6)) <= 9000
    assert 1 < len(found["results"]) < 401
    assert found["results"][0]["level"] == "error"
    assert "findings are left out" in notes(found)[0]


def test_images_beyond_the_number_of_runs_are_told() -> None:
    log = sarif_of(write_sarif([report(), report(), report()], UploadLimits(runs=2)))

    assert len(log["runs"]) == 2
    assert "1 other image of the archive left out" in notes(log["runs"][1])[0]
