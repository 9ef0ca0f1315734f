from __future__ import annotations

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.text_lines import bounded_lines, split_lines

MILLION = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a",
        "a\n\nb\r\n",
        "x" * MILLION + "\n",
        "x" * MILLION + "\n\n" + "y" * MILLION + "\nz",
        "ab\n" * MILLION,
        "x" * (3 * MILLION),
    ],
)
def test_the_lines_are_those_of_split(text: str) -> None:
    assert list(split_lines(text)) == text.split("\n")


def test_as_many_lines_as_the_bound_are_given() -> None:
    assert list(bounded_lines("a\nb\n", 2, "a record")) == ["a", "b", ""]


def test_of_more_lines_than_the_bound_none_is_given() -> None:
    with pytest.raises(PackageDataError, match="a record of more than 1 lines"):
        next(bounded_lines("a\nb\n", 1, "a record"))
