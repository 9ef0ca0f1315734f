"""Squarified treemaps: sizes to rectangles whose areas are in proportion, as near to squares as they go.

Source: Bruls, Huizing, van Wijk, "Squarified Treemaps" (2000): a row takes the next largest as long as that makes its
worst rectangle no longer and thinner.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: its left upper corner, width and height, in any unit."""

    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[int], room: Box) -> list[Box]:
    """Return one rectangle for each size, together exactly ``room``; the sizes positive, the largest first."""
    if not sizes:
        return []
    scale = room.width * room.height / sum(sizes)
    areas = [size * scale for size in sizes]
    boxes: list[Box] = []
    start = 0
    while start < len(areas):
        if room.width <= 0 or room.height <= 0:  # rounding left nothing for the smallest
            return boxes + [Box(room.x, room.y, 0, 0)] * (len(areas) - start)
        side = min(room.width, room.height)
        end, row = start + 1, areas[start]
        worst = _worst(areas[start], areas[start], row, side)
        while end < len(areas):
            wider = row + areas[end]
            ratio = _worst(areas[start], areas[end], wider, side)
            if ratio > worst:
                break
            end, row, worst = end + 1, wider, ratio
        placed, room = _row(areas[start:end], row, room)
        boxes += placed
        start = end
    return boxes


def _worst(largest: float, smallest: float, row: float, side: float) -> float:
    """Return the worst ratio of sides in a row of that area along ``side``."""
    if not smallest or not side:
        return float("inf")
    return max(side * side * largest / (row * row), row * row / (side * side * smallest))


def _row(areas: Sequence[float], row: float, room: Box) -> tuple[list[Box], Box]:
    """Return the rectangles of a row along the shorter side of ``room``, and what is left of it."""
    boxes: list[Box] = []
    if room.width >= room.height:
        width = min(row / room.height, room.width)
        at = room.y
        for area in areas:
            boxes.append(Box(room.x, at, width, area / width if width else 0))
            at += boxes[-1].height
        return boxes, Box(room.x + width, room.y, room.width - width, room.height)
    height = min(row / room.width, room.height)
    at = room.x
    for area in areas:
        boxes.append(Box(at, room.y, area / height if height else 0, height))
        at += boxes[-1].width
    return boxes, Box(room.x, room.y + height, room.width, room.height - height)
