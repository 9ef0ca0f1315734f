from __future__ import annotations

import pytest
from msgspec.structs import replace

from imgscan.cli.failing import failing_of
from imgscan.errors import UsageError
from imgscan.model.control import Status
from imgscan.model.finding import Suppression
from tests.unit.report.made import control, report


def test_a_named_check_fails_by_its_own_failure_alone() -> None:
    failing = failing_of(("4.8",), ())

    assert failing.holds(report(controls=(control("4.8", Status.FAIL),)))
    assert not failing.holds(report(controls=(control("4.8", Status.WARN), control("4.1", Status.FAIL))))


def test_a_status_counts_for_all_checks_where_none_is_named() -> None:
    failing = failing_of((), ("warn", "unknown"))

    assert failing.holds(report(controls=(control("4.1", Status.UNKNOWN),)))
    assert not failing.holds(report(controls=(control("4.1", Status.FAIL),)))


def test_without_options_nothing_fails() -> None:
    assert not failing_of((), ()).holds(report(controls=(control("4.1", Status.FAIL),)))


def test_what_an_exception_covers_does_not_fail() -> None:
    excepted = replace(control("4.8", Status.FAIL), suppressed=Suppression("reviewed", "ann"))

    assert not failing_of(("4.8",), ()).holds(report(controls=(excepted,)))


@pytest.mark.parametrize(("checks", "statuses"), [(("4.88",), ()), ((), ("pass",))])
def test_what_is_no_check_or_status_is_refused(checks: tuple[str, ...], statuses: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        failing_of(checks, statuses)
