"""How long a match of an expression can be."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # not in the stubs; the one parser of the dialect at hand

_UNBOUNDED = 1 << 16


@lru_cache(maxsize=4096)
def greatest_width(expression: str) -> int | None:
    """Return the most bytes that a match of ``expression`` has; None where there is no bound, or none that is known."""
    try:
        width: int = _parser.parse(expression.encode()).getwidth()[1]
    except (re.error, RecursionError, OverflowError):
        return None  # of the other dialect
    return width if width < _UNBOUNDED else None
