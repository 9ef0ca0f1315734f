"""A source's stored bytes in order: once, or as often as wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator

from imgscan.archive.blobs.location import unreadable
from imgscan.archive.blobs.medium import Medium

_CHUNK = 1 << 20


def read_all(descriptor: int, name: str) -> Iterator[bytes]:
    """Yield all that a pipe or file gives.

    Raises:
        UnreadableError: the system cannot read it.
    """
    while True:
        try:
            chunk = os.read(descriptor, _CHUNK)
        except OSError as error:
            raise unreadable(error, name) from None
        if not chunk:
            return
        yield chunk


class OnePass:
    """Chunks that come once: what recognising took is kept and given again."""

    rereadable = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._kept: list[bytes] = []

    def peek(self) -> Iterator[bytes]:
        """Yield chunks from the start, for a look."""
        for chunk in self._chunks:
            self._kept.append(chunk)
            yield chunk

    def all(self) -> Iterator[bytes]:
        """Yield every chunk from the start."""
        while self._kept:
            yield self._kept.pop(0)
        yield from self._chunks


class Rereadable:
    """Chunks that can be read any number of times."""

    rereadable = True

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        self._start = medium.chunks

    def peek(self) -> Iterator[bytes]:
        """Yield chunks from the start, for a look."""
        return self._start()

    def all(self) -> Iterator[bytes]:
        """Yield every chunk from the start."""
        return self._start()
