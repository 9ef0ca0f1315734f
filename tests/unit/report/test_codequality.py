from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from imgscan.model.control import Status
from imgscan.model.finding import Suppression
from imgscan.report.codequality import write
from imgscan.report.document import Report
from imgscan.report.summary import Unread
from imgscan.report.writers import Style

from .made import DELETED, DULL, ERROR, EVERYTHING, SETUID, control, report


def issues(*reports: Report, style: Style | None = None) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = json.loads(write(reports, style or Style()))
    return result


def test_a_finding_has_its_place_rule_and_a_severity_of_gitlab() -> None:
    found, dull = issues(report(DELETED, DULL))

    assert (found["check_name"], found["severity"], dull["severity"]) == ("secrets.key", "blocker", "info")
    assert found["location"] == {"path": "root/odd: name [x](y)#1/id_rsa", "lines": {"begin": 7}}
    assert dull["location"]["lines"] == {"begin": 1}


def test_what_is_excused_or_known_is_left_out() -> None:
    excused = replace(SETUID, suppressed=Suppression("meant", "team"))

    assert issues(report(excused, replace(SETUID, known=True))) == []
    assert len(issues(report(replace(SETUID, known=False)))) == 1


def test_a_failed_control_counts_where_no_finding_stands_behind_it() -> None:
    failed = replace(control("4.6", Status.FAIL), findings=())

    (found,) = issues(report(controls=(failed, control("4.7", Status.PASS), control("4.8", Status.WARN))))

    assert found["check_name"] == "4.6"
    assert len(issues(report(SETUID, controls=(control("4.8", Status.FAIL),)))) in (1, 2)


def test_the_statuses_that_fail_are_those_asked_for() -> None:
    warned = replace(control("4.6", Status.WARN), findings=())

    assert issues(report(controls=(warned,))) == []
    assert len(issues(report(controls=(warned,)), style=Style(failing=frozenset({"WARN"})))) == 1


def test_what_was_not_read_is_an_issue() -> None:
    assert [item["check_name"] for item in issues(report(problems=(ERROR,)))] == ["incomplete"]
    unread = Style(unread=(Unread("b.tar", "no image"),))
    assert [item["description"] for item in issues(report(), style=unread)] == ["no image"]


def test_fingerprints_are_unique_also_for_several_images() -> None:
    other = replace(EVERYTHING, image=replace(EVERYTHING.image, image_id="sha256:" + "9" * 64))
    prints = [item["fingerprint"] for item in issues(EVERYTHING, other)]

    assert len(set(prints)) == len(prints)
    assert [item["fingerprint"] for item in issues(EVERYTHING)] == [item["fingerprint"] for item in issues(EVERYTHING)]
