"""Maven's order of versions, which has lists in lists and cannot be a plain tuple.

Source: Maven, "POM Reference", Version Order Specification, and ComparableVersion of maven-artifact 3.8, whose answers
these are on what the specification leaves open (empty parts, words that are glued together).
"""

from __future__ import annotations

from functools import cmp_to_key
from itertools import zip_longest
from typing import Any, TypeAlias

_Item: TypeAlias = "int | str | list[_Item]"
_QUALIFIERS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_ALIASES = {"ga": "", "final": "", "release": "", "cr": "rc"}
_BEFORE_A_NUMBER = {"a": "alpha", "b": "beta", "m": "milestone"}
_MAX_DEPTH = 100
"""Lists in lists; the comparison calls itself for each."""
_RELEASE = str(_QUALIFIERS.index(""))


def maven_key(version: str) -> Any:
    """Return what orders a Maven version.

    Every text is a version to Maven.

    Raises:
        ValueError: it changes between digits, letters and hyphens more than a hundred times.
    """
    return cmp_to_key(_compared)(_parsed(version.lower()))


def _parsed(version: str) -> _Item:
    """Return the version as items; a hyphen, and a change between digits and letters, begin a list in the list."""
    current: list[_Item] = []
    lists = [current]
    start, digits = 0, False
    for index, character in enumerate(version):
        if character in ".-":
            current.append(0 if index == start else _item(version[start:index], digits))
            start = index + 1
            if character == "-":
                current = _deeper(lists)
        elif ("0" <= character <= "9") != digits:
            if index > start:
                if not digits and current:
                    current = _deeper(lists)  # ".x1" is "-x1"
                current.append(_item(version[start:index], digits, before_number=not digits))
                start = index
                current = _deeper(lists)
            digits = not digits
    if len(version) > start:
        if not digits and current:
            current = _deeper(lists)
        current.append(_item(version[start:], digits))
    if len(lists) > _MAX_DEPTH:
        raise ValueError(version)
    for part in reversed(lists):
        _normalize(part)
    return lists[0]


def _deeper(lists: list[list[_Item]]) -> list[_Item]:
    result: list[_Item] = []
    lists[-1].append(result)
    lists.append(result)
    return result


def _item(text: str, digits: bool, *, before_number: bool = False) -> int | str:
    """Return a number, or what orders a word: words that Maven knows by their place, all others behind these."""
    if digits:
        return int(text)
    if before_number:
        text = _BEFORE_A_NUMBER.get(text, text)
    text = _ALIASES.get(text, text)
    return str(_QUALIFIERS.index(text)) if text in _QUALIFIERS else f"{len(_QUALIFIERS)}-{text}"


def _normalize(items: list[_Item]) -> None:
    """Take out what says nothing at the end: ``1.0.0`` is ``1``, ``1-ga`` is ``1``."""
    for index in range(len(items) - 1, -1, -1):
        if items[index] in (0, _RELEASE, []):
            del items[index]
        elif not isinstance(items[index], list):
            return


def _compared(one: _Item | None, other: _Item | None) -> int:
    if one is None:
        return 0 if other is None else -_compared(other, None)
    if isinstance(one, list):
        if isinstance(other, list) or other is None:
            pairs = zip_longest(one, other or ())
            return next((order for left, right in pairs if (order := _compared(left, right))), 0)
        return -1 if isinstance(other, int) else 1
    if isinstance(one, int):
        return _sign(one, 0 if other is None else other) if isinstance(other, int | None) else 1
    if isinstance(other, str | None):
        return _sign(one, _RELEASE if other is None else other)
    return -1


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)
