"""Images at addresses (``s3://bucket/app.tar``), by fsspec, which is wrapped here: imgscan opens no connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

from imgscan.archive.collection import lies_beside
from imgscan.errors import ArchiveError, Position, UsageError

_BLOCK = 4 << 20
_SIZE = "size"
_STAMPS = ("ETag", "etag", "LastModified", "mtime", "last_modified", "updated", "created")

Result = TypeVar("Result")


class _File(Protocol):
    """What is used of a file of fsspec."""

    def read(self, size: int = ...) -> bytes:
        """Return bytes from here on."""

    def seek(self, offset: int, whence: int = ...) -> int:
        """Go somewhere."""

    def tell(self) -> int:
        """Say where it is."""

    def close(self) -> None:
        """Close it."""


class _FileSystem(Protocol):
    """What is used of a file system of fsspec."""

    def open(self, path: str, mode: str, **settings: object) -> _File:
        """Open a file."""

    def info(self, path: str) -> dict[str, object]:
        """Describe a file."""

    def isdir(self, path: str) -> bool:
        """Whether there are files below a path."""

    def find(self, path: str) -> list[str]:
        """Return the files below a path."""

    def glob(self, path: str) -> list[str]:
        """Return the files that a pattern fits."""

    def invalidate_cache(self, path: str) -> None:
        """Forget listings."""

    def unstrip_protocol(self, path: str) -> str:
        """Return the address of a path."""


class RemoteFile:
    """A file at an address, read from any place on; ``name`` is the address."""

    def __init__(self, name: str, file: _File) -> None:
        self.name = name
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go somewhere, as files do."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return where the next byte is read from."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Whether one can jump in it: stores of objects can all be asked for a range."""
        return True


@contextmanager
def opened_remote(address: str) -> Iterator[RemoteFile]:
    """Open a file.

    Raises:
        ArchiveError: it cannot be opened.
        UsageError: fsspec is not installed.
    """
    system, path = _located(address)
    # Headers lie far apart, layers are read in order: what is read ahead is dropped where a jump leaves it.
    settings = {"block_size": _BLOCK, "cache_type": "readahead"}
    file = _asked(address, lambda: system.open(path, "rb", **settings))
    try:
        yield RemoteFile(address, file)
    finally:
        file.close()


def remote_stamp(address: str) -> str | None:
    """Return what tells a file from another at its address: size, and what the store says of its version or time.

    Raises: as ``opened_remote``.
    """
    system, path = _located(address)
    info = _asked(address, lambda: system.info(path))
    version = next((str(info[key]) for key in _STAMPS if info.get(key)), None)
    return None if version is None else f"{info.get(_SIZE)}-{version}"


def within_remote(address: str) -> Iterator[str]:
    """Yield the address, or in place of a folder's (or of a pattern) those of the files below it, sorted.

    Raises: as ``opened_remote``.
    """
    system, path = _located(address)
    _asked(address, lambda: system.invalidate_cache(path))  # a listing that this process made for a run before
    if "*" in path:
        paths = _asked(address, lambda: system.glob(path))
    elif address.endswith("/") or _asked(address, lambda: system.isdir(path)):
        paths = _asked(address, lambda: system.find(path))
    else:
        yield address
        return
    for item in sorted(paths):
        if not lies_beside(item.rpartition("/")[2]):
            yield system.unstrip_protocol(item)


def _located(address: str) -> tuple[_FileSystem, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{address}: addresses need fsspec (pip install imgscan[fleet])") from error
    try:
        system, path = url_to_fs(address)
    except Exception as error:  # no such kind of address, its package is not installed, it does not answer
        raise _unreadable(address, error) from error
    return cast("_FileSystem", system), cast("str", path)


def _asked(address: str, ask: Callable[[], Result]) -> Result:
    """Return what a store answers.

    Raises:
        ArchiveError: it answers with an error, of whatever library it is.
    """
    try:
        return ask()
    except Exception as error:
        raise _unreadable(address, error) from error


def _unreadable(address: str, error: Exception) -> ArchiveError:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ArchiveError(f"cannot be read ({text})", Position(source=address))
