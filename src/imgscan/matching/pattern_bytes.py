"""Which bytes the matches of an expression are made of: across any other byte no match reaches."""

from __future__ import annotations

import re
from functools import lru_cache
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # as in pattern_width.py
from typing import Any

_EVERY = bytes(range(256))
# Of characters beyond ASCII: an engine that reads UTF-8 takes their bytes together.
_WIDE = frozenset(range(128, 256))
_ONE = (_constants.NOT_LITERAL, _constants.IN, _constants.ANY)
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


@lru_cache(maxsize=4096)
def inner_bytes(expression: str) -> bytes:
    """Return the bytes that a match of ``expression`` may hold between its first and its last one.

    These two may be others: what must stand around a secret is often part of the match. All bytes for expressions of
    the dialect that Python's parser does not read.
    """
    try:
        tree = _parser.parse(expression.encode())
        items = [item for item in tree if item[0] is not _constants.AT]
        for edge in (0, -1):
            if items and _parser.SubPattern(tree.state, [items[edge]]).getwidth()[1] <= 1:
                del items[edge]
        held = bytes(_WIDE | _held(items, tree.state))
        return bytes(sorted({*held, *held.swapcase()}))  # whatever ignores case, and where
    except (re.error, RecursionError, OverflowError):
        return _EVERY


def _held(items: Any, state: Any) -> frozenset[int]:
    result: frozenset[int] = frozenset()
    for operation, argument in items:
        if operation is _constants.LITERAL:
            result |= {argument}
        elif operation in _ONE:
            one = _compiler.compile(_parser.SubPattern(state, [(operation, argument)]))
            result |= frozenset(match.start() for match in one.finditer(_EVERY))
        elif operation is _constants.SUBPATTERN or operation in _REPEATS:
            result |= _held(argument[-1], state)
        elif operation is _constants.BRANCH:
            result = result.union(*(_held(branch, state) for branch in argument[1]))
        elif operation is not _constants.AT:
            return frozenset(_EVERY)
    return result
