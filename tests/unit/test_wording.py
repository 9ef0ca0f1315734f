"""Numbers, lists and values as people write them."""

from __future__ import annotations

import pytest

from imgscan.wording import counted, quoted


@pytest.mark.parametrize(
    ("value", "shown"), [("1000", "1000"), (" 1000", '" 1000"'), ("app ", '"app "'), ("a b", '"a b"'), ("", '""')]
)
def test_a_value_is_quoted_where_its_blanks_would_not_be_seen(value: str, shown: str) -> None:
    assert quoted(value) == shown


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [(1, "entry", "1 entry"), (2, "entry", "2 entries"), (0, "file", "0 files"), (2, "directory", "2 directories")],
)
def test_a_noun_agrees_with_its_number(count: int, noun: str, text: str) -> None:
    assert counted(count, noun) == text
