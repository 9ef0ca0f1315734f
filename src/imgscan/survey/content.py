"""What the survey keeps of an entry's content while it passes: a bounded prefix, a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from imgscan.analyzers.api import Content

_ZEROS = bytes(1 << 20)


class HoleBudget:
    """How many bytes of holes one layer may still have hashed."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, length: int) -> bool:
        """Whether so many more may be; a hole that does not fit leaves the budget as it is."""
        fits = length <= self._left
        self._left -= length if fits else 0
        return fits


class ContentSink:
    """Keeps the first ``wanted`` bytes and, if asked, the SHA-256 of all; hands a ``Content`` to ``done``."""

    __slots__ = ("_cut", "_done", "_hash", "_holes", "_kept", "_size", "_wanted")

    def __init__(self, wanted: int, digest: bool, holes: HoleBudget, done: Callable[[Content], None]) -> None:
        self._wanted = wanted
        self._hash = hashlib.sha256(usedforsecurity=False) if digest else None
        self._holes = holes
        self._done = done
        self._kept: list[bytes] = []
        self._size = 0
        self._cut = False

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._wanted > 0:
            piece = bytes(data[: self._wanted])
            self._kept.append(piece)
            self._wanted -= len(piece)
        if self._hash is not None:
            self._hash.update(data)
        self._size += len(data)

    def hole(self, length: int) -> None:
        """Take zeros; they are hashed up to ``limits.sparse_hash_bytes``, beyond that the digest is unknown."""
        self._size += length
        if self._wanted > 0:
            piece = bytes(min(length, self._wanted))
            self._kept.append(piece)
            self._wanted -= len(piece)
        if self._hash is None:
            return
        if not self._holes.take(length):
            self._hash = None
            return
        while length > 0:
            self._hash.update(_ZEROS[:length])
            length -= len(_ZEROS)

    def close(self) -> None:
        """Hand on the content."""
        digest = self._hash.hexdigest() if self._hash is not None and not self._cut else None
        self._done(Content(b"".join(self._kept), self._size, digest, self._cut))

    def abort(self) -> None:
        """Hand on what there is of a content that was cut short."""
        self._cut = True
        self.close()
