from __future__ import annotations

import pytest

from imgscan.cis.checklist import CHECKS
from imgscan.cis.editions import DEFAULT, EDITIONS, edition_of
from imgscan.cis.evaluate import BENCHMARK
from imgscan.errors import UsageError
from imgscan.model.control import Status
from imgscan.model.options import ScanOptions


@pytest.mark.parametrize(
    ("number", "older"),
    [
        ("4.1", "4.1"),
        ("4.11", "4.11"),
        ("4.12", ""),
        ("5.1", "7.1"),
        ("5.2", "5.1"),
        ("5.17", "5.16"),
        ("5.32", "5.31"),
    ],
)
def test_the_older_edition_counts_section_5_from_apparmor_on(number: str, older: str) -> None:
    assert edition_of("1.2.0").number(number) == older
    assert edition_of("1.6.0").number(number) == number


@pytest.mark.parametrize("version", EDITIONS)
def test_no_number_is_given_twice(version: str) -> None:
    numbers = [number for item in BENCHMARK if (number := edition_of(version).number(item.id))]

    assert len(set(numbers)) == len(numbers) > 40


def test_the_default_is_that_of_the_options() -> None:
    assert ScanOptions().edition == DEFAULT
    assert edition_of(DEFAULT).name == "CIS Docker 1.6.0"


def test_another_edition_is_refused() -> None:
    with pytest.raises(UsageError, match="there are"):
        edition_of("")


def test_every_control_says_what_gives_each_status() -> None:
    for item in (*BENCHMARK, *CHECKS):
        assert item.title
        assert item.gives
        assert all(isinstance(status, Status) and text for status, text in item.gives.items())
