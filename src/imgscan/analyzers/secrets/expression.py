"""The verifier: expressions in the RE2 dialect on bytes. google-re2 is wrapped here; ``re`` stands in for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

# Python's re reads the whole of the shared dialect but these.
_TO_RE = ((b"\\z", b"\\Z"), (b"[[:alnum:]]", b"[0-9A-Za-z]"), (b"[[:word:]]", b"[0-9A-Za-z_]"))


class ExpressionMatch(Protocol):
    """A match of an expression; a group that took no part has no bytes and begins at -1."""

    def group(self, number: int = 0, /) -> bytes | None:
        """Return the bytes of a group."""

    def start(self, number: int = 0, /) -> int:
        """Return where a group begins."""

    def end(self, number: int = 0, /) -> int:
        """Return where a group ends."""

    def span(self, number: int = 0, /) -> tuple[int, int]:
        """Return where a group begins and ends."""


class Expression(Protocol):
    """What the analyzer uses of a compiled expression."""

    groups: int

    def search(self, data: bytes, pos: int = 0) -> ExpressionMatch | None:
        """Return the first match from ``pos`` on."""

    def fullmatch(self, data: bytes) -> ExpressionMatch | None:
        """Return the match of all of ``data``."""

    def finditer(self, data: bytes) -> Iterator[ExpressionMatch]:
        """Yield the matches that do not overlap."""


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Expression:
    """Return ``text`` compiled.

    Raises:
        ValueError: it is no expression of the dialect.
    """
    data = text.encode()
    try:
        import re2
    except ImportError:  # no wheel for this platform: the same findings, slower
        return _compile_re(data)
    options = _options(re2, 32 << 20)
    try:
        compiled: Expression = re2.compile(data, options)
    except re2.error as error:
        raise ValueError(str(error)) from error
    return compiled


@lru_cache(maxsize=16)
def compile_set(texts: tuple[str, ...]) -> Callable[[bytes], list[int]]:
    """Return what tells which of many expressions are found in bytes, by their numbers in order.

    Raises:
        ValueError: one is no expression of the dialect.
    """
    try:
        import re2
    except ImportError:
        compiled = [compile_expression(text) for text in texts]
        return lambda data: [number for number, item in enumerate(compiled) if item.search(data)]
    if not texts:
        return lambda _: []
    options = _options(re2, 64 << 20)
    searched = re2.Set.SearchSet(options)
    try:
        for text in texts:
            searched.Add(text.encode())
        searched.Compile()
    except re2.error as error:
        raise ValueError(str(error)) from error
    return lambda data: sorted(searched.Match(data) or ())


def _options(re2: Any, max_mem: int) -> Any:
    options = re2.Options()
    # Bytes, as Hyperscan and re take them. RE2 reads UTF-8 unless told, also of bytes: then no class, not even [^a-z],
    # has a byte that is no UTF-8, and a token behind one in a binary is none.
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = max_mem
    return options


def _compile_re(data: bytes) -> Expression:
    for hyperscan, other in _TO_RE:
        data = data.replace(hyperscan, other)
    at = data.find(b"(?i)")
    flags = re.IGNORECASE if at >= 0 else 0
    try:
        compiled: Expression = re.compile(data.replace(b"(?i)", b""), flags)  # type: ignore[assignment]  # a superset
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error
    return compiled
