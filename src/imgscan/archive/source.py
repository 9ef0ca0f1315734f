"""What an image can be read from: a path, bytes, a file object, or whatever gives named blobs."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from imgscan.archive.blobs.archive import STDIN
from imgscan.archive.blobs.medium import Medium
from imgscan.errors import ImgscanError, Position, TruncatedError, UnreadableError, UsageError
from imgscan.formats.path import clean_path
from imgscan.layer.stored import Buffer

_CHUNK = 1 << 20

Result = TypeVar("Result")


@runtime_checkable
class Source(Protocol):
    """Named blobs, wherever they lie: a bucket, a registry, a table.

    The names are those of an OCI layout (``index.json``, ``blobs/sha256/...``) or of what ``docker save`` writes
    (``manifest.json`` and what it names). ``size`` and ``chunks`` are asked for keys that ``find`` gave, from several
    threads at once. What a method raises is an ``UnreadableError`` of the scan; digests are verified as ever. Where
    it has a ``name``, reports and errors call it that.
    """

    def find(self, name: str) -> str | None:
        """Return the key of the blob with this name (a path without ``./``), None where there is none."""

    def size(self, key: str) -> int:
        """Return the stored size of a blob in bytes."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob's bytes in order, in pieces of any size; a MiB is a good one."""


@runtime_checkable
class RangedSource(Source, Protocol):
    """A source whose blobs can be read from any byte on: files inside an image are then read without the rest."""

    def stretch(self, key: str, start: int, size: int) -> Iterator[bytes]:
        """Yield ``size`` bytes of a blob from ``start`` on."""


@runtime_checkable
class BinaryFile(Protocol):
    """A file object opened for bytes; of one with ``seekable``, ``seek`` and ``tell`` all is read, from its start."""

    def read(self, size: int = ..., /) -> bytes | None:
        """Return at most so many bytes, none at the end."""


SourceLike: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile | Source
"""What an image is read from: a path or ``-`` (standard input), the archive's bytes, a binary file object, blobs."""


def name_of(source: SourceLike) -> str:
    """Return what reports and errors call a source.

    Raises:
        TypeError: it is of no type that an image can be read from.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        if not isinstance(path, str):
            raise TypeError("a path of bytes: os.fsdecode() gives the text")
        return path
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    name = getattr(source, "name", None)
    if isinstance(name, str) and name not in ("", STDIN):
        return name
    if isinstance(source, BinaryFile):
        return "<file>"
    if isinstance(source, Source):
        return f"<{type(source).__name__}>"
    text = "a path, bytes, a binary file object, or an object with find, size and chunks"
    raise TypeError(f"an image is read from {text}, not from {type(source).__name__}")


def size_of(source: SourceLike) -> int | None:
    """Return how many bytes a source has, None where that is not known before it is read."""
    if isinstance(source, bytes | bytearray | memoryview):
        return memoryview(source).nbytes
    if isinstance(source, str | os.PathLike) and os.path.isfile(source):
        return os.path.getsize(source)
    return None


def medium_of_bytes(data: bytes | bytearray | memoryview) -> Medium:
    """Return bytes as they are read from anywhere."""
    view = memoryview(data).cast("B")
    return Medium(name_of(data), len(view), lambda size, offset: bytes(view[offset : offset + size]))


def is_seekable(file: BinaryFile) -> bool:
    """Whether one can jump in a file object.

    Raises:
        UnreadableError: it is closed.
    """
    seekable = getattr(file, "seekable", None)
    if not (callable(seekable) and hasattr(file, "seek") and hasattr(file, "tell")):
        return False
    return bool(_guarded(seekable, name_of(file)))


def medium_of_file_object(file: BinaryFile) -> Medium:
    """Return a seekable file object as it is read from anywhere, by one thread at a time.

    Its descriptor, where it has one, is left alone: that of a GzipFile leads to other bytes than its ``read``.

    Raises:
        UnreadableError: its size cannot be found out.
    """
    name = name_of(file)
    seek: Callable[..., int] = getattr(file, "seek")  # noqa: B009 (the protocol leaves it open)
    lock = Lock()

    def size_of() -> int:
        seek(0, io.SEEK_END)
        return int(getattr(file, "tell")())  # noqa: B009 (the protocol leaves it open)

    def reads(size: int, offset: int) -> bytes:
        with lock:
            _guarded(lambda: seek(offset), name)
            parts = []
            while size > 0 and (part := _read(file, size, name)):
                parts.append(part)
                size -= len(part)
            return b"".join(parts)

    return Medium(name, _guarded(size_of, name), reads)


def pieces_of(file: BinaryFile) -> Iterator[bytes]:
    """Yield what a file object gives, once.

    Raises:
        UnreadableError: it raises.
    """
    name = name_of(file)
    while piece := _read(file, _CHUNK, name):
        yield piece


def _read(file: BinaryFile, size: int, name: str) -> bytes:
    piece: object = _guarded(lambda: file.read(size), name)
    if isinstance(piece, str):
        raise UsageError(f"{name}: opened as text; an image is read from bytes")
    if not isinstance(piece, bytes | bytearray | memoryview) or len(piece) > size:
        text = "it gives nothing yet" if piece is None else "it gives something else than was asked for"
        raise UnreadableError(f"cannot be read ({text})", Position(source=name))
    return bytes(piece)


class SourceStore:
    """The blobs of a source of the caller's, of which nothing is believed."""

    def __init__(self, source: Source) -> None:
        self.source = name_of(source)
        self._source = source

    def find(self, name: str) -> str | None:
        """Return the source's key."""
        key: object = _guarded(lambda: self._source.find(clean_path(name)), self.source)
        return key if isinstance(key, str) else None

    def size(self, key: str) -> int:
        """Return the blob's size as the source says it."""
        size: object = _guarded(lambda: self._source.size(key), self._name(key))
        if not isinstance(size, int) or size < 0:
            raise UnreadableError(f"its size is {size!r:.40}, no number of bytes", Position(source=self._name(key)))
        return size

    def chunks(self, key: str) -> Iterator[Buffer]:
        """Yield the blob's bytes: as many as its size says.

        Raises:
            TruncatedError: there are fewer.
            UnreadableError: there are others, or the source raises.
        """
        return self._exactly(key, self.size(key), lambda: self._source.chunks(key))

    @property
    def is_ranged(self) -> bool:
        """Whether blobs can be read from any byte on."""
        return isinstance(self._source, RangedSource)

    def stretch(self, key: str, start: int, size: int) -> Iterator[Buffer]:
        """Yield some of the blob's bytes.

        Raises: as ``chunks``.
        """
        source = self._source
        assert isinstance(source, RangedSource)
        return self._exactly(key, size, lambda: source.stretch(key, start, size))

    def _name(self, key: str) -> str:
        return f"{self.source}:{key}"

    def _exactly(self, key: str, size: int, begin: Callable[[], Iterator[bytes]]) -> Iterator[Buffer]:
        name = self._name(key)
        chunks = _guarded(lambda: iter(begin()), name)
        left = size
        try:
            while (chunk := _guarded(lambda: next(chunks, None), name)) is not None:
                if not isinstance(chunk, bytes | bytearray | memoryview):
                    text = f"gives {type(chunk).__name__}, not bytes"
                    raise UnreadableError(text, Position(source=name))
                left -= len(chunk)
                if left < 0:
                    raise UnreadableError("more bytes than its size says", Position(source=name))
                yield chunk
        finally:
            close = getattr(chunks, "close", None)  # a generator's, which may hold a connection
            if close is not None:
                _guarded(close, name)
        if left:
            raise TruncatedError(f"ends {left} bytes before its size says", Position(source=name))


def _guarded(call: Callable[[], Result], name: str) -> Result:
    """Return what the caller's code returns; what it raises is about the source."""
    try:
        return call()
    except ImgscanError:
        raise
    except Exception as error:
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableError(f"cannot be read ({text})", Position(source=name)) from error
