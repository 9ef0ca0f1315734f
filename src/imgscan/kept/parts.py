"""The form in which a layer's facts are kept: what its tar says, and apart from it what each unit of observers said.

A unit is an observer, or all that have patterns together: their hits share one budget. So a scan with other rules, or
with one analyzer more, takes the rest as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from imgscan.formats.compact import compacted, expanded
from imgscan.kept.texts import read_back, read_list, written
from imgscan.model.entry import Entry
from imgscan.model.fact import Fact, OutsideFact, Region
from imgscan.model.observer import Observer
from imgscan.model.problem import Problem

_T = TypeVar("_T")
_MAGIC = b"imgscan facts 1\n"
_DIGEST = 32
_MAX_BYTES = 1 << 30
"""Bytes that one part of a record may grow to: the facts of the largest layers that are read take a tenth."""


class Skeleton(msgspec.Struct, frozen=True, kw_only=True):
    """What of a layer's facts does not depend on observers."""

    digest: str
    diff_id: str
    compression: str
    stored_bytes: int
    uncompressed_bytes: int
    entries: list[Entry]
    problems: tuple[Problem, ...]
    sha256: list[str | None] | None
    loadable: bool
    sparse: frozenset[int]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one observer, data of one type together: that is read back four times as fast as one by one.

    ``kinds`` say of each fact which of the ``types`` (and of the ``data``) it is of, in order.
    """

    observer: str
    entries: list[int]
    kinds: list[int]
    types: list[str]
    data: list[bytes]
    paths: list[str | None] | None = None
    """Names that links give the contents, where these are what was observed."""
    regions: list[Region] | None = None
    """Of facts on bytes that are no content; their ``entries`` are -1 for none."""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What a unit of observers said of a layer, and what that cost.

    ``survey`` numbers the readings that the units of a record come from, ``fact_bytes`` and ``unpacked`` are all of
    that reading, ``weight`` are the unit's bytes of facts.
    """

    survey: int
    fact_bytes: int
    unpacked: int
    weight: int
    hits: int
    facts_taken: dict[str, int]
    matched_bytes: int
    digests: dict[int, dict[str, str]]
    facts: list[Column]
    outside: list[Column]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of a layer: parts that are unpacked only where they are asked for."""

    skeleton: bytes
    units: dict[str, bytes]


def sealed(key: str, value: object) -> bytes:
    """Return a value as it is kept under ``key``: whatever is changed in it, or put under another key, shows."""
    body = written(value)
    return _MAGIC + _seal(key, body) + body


def unsealed(key: str, data: bytes | None, kind: type[_T]) -> _T | None:
    """Return what is kept under ``key``; None where there is nothing, or where it is damaged or another key's."""
    if data is None or not data.startswith(_MAGIC):
        return None
    body = data[len(_MAGIC) + _DIGEST :]
    if _seal(key, body) != data[len(_MAGIC) : len(_MAGIC) + _DIGEST]:
        return None
    try:
        return read_back(body, kind)
    except ValueError:
        return None


def _seal(key: str, body: bytes) -> bytes:
    made = hashlib.sha256(key.encode())
    made.update(body)
    return made.digest()


def packed(part: bytes) -> bytes:
    """Return a written part of a record as it is kept."""
    return compacted(part)


def unpacked(data: bytes, kind: type[_T]) -> _T:
    """Return a part of a record.

    Raises:
        ValueError: it is none.
    """
    return read_back(expanded(data, _MAX_BYTES), kind)


def column_of(observer: str, facts: Sequence[Fact]) -> Column:
    """Return an observer's facts as they are kept.

    Raises:
        TypeError, ValueError, OverflowError: they cannot be written.
    """
    kinds, types, data = _columns([fact.data for fact in facts])
    paths = [fact.path for fact in facts] if any(fact.path is not None for fact in facts) else None
    return Column(
        observer=observer, entries=[fact.entry for fact in facts], kinds=kinds, types=types, data=data, paths=paths
    )


def outside_column_of(observer: str, facts: Sequence[OutsideFact]) -> Column:
    """Return an observer's facts on what is no content, as ``column_of``."""
    kinds, types, data = _columns([fact.data for fact in facts])
    entries = [-1 if fact.entry is None else fact.entry for fact in facts]
    regions = [fact.region for fact in facts]
    return Column(observer=observer, entries=entries, kinds=kinds, types=types, data=data, regions=regions)


def _columns(items: Sequence[object]) -> tuple[list[int], list[str], list[bytes]]:
    by_type: dict[type, list[object]] = {}
    numbers: dict[type, int] = {}
    kinds = []
    for item in items:
        kind = type(item)
        kinds.append(numbers.setdefault(kind, len(numbers)))
        by_type.setdefault(kind, []).append(item)
    return kinds, [_name_of(kind) for kind in by_type], [written(group) for group in by_type.values()]


def facts_in(column: Column, observer: Observer, entries: int) -> list[Fact]:
    """Return the facts of an observer on a layer of so many entries.

    Raises:
        ValueError: they are not such facts.
    """
    data = _data_in(column, observer)
    if not all(0 <= entry < entries for entry in column.entries):
        raise ValueError("a fact on an entry that is not there")
    name = observer.id
    if column.paths is not None:
        rows = zip(column.entries, data, column.paths, strict=True)
        return [Fact(name, entry, item, path) for entry, item, path in rows]
    return [Fact(name, entry, item) for entry, item in zip(column.entries, data, strict=True)]


def outside_facts_in(column: Column, observer: Observer, entries: int) -> list[OutsideFact]:
    """Return the facts of an observer on what is no content, as ``facts_in``."""
    data = _data_in(column, observer)
    if not all(-1 <= entry < entries for entry in column.entries):
        raise ValueError("a fact on an entry that is not there")
    rows = zip(column.regions or [], column.entries, data, strict=True)
    return [OutsideFact(region, None if entry < 0 else entry, item) for region, entry, item in rows]


def _data_in(column: Column, observer: Observer) -> list[object]:
    known = _types_of(observer)
    try:
        groups: list[list[object]] = [
            read_list(data, known[name]) for name, data in zip(column.types, column.data, strict=True)
        ]
        following = [iter(group) for group in groups]
        result = [next(following[kind]) for kind in column.kinds]
    except (KeyError, IndexError, StopIteration) as error:
        raise ValueError(f"no such facts: {error}") from None
    if len(result) != sum(map(len, groups)):
        raise ValueError("facts without an entry")
    return result


def _types_of(observer: Observer) -> dict[str, type]:
    """Return the types that an observer's facts may have, by name: nothing else is made of what a store says."""
    result: dict[str, type] = {_name_of(dict): dict}
    waiting = [getattr(observer, "fact", dict)]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            result[_name_of(kind)] = kind
            waiting += kind.__subclasses__()
    return result


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
