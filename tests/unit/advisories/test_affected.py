"""The evaluation of OSV's schema, on its own examples and on what it warns of."""

from __future__ import annotations

import pytest

from imgscan.advisories.affected import fixed_in, is_affected
from imgscan.advisories.order import UnorderedError
from imgscan.advisories.record import Event, Statement


def statement(*ranges: tuple[Event, ...], versions: tuple[str, ...] = (), ecosystem: str = "npm") -> Statement:
    return Statement(ecosystem=ecosystem, release="", package="p", rating="HIGH", ranges=ranges, versions=versions)


INTRODUCED = Event(introduced="0")


@pytest.mark.parametrize(("version", "affected"), [("0.0.1", True), ("1.9.9", True), ("2.0.0", False)])
def test_what_is_below_the_fix_is_affected(version: str, affected: bool) -> None:
    assert is_affected(statement((INTRODUCED, Event(fixed="2.0.0"))), version) is affected


@pytest.mark.parametrize(("version", "affected"), [("1.0.0", False), ("1.4.0", True), ("1.4.1", False)])
def test_the_last_affected_version_is_affected_itself(version: str, affected: bool) -> None:
    assert is_affected(statement((Event(introduced="1.0.1"), Event(last_affected="1.4.0"))), version) is affected


@pytest.mark.parametrize(
    ("version", "affected"), [("1.1.0", True), ("1.2.0", False), ("1.9.0", False), ("2.0.0", True), ("2.3.0", False)]
)
def test_a_vulnerability_may_come_again(version: str, affected: bool) -> None:
    events = (Event(fixed="2.3.0"), Event(introduced="2.0.0"), Event(fixed="1.2.0"), INTRODUCED)

    assert is_affected(statement(events), version) is affected


def test_any_of_several_ranges_counts() -> None:
    given = statement((INTRODUCED, Event(fixed="1.2.0")), (Event(introduced="2.0.0"), Event(fixed="2.1.0")))

    assert [is_affected(given, version) for version in ("1.0.0", "1.5.0", "2.0.5")] == [True, False, True]


def test_an_enumerated_version_is_affected_whatever_the_ranges_say() -> None:
    given = statement((INTRODUCED, Event(fixed="1.0.0")), versions=("7.7",))

    assert is_affected(given, "7.7")
    assert not is_affected(given, "7.8")


@pytest.mark.parametrize(("version", "affected"), [("1.5.0", True), ("2.5.0", False)])
def test_nothing_from_the_limit_on_is_affected(version: str, affected: bool) -> None:
    assert is_affected(statement((INTRODUCED, Event(limit="2.0.0"))), version) is affected
    assert is_affected(statement((INTRODUCED, Event(limit="*"))), version)


def test_what_is_said_of_every_version_is_said_of_a_text_that_is_none() -> None:
    assert is_affected(statement((INTRODUCED,)), "unreleased")


def test_a_version_introduced_and_fixed_nowhere_else_is_affected() -> None:
    assert is_affected(statement((INTRODUCED,)), "99.0.0")
    assert not is_affected(statement(), "99.0.0")


def test_what_is_no_version_cannot_be_decided() -> None:
    with pytest.raises(UnorderedError):
        is_affected(statement((INTRODUCED, Event(fixed="1.0.0"))), "unreleased")


def test_the_fix_is_the_next_one_above_the_version() -> None:
    given = statement((INTRODUCED, Event(fixed="1.2.0")), (Event(introduced="2.0.0"), Event(fixed="2.1.0")))

    assert fixed_in([given], "1.0.0") == "1.2.0"
    assert fixed_in([given], "2.0.0") == "2.1.0"
    assert fixed_in([statement((INTRODUCED,))], "1.0.0") == ""


def test_of_several_advisories_the_fix_that_mends_them_all_counts() -> None:
    one, other = statement((INTRODUCED, Event(fixed="1.2.0"))), statement((INTRODUCED, Event(fixed="1.10.0")))

    assert fixed_in([one, other], "1.0.0") == "1.10.0"
