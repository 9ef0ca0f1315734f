"""What lies between contents is blanked, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.survey.spans import Span, blank_between


def span(start: int, stop: int) -> Span:
    return Span(start, stop, 0, start, frozenset(), small=True, lines=True)


@given(st.lists(st.integers(0, 5000), unique=True, max_size=8).map(sorted), st.integers(0, 3000), st.integers(0, 2500))
def test_contents_stay_and_what_lies_between_becomes_zeros_between_newlines(
    edges: list[int], base: int, size: int
) -> None:
    spans = [span(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=False)]
    spans = [item for item in spans if item.start < base + size and item.stop > base]
    buffer = bytearray(b"x" * size)

    blank_between(memoryview(buffer), spans, base)

    inside = {at for item in spans for at in range(item.start, item.stop)}
    for at in range(size):
        place = base + at
        edge = at == 0 or at == size - 1 or place - 1 in inside or place + 1 in inside
        assert buffer[at] == (ord("x") if place in inside else ord("\n") if edge else 0)


@pytest.mark.parametrize("length", [1, 2, 3, 1023, 1024, 1025, 5000])
def test_a_gap_of_any_length_is_blanked(length: int) -> None:
    buffer = bytearray(b"x" * (length + 2))

    blank_between(memoryview(buffer), [span(0, 1), span(length + 1, length + 2)], 0)

    assert bytes(buffer) == b"x" + (b"\n" + bytes(max(length - 2, 0)) + b"\n")[:length] + b"x"
