"""What all decompressors share: how much to put out at a time, how much to take in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

TRAILING = "data after the end of the compressed stream"

_SMALLEST, _DOUBLINGS = 4096, 8


class Window:
    """``bytes`` is the most that a decompressor puts out at a time; made smaller where damage is near."""

    __slots__ = ("bytes",)

    def __init__(self, limit: int) -> None:
        self.bytes = limit


def first_steps() -> Iterator[int]:
    """Yield how much to feed a new member: little at first, then 1 MiB, so that small members leave little over."""
    return chain((_SMALLEST << number for number in range(_DOUBLINGS)), repeat(_SMALLEST << _DOUBLINGS))
