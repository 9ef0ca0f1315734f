"""Many expressions at once, by hyperscan and by what stands in for it."""

from __future__ import annotations

import pytest

from imgscan.matching import multipattern
from imgscan.matching.multipattern import Expression, Scan, compile_patterns, literal


def scans(expressions: tuple[Expression, ...]) -> list[Scan]:
    """Return the scans of both engines."""
    return [compile_patterns(expressions).new_scan(), multipattern._re_scan(expressions)()]


@pytest.mark.parametrize("text", [b"a.c", b"\0[\0", b"\xff(", b"x{2}\n", b"\\d"])
def test_a_literal_is_found_as_it_stands(text: bytes) -> None:
    for scan in scans((literal(text),)):
        assert scan(b"ab" + text + b"cd") == [(2 + len(text), 0)]


def test_a_literal_is_found_in_no_other_case() -> None:
    for scan in scans((literal(b"Key"),)):
        assert scan(b"key KEY") == []


def test_every_hit_is_given_unless_one_is_enough() -> None:
    for scan in scans((literal(b"key"), literal(b"key", once=True))):
        assert sorted(scan(b"key key")) == [(3, 0), (3, 1), (7, 0)]


def test_one_is_enough_in_each_scan() -> None:
    for scan in scans((literal(b"key", once=True),)):
        assert scan(b"key key") == scan(b"key") == [(3, 0)]
