"""What a tar lies in, read from anywhere: an open file, bytes, a file object of the caller's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from imgscan.archive.blobs.location import BlobLocation, ReadAt, descriptor_reads, file_chunks, stamp_of


class Medium(msgspec.Struct, frozen=True):
    """``size`` bytes that ``reads`` gives; errors call them ``name``.

    ``descriptor`` is that of a file opened here, which the archive closes.
    """

    name: str
    size: int
    reads: ReadAt
    descriptor: int | None = None

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes."""
        return self.stretch(0, self.size)

    def stretch(self, start: int, size: int) -> Iterator[bytes]:
        """Yield some of the bytes."""
        return file_chunks(self.reads, start, min(size, self.size - start), self.name)

    def locate(self, offset: int, size: int, name: str) -> BlobLocation | None:
        """Return where bytes lie, None for those of a file whose name no longer leads to it, and those of none."""
        if self.descriptor is None:
            return None
        try:
            path = os.path.realpath(self.name, strict=True)
            info = os.fstat(self.descriptor)
            same = os.path.samestat(os.stat(path), info)
        except OSError:
            return None
        return BlobLocation(path, offset, size, name, stamp_of(info)) if same else None


def medium_of_file(path: str, descriptor: int, size: int) -> Medium:
    """Return an open file as it is read from anywhere."""
    return Medium(path, size, descriptor_reads(descriptor), descriptor)
