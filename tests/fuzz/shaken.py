"""JSON documents shaken: their readers give no hint to a fuzzer, which would not get past the first quotation mark."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

Fuzzed: TypeAlias = tuple[Callable[[bytes], object], tuple[bytes, ...]]
"""What takes the bytes, and bytes to begin with."""

_VALUES: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    1 << 70,
    1.5,
    "",
    "x",
    "0",
    "1.0",
    "pkg:npm/a@1",
    "*",
    "\ud83d\ude00",
    [],
    {},
    [[]],
    [{}],
    {"": 0},
)


def shaken(documents: Sequence[object], data: bytes) -> object:
    """Return one of some documents with values changed, swapped, repeated and left out, as the bytes decide."""
    choices = iter(data)

    def chosen(count: int) -> int:
        return (next(choices, 0) << 8 | next(choices, 0)) % count

    result: object = copy.deepcopy(documents[chosen(len(documents))])
    for _ in range(len(data) // 8 + 1):
        places = list(_places(result))
        if not places:
            return _VALUES[chosen(len(_VALUES))]
        (holder, key), (other, other_key) = (places[chosen(len(places))] for _ in range(2))
        match chosen(5):
            case 0:
                holder[key] = copy.deepcopy(_VALUES[chosen(len(_VALUES))])
            case 1:
                del holder[key]
            case 2:
                holder[key] = copy.deepcopy(other[other_key])
            case 3:
                holder[key] = [copy.deepcopy(holder[key]) for _ in range(chosen(4))]
            case _:
                holder[key] = bytes(next(choices, 0) for _ in range(8)).decode("latin-1")
    return result


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield each list or mapping of a document with each index or key of it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield value, key
        yield from _places(item)


def of_shaken(run: Callable[[bytes], object], *documents: object) -> Fuzzed:
    """Return what reads documents with some changed, and bytes that change them."""
    return lambda data: run(json.dumps(shaken(documents, data)).encode()), (b"", bytes(range(64)))
