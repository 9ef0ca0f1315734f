"""Where stored bytes lie, said so that any process can read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from imgscan.errors import ArchiveError, Position, TruncatedError

_CHUNK = 1 << 20
# Windows has none of these.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class BlobPlace(NamedTuple):
    """``size`` bytes from ``offset`` on of the regular file at ``path``, an absolute one; errors call it ``name``."""

    path: str
    offset: int
    size: int
    name: str

    @contextmanager
    def opened(self) -> Iterator[Iterator[bytes]]:
        """Open the file and give its bytes, in order.

        Raises:
            ArchiveError: the file cannot be opened, or is no regular one.
        """
        try:
            descriptor = os.open(self.path, _FLAGS)
        except OSError as error:
            raise ArchiveError(f"cannot be read ({error.strerror})", Position(source=self.name)) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ArchiveError("not a regular file", Position(source=self.name))
            yield file_chunks(descriptor, self.offset, self.size, self.name)
        finally:
            os.close(descriptor)


def file_chunks(descriptor: int, offset: int, length: int, name: str) -> Iterator[bytes]:
    """Yield a range of an open file.

    Raises:
        TruncatedError: the file ends before the range does.
        ArchiveError: the system cannot read it.
    """
    end = offset + length
    while offset < end:
        try:
            chunk = os.pread(descriptor, min(_CHUNK, end - offset), offset)
        except OSError as error:
            raise ArchiveError(f"cannot be read ({error.strerror})", Position(source=name, offset=offset)) from None
        if not chunk:
            raise TruncatedError("the file ends early", Position(source=name, offset=offset))
        yield chunk
        offset += len(chunk)
