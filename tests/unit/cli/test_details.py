"""What the command line adds to a report: date, fields, the least severity; and which controls fail a build."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from msgspec.structs import replace

from imgscan.cli.details import details_of
from imgscan.cli.failing import failing_of
from imgscan.errors import UsageError
from imgscan.model.control import Status
from imgscan.model.finding import Severity, Suppression

from ..report.text.test_report import FINDING, control, report


def arguments(**more: Any) -> Namespace:
    return Namespace(**{"date": None, "meta": [], "min_severity": None, **more})


def test_without_options_nothing_is_added() -> None:
    made = report(FINDING)

    assert details_of(arguments(), {}).added_to(made) == made


def test_the_date_is_the_option_s_else_that_of_the_environment() -> None:
    epoch = {"SOURCE_DATE_EPOCH": "86400"}

    assert details_of(arguments(), epoch).date == "1970-01-02"
    assert details_of(arguments(date="2026-11-30"), epoch).date == "2026-11-30"


@pytest.mark.parametrize(
    ("more", "environment", "message"),
    [
        ({"date": "30.11.2026"}, {}, "--date takes a day as 2026-11-30, not 30.11.2026"),
        ({}, {"SOURCE_DATE_EPOCH": "soon"}, "SOURCE_DATE_EPOCH takes seconds since 1970, not soon"),
        ({}, {"SOURCE_DATE_EPOCH": "999999999999"}, "SOURCE_DATE_EPOCH takes seconds"),
        ({"meta": ["auditor"]}, {}, "--meta takes KEY=VALUE, not auditor"),
        ({"meta": ["=x"]}, {}, "--meta takes KEY=VALUE"),
    ],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Any], environment: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        details_of(arguments(**more), environment)


def test_findings_below_a_severity_are_left_out_and_counted() -> None:
    low = replace(FINDING, severity=Severity.LOW)

    found = details_of(arguments(min_severity="medium", meta=["ticket=A=1"]), {}).added_to(report(FINDING, low))

    assert found.findings == (FINDING,)
    assert found.selection is not None
    assert (found.selection.least, found.selection.left_out) == (Severity.MEDIUM, 1)
    assert found.details == {"ticket": "A=1"}


@pytest.mark.parametrize(
    ("checks", "statuses", "status", "fails"),
    [
        (("4.8",), (), Status.FAIL, True),
        (("4.8",), (), Status.WARN, False),
        (("4.1",), (), Status.FAIL, False),
        ((), ("warn", "UNKNOWN"), Status.WARN, True),
        ((), ("warn", "UNKNOWN"), Status.FAIL, False),
        (("4.8",), ("unknown",), Status.UNKNOWN, True),
        ((), (), Status.FAIL, False),
    ],
)
def test_a_control_fails_a_build_by_its_name_and_status(
    checks: tuple[str, ...], statuses: tuple[str, ...], status: Status, fails: bool
) -> None:
    failing = failing_of(checks, statuses)

    assert failing.holds(report(controls=(control(status),))) is fails
    assert not failing.holds(report(controls=(control(status, suppressed=Suppression("r", "o")),)))


@pytest.mark.parametrize(
    ("checks", "statuses", "message"),
    [
        (("no-shel",), (), "no control is called no-shel; did you mean no-shell"),
        ((), ("bad",), "--fail-on-status takes fail, warn, unknown, not bad"),
    ],
)
def test_names_that_there_are_not_are_refused(checks: tuple[str, ...], statuses: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        failing_of(checks, statuses)
