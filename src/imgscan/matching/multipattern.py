"""Many expressions searched for at once in bytes. hyperscan is wrapped here; without it ``re`` finds the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

SLOW = "re"
"""The engine that stands in for hyperscan."""

Hit: TypeAlias = tuple[int, int]
"""Where a match ends in the data, and the expression's number."""

Scan: TypeAlias = Callable[[bytes | bytearray | memoryview], list[Hit]]
"""Finds all expressions in bytes; one for each thread."""


class Expression(NamedTuple):
    """One expression in the dialect that RE2 and Hyperscan share, on bytes; ``^`` and ``$`` match at lines' ends."""

    text: str
    ignore_case: bool = False
    once: bool = False
    """Whether it is enough to know that it is there: one hit then, wherever."""


def literal(text: bytes, once: bool = False) -> Expression:
    """Return the expression of these bytes and no others."""
    return Expression("".join(f"\\x{byte:02x}" for byte in text), once=once)


class MultiPattern:
    """A set of expressions, compiled; ``engine`` says by what."""

    def __init__(self, new_scan: Callable[[], Scan], engine: str, database: Any = None) -> None:
        self.new_scan = new_scan
        self.engine = engine
        self._database = database

    def serialized(self) -> bytes | None:
        """Return the compiled form to keep, None where there is none; it fits one library and one processor."""
        if self._database is None:
            return None
        import hyperscan

        data: bytes = hyperscan.dumpb(self._database)
        return data


Compiler: TypeAlias = Callable[[tuple[Expression, ...]], MultiPattern]
"""Compiles a set, or finds it compiled; raises ValueError as ``compile_patterns``."""


def engine_version() -> str:
    """Return the name and version of what compiles: part of the key of a kept form."""
    try:
        import hyperscan
    except ImportError:
        return SLOW
    return f"hyperscan {hyperscan.__version__}"  # type: ignore[attr-defined]  # not in its stubs


@lru_cache(maxsize=4)
def compile_patterns(expressions: tuple[Expression, ...]) -> MultiPattern:
    """Return the compiled set.

    Raises:
        ValueError: an expression is malformed or too large; the message does not name it.
    """
    try:
        import hyperscan
    except ImportError:  # no wheel for this platform
        return MultiPattern(_re_scan(expressions), SLOW)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[item.text.encode() for item in expressions],
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[
                hyperscan.HS_FLAG_MULTILINE
                | (hyperscan.HS_FLAG_CASELESS if item.ignore_case else 0)
                | (hyperscan.HS_FLAG_SINGLEMATCH if item.once else 0)
                for item in expressions
            ],
        )
    except hyperscan.error as error:
        raise ValueError(str(error)) from error
    return MultiPattern(_hyperscan(database), "hyperscan", database)


def load_patterns(serialized: bytes) -> MultiPattern | None:
    """Return what ``serialized`` holds, None when it does not fit this library or is damaged."""
    try:
        import hyperscan
    except ImportError:
        return None
    try:
        database = hyperscan.loadb(serialized, mode=hyperscan.HS_MODE_BLOCK)
    except Exception:  # noqa: BLE001 (foreign code on a foreign file: whatever it says, compile again)
        return None
    return MultiPattern(_hyperscan(database), "hyperscan", database)


def _hyperscan(database: Any) -> Callable[[], Scan]:
    def new_scan() -> Scan:
        import hyperscan

        scratch = hyperscan.Scratch(database)
        database.scratch = database.scratch or scratch

        def scan(data: bytes | bytearray | memoryview) -> list[Hit]:
            hits: list[Hit] = []

            # The callback is held by a name: the library keeps no reference to it.
            def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
                hits.append((end, number))

            database.scan(data, match_event_handler=hit, scratch=scratch)
            return hits

        return scan

    return new_scan


def _re_scan(expressions: Sequence[Expression]) -> Callable[[], Scan]:
    try:
        compiled = [
            re.compile(item.text.encode(), re.MULTILINE | (re.IGNORECASE if item.ignore_case else 0))
            for item in expressions
        ]
    except re.error as error:
        raise ValueError(str(error)) from error

    def scan(data: bytes | bytearray | memoryview) -> list[Hit]:
        hits = []
        for number, item in enumerate(compiled):
            at = 0
            # As Hyperscan does, a match may begin inside the one before.
            while match := item.search(data, at):
                hits.append((match.end(), number))
                at = match.start() + 1
                if expressions[number].once:
                    break
        return hits

    return lambda: scan
