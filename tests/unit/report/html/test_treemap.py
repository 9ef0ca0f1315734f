from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.report.html.treemap import Box, squarify


def test_one_size_takes_the_room() -> None:
    assert squarify([7], Box(1, 2, 30, 40)) == [Box(1, 2, 30, 40)]


def test_no_sizes_take_nothing() -> None:
    assert squarify([], Box(0, 0, 1, 1)) == []


def test_the_example_of_the_paper() -> None:
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))

    assert boxes[:2] == [Box(0, 0, 3, 2), Box(0, 2, 3, 2)]
    assert boxes[2] == pytest.approx(Box(3, 0, 12 / 7, 7 / 3))


@given(
    st.lists(st.integers(1, 1 << 66), min_size=1, max_size=60).map(lambda sizes: sorted(sizes, reverse=True)),
    st.floats(1, 2000),
    st.floats(1, 2000),
)
def test_areas_are_in_proportion_and_inside_the_room(sizes: list[int], width: float, height: float) -> None:
    boxes = squarify(sizes, Box(0, 0, width, height))
    whole = width * height

    assert len(boxes) == len(sizes)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.width * box.height == pytest.approx(whole * size / sum(sizes), rel=1e-3, abs=1e-3 * whole)
        assert -1e-6 <= box.x <= box.x + box.width <= width * (1 + 1e-6) + 1e-6
        assert -1e-6 <= box.y <= box.y + box.height <= height * (1 + 1e-6) + 1e-6
