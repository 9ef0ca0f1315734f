from __future__ import annotations

from xml.etree import ElementTree as ET

from msgspec.structs import replace

from imgscan.model.control import CHECKLIST, Control, Status
from imgscan.model.finding import Suppression
from imgscan.report.document import Report
from imgscan.report.junit import write
from imgscan.report.writers import Style

from .made import ERROR, EVERYTHING, SETUID, WARNING, control, report
from .schemas import check_junit


def suites(*reports: Report) -> list[ET.Element]:
    data = write(reports, Style(every=len(reports) > 1))
    check_junit(data)
    return list(ET.fromstring(data))


def case(item: Control, *known: bool) -> ET.Element:
    """Return the case of a control; ``known`` marks the finding behind it."""
    findings = [replace(SETUID, known=mark) for mark in known]
    return suites(report(*findings, controls=(item,)))[0].findall("testcase")[0]


def test_each_control_is_a_case_and_the_numbers_are_right() -> None:
    (suite,) = suites(EVERYTHING)

    cases = suite.findall("testcase")
    assert len(cases) == len(EVERYTHING.controls) + 1
    assert cases[0].get("name") == "4.1 Ensure that 4.1 is kept"
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "9",
        "failures": "1",
        "errors": "0",
        "skipped": "3",
    }


def test_a_failed_control_fails_with_reason_evidence_and_remedy() -> None:
    found = case(control("4.1", Status.FAIL)).find("failure")

    assert found is not None
    assert (found.get("type"), found.get("message")) == ("HIGH", "the reason of 4.1")
    assert found.text == "/usr/bin/su in layer 0\nWhat to do: mend 4.1"


def test_a_warning_passes_and_says_so() -> None:
    found = case(control("4.8", Status.WARN))

    assert [child.tag for child in found] == ["system-out"]
    assert (found[0].text or "").startswith("WARN: the reason of 4.8")


def test_what_cannot_be_said_is_skipped_with_its_reason() -> None:
    for status in (Status.NOT_EVALUABLE, Status.UNKNOWN):
        found = case(control("5.1", status)).find("skipped")

        assert found is not None
        assert (found.get("type"), found.get("message")) == (str(status), "the reason of 5.1")


def test_an_accepted_failure_is_skipped_and_names_who_accepted_it() -> None:
    found = case(control("4.1", Status.FAIL, suppressed=Suppression("test image", "ann", "2030-01-01"))).find("skipped")

    assert found is not None
    assert found.get("message") == "accepted by ann, until 2030-01-01: test image"


def test_a_failure_that_the_baseline_knows_is_skipped() -> None:
    known = case(control("4.8", Status.FAIL, SETUID), True)
    new = case(control("4.8", Status.FAIL, SETUID), False)

    assert known.find("failure") is None
    assert known.find("skipped") is not None
    assert new.find("failure") is not None


def test_editions_are_classes() -> None:
    assert case(control("4.1", Status.PASS)).get("classname") == "imgscan.CIS-Docker-1-6-0"
    assert case(control("no-shell", Status.PASS, edition=CHECKLIST)).get("classname") == "imgscan.checklist"


def test_an_image_read_in_part_is_an_error() -> None:
    (suite,) = suites(report(problems=(ERROR, WARNING)))

    found = suite.find("testcase/error")
    assert suite.get("errors") == "1"
    assert found is not None
    assert found.get("message") == "read in part: 1 problem"
    assert "the layer ends early" in (found.text or "")


def test_an_image_read_whole_is_none() -> None:
    (suite,) = suites(report(problems=(WARNING,)))

    assert suite.get("errors") == "0"
    assert "a path of two kinds" in (suite.findtext("testcase/system-out") or "")


def test_long_evidence_is_cut_and_counted() -> None:
    long = replace(control("4.1", Status.FAIL), evidence=tuple(f"line {n}" for n in range(60)))

    assert "line 49\nand 10 more\n" in (case(long).findtext("failure") or "")


def test_what_xml_cannot_hold_is_left_out() -> None:
    found = case(replace(control("4.1", Status.FAIL), reason='a\x00b\x1b[31m\ud800<&"]]>'))

    assert found.find("failure") is not None
    message = found.find("failure").get("message")  # type: ignore[union-attr]  # looked at above
    assert message == 'a\\x00b\\x1b[31m\\xed\\xa0\\x80<&"]]>'


def test_a_suite_an_image() -> None:
    found = suites(report(), report(references=("example.test/b:2",)))

    assert [suite.get("name") for suite in found] == [
        "example.test/app:1 (linux/amd64)",
        "example.test/b:2 (linux/amd64)",
    ]


def test_statuses_that_fail_a_build_fail_their_case() -> None:
    style = Style(failing=frozenset({"FAIL", "WARN"}))

    (suite,) = ET.fromstring(
        write([report(controls=(control("4.8", Status.WARN), control("4.1", Status.FAIL)))], style)
    )

    assert suite.get("failures") == "2"
