"""The Maven group of well-known artifacts, by the table that lies beside this module."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from imgscan.formats.toml import parse_toml

_LEADING = re.compile(r"\d+(?:\.\d+)*")
_Bounds = tuple[tuple[str, str], ...]
"""Groups, each with the version that ends its time; an empty one never does."""


def known_group(artifact: str, version: str = "") -> str:
    """Return the group of an artifact, empty for one that the table does not have."""
    exact, beginnings = _table()
    bounds = exact.get(artifact)
    if bounds is None:
        cut = max((length for length in range(len(artifact), 2, -1) if artifact[:length] in beginnings), default=0)
        bounds = beginnings.get(artifact[:cut], ())
    return next((group for group, before in bounds if not before or _is_before(version, before)), "")


def _is_before(version: str, bound: str) -> bool:
    return bool(version) and _numbers(version) < _numbers(bound)


def _numbers(version: str) -> tuple[int, ...]:
    match = _LEADING.match(version)
    return tuple(int(part) for part in match[0][:50].split(".")) if match else ()


@cache
def _table() -> tuple[dict[str, _Bounds], dict[str, _Bounds]]:
    """Return the groups by whole name and by beginning; those with a bound first, the lowest before the others."""
    text = files("imgscan.formats.packages.java").joinpath("groups.toml").read_text("utf-8")
    exact: dict[str, _Bounds] = {}
    beginnings: dict[str, _Bounds] = {}
    for group, artifacts in parse_toml(text)["groups"].items():
        for word in artifacts.split():
            name, _, before = word.partition("<")
            table = beginnings if name.endswith("*") else exact
            name = name.removesuffix("*")
            table[name] = tuple(sorted((*table.get(name, ()), (group, before)), key=lambda item: _order(item[1])))
    return exact, beginnings


def _order(before: str) -> tuple[bool, tuple[int, ...]]:
    return not before, _numbers(before)
