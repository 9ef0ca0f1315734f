"""What the survey keeps of an entry's content while it passes: a bounded prefix, a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from imgscan.analyzers.api import Content
from imgscan.model.limits import Limits

_ZEROS = bytes(1 << 20)


class ContentSink:
    """Keeps the first ``wanted`` bytes and, if asked, the SHA-256 of all; hands a ``Content`` to ``done``."""

    __slots__ = ("_cut", "_done", "_hash", "_holes", "_kept", "_limits", "_size", "_wanted")

    def __init__(self, wanted: int, digest: bool, limits: Limits, done: Callable[[Content], None]) -> None:
        self._wanted = wanted
        self._hash = hashlib.sha256(usedforsecurity=False) if digest else None
        self._limits = limits
        self._done = done
        self._kept: list[bytes] = []
        self._size = 0
        self._holes = 0
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
        self._holes += length
        if self._holes > self._limits.sparse_hash_bytes:
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
