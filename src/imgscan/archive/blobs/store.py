"""Named blobs of an archive, wherever it lies: what every kind of image is read from."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from imgscan.archive.blobs.location import BlobLocation, file_chunks, stamp_of, unreadable
from imgscan.archive.blobs.medium import Medium
from imgscan.errors import ArchiveError, LimitError, Position
from imgscan.formats.path import clean_path, parent_of
from imgscan.layer.decompress import Buffer
from imgscan.model.limits import Limits


class Store(Protocol):
    """Members by cleaned name. ``source`` is what errors call the whole."""

    source: str

    def find(self, name: str) -> str | None:
        """Return the key of the blob that ``name`` leads to through links, or None when there is none."""

    def size(self, key: str) -> int:
        """Return the stored size of a blob in bytes."""

    def chunks(self, key: str) -> Iterator[Buffer]:
        """Yield a blob's stored bytes in order.

        Raises:
            InputError: they cannot be read, or end early.
        """


def read_document(store: Store, key: str, limits: Limits) -> bytes:
    """Return a whole small blob.

    Raises:
        LimitError: it is larger than ``limits.json_bytes``.
    """
    size = store.size(key)
    if size > limits.json_bytes:
        raise LimitError(f"a document of {size} bytes, over limits.json_bytes", Position(source=key))
    return b"".join(bytes(chunk) for chunk in store.chunks(key))


def follow_links(name: str, links: dict[str, tuple[str, bool]], depth: int) -> str | None:
    """Return the member that ``name`` leads to through an archive's own links, None for a loop.

    ``links`` maps a name to its target's text and whether it is a symlink, hence relative to its folder.
    """
    path = clean_path(name)
    for _ in range(depth + 1):
        if path not in links:
            return path
        target, symbolic = links[path]
        path = clean_path(f"{parent_of(path)}/{target}" if symbolic and not target.startswith("/") else target)
    return None


class TarStore:
    """The members of a plain tar that can be read anywhere."""

    def __init__(self, medium: Medium, locations: dict[str, tuple[int, int]], limits: Limits) -> None:
        self.source = medium.name
        self._medium = medium
        self._locations = locations
        self._limits = limits
        self.links: dict[str, tuple[str, bool]] = {}

    def find(self, name: str) -> str | None:
        """Return the member's name after links."""
        result = follow_links(name, self.links, self._limits.link_depth)
        return result if result in self._locations else None

    def size(self, key: str) -> int:
        """Return the member's size."""
        return self._locations[key][1]

    def chunks(self, key: str) -> Iterator[Buffer]:
        """Yield the member's bytes."""
        return self.stretch(key, 0, self.size(key))

    def stretch(self, key: str, start: int, size: int) -> Iterator[bytes]:
        """Yield some of the member's bytes."""
        offset, whole = self._locations[key]
        return file_chunks(self._medium.reads, offset + start, min(size, whole - start), f"{self.source}:{key}")

    def locate(self, key: str) -> BlobLocation | None:
        """Return where the member lies; None when the source's name no longer leads to the open file."""
        offset, size = self._locations[key]
        return self._medium.locate(offset, size, f"{self.source}:{key}")


class DirectoryStore:
    """The files of a folder; symlinks are followed inside it only, and only regular files are opened."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._root = Path(source).resolve()

    def find(self, name: str) -> str | None:
        """Return the cleaned name if a regular file is there."""
        key = clean_path(name)
        try:
            real = (self._root / key).resolve()
            inside = real.is_relative_to(self._root)
            return key if inside and stat.S_ISREG(real.lstat().st_mode) else None
        except (OSError, RuntimeError, ValueError):
            return None

    def size(self, key: str) -> int:
        """Return the file's size."""
        try:
            return (self._root / key).stat().st_size
        except OSError as error:
            raise unreadable(error, key) from None

    def chunks(self, key: str) -> Iterator[Buffer]:
        """Yield the file's bytes."""
        with self.locate(key).opened() as chunks:
            yield from chunks

    def locate(self, key: str) -> BlobLocation:
        """Return where the file lies."""
        path = (self._root / key).resolve()
        try:
            info = path.stat()
        except OSError as error:
            raise unreadable(error, f"{self.source}/{key}") from None
        return BlobLocation(str(path), 0, info.st_size, f"{self.source}/{key}", stamp_of(info))


class MemoryStore:
    """Small blobs kept while a stream passed."""

    def __init__(self, source: str, limits: Limits) -> None:
        self.source = source
        self._limits = limits
        self.blobs: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        self.offsets: dict[str, int] = {}
        """Where members lie in the uncompressed archive."""
        self.links: dict[str, tuple[str, bool]] = {}

    def find(self, name: str) -> str | None:
        """Return the member's name after links; of large members only the size is kept."""
        result = follow_links(name, self.links, self._limits.link_depth)
        return result if result in self.sizes else None

    def size(self, key: str) -> int:
        """Return the member's size."""
        return self.sizes[key]

    def chunks(self, key: str) -> Iterator[Buffer]:
        """Yield the kept bytes.

        Raises:
            ArchiveError: the member was too large to keep.
        """
        if key not in self.blobs:
            raise ArchiveError("a member that a stream shows but once", Position(source=f"{self.source}:{key}"))
        return iter((self.blobs[key],) if self.blobs[key] else ())
