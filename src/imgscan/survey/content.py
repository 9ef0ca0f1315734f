"""What the survey keeps of an entry's content while it passes: a bounded prefix, digests, an excerpt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache

from imgscan.analyzers.api import Content, Excerpt
from imgscan.model.limits import Limits

_ZEROS = bytes(1 << 20)
_GATE_BYTES = 4096


@cache
def _new_hash(name: str) -> hashlib._Hash:
    """Return a digest of nothing, to be copied: that costs a fifth of making one, and there are 10^4 small files."""
    return hashlib.new(name, usedforsecurity=False)


class ContentSink:
    """Keeps the first ``wanted`` bytes, the digests and the excerpts asked for; hands all to ``done`` at the end."""

    __slots__ = ("_cut", "_done", "_finders", "_hashes", "_holes", "_kept", "_limits", "_size", "_wanted")

    def __init__(
        self,
        wanted: int,
        algorithms: Iterable[str],
        limits: Limits,
        done: Callable[[Content, dict[Excerpt, bytes]], None],
        excerpts: Iterable[Excerpt] = (),
    ) -> None:
        self._wanted = wanted
        self._hashes = [_new_hash(name).copy() for name in algorithms]
        self._limits = limits
        self._done = done
        self._kept: list[bytes] = []
        self._size = 0
        self._holes = 0
        self._cut = False
        self._finders = {rule: ExcerptFinder(rule) for rule in excerpts}

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._wanted > 0:
            piece = bytes(data[: self._wanted])
            self._kept.append(piece)
            self._wanted -= len(piece)
        for item in self._hashes:
            item.update(data)
        for finder in self._finders.values():
            finder.write(data)
        self._size += len(data)

    def hole(self, length: int) -> None:
        """Take zeros; they are hashed up to ``limits.sparse_hash_bytes``, beyond that the digest is unknown."""
        self._size += length
        self._finders = {}  # no excerpt of a sparse file
        if self._wanted > 0:
            piece = bytes(min(length, self._wanted))
            self._kept.append(piece)
            self._wanted -= len(piece)
        if not self._hashes:
            return
        self._holes += length
        if self._holes > self._limits.sparse_hash_bytes:
            self._hashes = []
            return
        while length > 0:
            for item in self._hashes:
                item.update(_ZEROS[:length])
            length -= len(_ZEROS)

    def close(self) -> None:
        """Hand on the content."""
        digests = {item.name: item.hexdigest() for item in self._hashes} if not self._cut else {}
        found = {rule: finder.excerpt() for rule, finder in self._finders.items()}
        data = b"".join(self._kept)
        self._done(Content(data, self._size, digests.get("sha256"), self._cut, digests), found)

    def abort(self) -> None:
        """Hand on what there is of a content that was cut short."""
        self._cut = True
        self.close()


class ExcerptFinder:
    """Finds an excerpt in content that passes in pieces; what it finds does not depend on how it was cut."""

    __slots__ = ("_found", "_head", "_rule", "_tail")

    def __init__(self, rule: Excerpt) -> None:
        self._rule = rule
        self._head: bytes | None = b""  # of the content, until the gate has been looked for
        self._tail: bytes | None = None  # where a marker may have begun; None: not looking
        self._found: bytearray | None = None

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._head is not None:
            head = self._head + bytes(data[: _GATE_BYTES - len(self._head)])
            data = data[len(head) - len(self._head) :]
            self._head = head if len(head) < _GATE_BYTES else None
            if self._rule.gate not in head:
                return
            self._head = None
            self._tail = b""
            self._look(memoryview(head))
        if len(data):
            self._look(data)

    def excerpt(self) -> bytes:
        """Return what was found."""
        return bytes(self._found or b"")

    def _look(self, data: memoryview) -> None:
        if self._found is not None:
            self._found += data[: self._rule.size - len(self._found)]
            return
        if self._tail is None:
            return
        buffer = self._tail + bytes(data)
        match = re.search(self._rule.expression, buffer, re.DOTALL)
        if match is None:
            self._tail = buffer[-self._rule.longest :]
            return
        self._found = bytearray(buffer[match.start() : match.start() + self._rule.size])
