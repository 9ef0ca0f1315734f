"""Which bytes matches are made of, from the expression alone."""

from __future__ import annotations

import pytest

from imgscan.matching.pattern_bytes import inner_bytes


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"\b(ab[0-9]{2,}c)\b", b"0123456789ABCabc"),
        (r"(?:^|[^x])(a[b.]+a)(?:[^x]|$)", b".ABab"),  # what stands around is no part of the inside
        (r"(?i)xy+z", b"Yy"),
        (r"(?i:x)yyz", b"Yy"),
        ("ab", b""),
        ("", b""),
    ],
)
def test_the_bytes_between_the_first_and_the_last_of_a_match(expression: str, expected: bytes) -> None:
    found = inner_bytes(expression)

    assert bytes(code for code in found if code < 128) == expected
    assert set(range(128, 256)) <= set(found)  # bytes of wider characters count as parts


@pytest.mark.parametrize("expression", [r"x[^\n]y", r"x\S+y", "x.y"])
def test_a_match_within_a_line_holds_no_line_end(expression: str) -> None:
    assert 10 not in inner_bytes(expression)


@pytest.mark.parametrize("expression", [r"x\sy", r"x[^a]y", "(a", r"(a)\1xx", "xa(?=b)cc"])
def test_what_may_hold_any_byte_or_is_not_read_tells_no_bound(expression: str) -> None:
    assert 10 in inner_bytes(expression)
