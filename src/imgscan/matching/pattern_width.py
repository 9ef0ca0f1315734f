"""How long the matches of an expression can be."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # not in the stubs; the one parser of the dialect at hand

UNBOUNDED = sys.maxsize
"""More than any match has."""


@lru_cache(maxsize=4096)
def width(expression: str) -> tuple[int, int]:
    """Return the least and the most bytes that a match of ``expression`` has.

    What cannot be told is taken as 0 and ``UNBOUNDED``: expressions of the dialect that Python's parser does not read.
    """
    try:
        least, longest = _parser.parse(expression.encode()).getwidth()
    except (re.error, RecursionError, OverflowError):
        return 0, UNBOUNDED
    return least, min(longest, UNBOUNDED)
