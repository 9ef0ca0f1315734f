"""How long matches can be, from the expression alone."""

from __future__ import annotations

import pytest

from imgscan.matching.pattern_width import UNBOUNDED, width


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abc", (3, 3)),
        (r"a{2,5}[^\n]?", (2, 6)),
        (r"\bkey(?:=|: )\w{4}$", (8, 9)),
        ("a+", (1, UNBOUNDED)),
    ],
)
def test_the_least_and_the_max_bytes_of_a_match(expression: str, expected: tuple[int, int]) -> None:
    assert width(expression) == expected


def test_what_the_parser_does_not_read_may_be_of_any_length() -> None:
    assert width("(a") == (0, UNBOUNDED)
