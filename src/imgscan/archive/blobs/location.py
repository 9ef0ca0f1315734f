"""Where stored bytes lie, said so that any process can read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from imgscan.errors import ArchiveError, Position, TruncatedError, UnreadableError

_CHUNK = 1 << 20
_BLOCK = 512
# Windows has none of these.
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""Returns at most so many bytes from an offset on, none at the end; raises OSError. Any thread may call it."""

Stamp: TypeAlias = tuple[int, int, int]
"""A file's number, size and time of last change, which other machines see as well."""


def stamp_of(info: os.stat_result) -> Stamp:
    """Return what tells a file from another of its name."""
    return info.st_ino, info.st_size, info.st_mtime_ns


class BlobLocation(NamedTuple):
    """``size`` bytes from ``offset`` on of the regular file at ``path``, an absolute one; errors call it ``name``.

    ``stamp`` tells the file from another that takes its name while it is read.
    """

    path: str
    offset: int
    size: int
    name: str
    stamp: Stamp

    @contextmanager
    def opened(self) -> Iterator[Iterator[bytes]]:
        """Open the file and give its bytes, in order.

        Raises:
            ArchiveError: the file cannot be opened, is no regular one, or is another than the one that was meant.
        """
        try:
            descriptor = os.open(self.path, OPEN_FLAGS)
        except OSError as error:
            raise unreadable(error, self.name) from None
        try:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                raise ArchiveError("not a regular file", Position(source=self.name))
            if stamp_of(info) != self.stamp:
                raise ArchiveError("another file by now", Position(source=self.name))
            yield file_chunks(descriptor_reads(descriptor), self.offset, self.size, self.name)
        finally:
            os.close(descriptor)


def descriptor_reads(descriptor: int) -> ReadAt:
    """Return how an open file is read from anywhere."""
    return lambda size, offset: os.pread(descriptor, size, offset)


def file_chunks(reads: ReadAt, offset: int, length: int, name: str) -> Iterator[bytes]:
    """Yield a range of an open file.

    Raises:
        TruncatedError: the file ends before the range does.
        UnreadableError: the system cannot read it; all before the block where that is was yielded.
    """
    end = offset + length
    while offset < end:
        chunk = read_at(reads, min(_CHUNK, end - offset), offset, name)
        if not chunk:
            raise TruncatedError("the file ends early", Position(source=name, offset=offset))
        yield chunk
        offset += len(chunk)


def read_at(reads: ReadAt, size: int, offset: int, name: str | None) -> bytes:
    """Return at most ``size`` bytes of an open file, fewer at its end or before a block that cannot be read.

    Raises:
        UnreadableError: not even the first block can be read.
    """
    while True:
        try:
            return reads(size, offset)
        except OSError as error:
            if size <= _BLOCK:
                raise unreadable(error, name, offset) from None
            # A bad sector fails the whole of a large read: what lies before it is still there.
            size = max(size // 2, _BLOCK)


def unreadable(error: OSError, name: str | None, offset: int | None = None) -> UnreadableError:
    """Return the error of what the system cannot read."""
    return UnreadableError(f"cannot be read ({error.strerror})", Position(source=name, offset=offset))
