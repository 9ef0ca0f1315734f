"""Receivers of a member's content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from imgscan.formats.archives.sparse import Segments


class EntrySink(Protocol):
    """Takes one entry's content, in order, in pieces of any size.

    A piece is a view that is valid during the call only or, when it is the whole content, until ``close``, which ends
    it; ``abort`` ends one that was cut short.
    """

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""

    def hole(self, length: int) -> None:
        """Take ``length`` zero bytes that are not stored."""

    def close(self) -> None:
        """Know that the content is whole."""

    def abort(self) -> None:
        """Know that the rest of the content is missing."""


class Collector:
    """Gathers all of a member's data and hands it to ``done`` once it is whole."""

    def __init__(self, done: Callable[[bytes], None]) -> None:
        self._done = done
        self._parts: list[bytes] = []

    def write(self, data: memoryview) -> None:
        """Keep a copy."""
        self._parts.append(bytes(data))

    def hole(self, length: int) -> None:
        """Keep the zeros; only for members that are not sparse, so never long."""
        self._parts.append(bytes(length))

    def close(self) -> None:
        """Hand the data on."""
        self._done(b"".join(self._parts))

    def abort(self) -> None:
        """Drop the data."""


class SparseSink:
    """Turns the stored bytes of a sparse file into its expanded content: data and holes for another sink."""

    def __init__(self, sink: EntrySink, segments: Segments, size: int) -> None:
        self._sink = sink
        self._segments = iter(segments)
        self._size = size
        self._at = 0  # in the expanded file
        self._left = 0  # of the current segment

    def write(self, data: memoryview) -> None:
        """Take stored bytes."""
        while len(data):
            while not self._left:
                following = next(self._segments, None)
                if following is None:
                    return  # stored bytes that no segment names
                self._skip_to(following[0])
                self._left = following[1]
            piece = data[: self._left]
            self._sink.write(piece)
            self._at += len(piece)
            self._left -= len(piece)
            data = data[len(piece) :]

    def hole(self, length: int) -> None:
        """Take zeros; the archive stores none for a sparse file."""
        raise NotImplementedError

    def close(self) -> None:
        """End with the hole after the last segment."""
        self._skip_to(self._size)
        self._sink.close()

    def abort(self) -> None:
        """Pass it on."""
        self._sink.abort()

    def _skip_to(self, offset: int) -> None:
        if offset > self._at:
            self._sink.hole(offset - self._at)
            self._at = offset
