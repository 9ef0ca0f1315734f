"""One file's content read again out of its layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imgscan.errors import ArchiveError, InputError, Position
from imgscan.layer.decompress import Buffer, compression_of, decompressed
from imgscan.layer.sinks import EntrySink
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

_ZEROS = bytes(1 << 20)


class _Taken:
    """The pieces of the file wanted, holes as their length."""

    def __init__(self) -> None:
        self.pieces: list[bytes | int] = []
        self.ended = False

    def write(self, data: memoryview) -> None:
        self.pieces.append(bytes(data))

    def hole(self, length: int) -> None:
        self.pieces.append(length)

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        """The reader raises what ended it."""


def file_content(chunks: Iterable[Buffer], offset: int, limits: Limits) -> Iterator[bytes]:
    """Yield the content of the entry whose data starts at ``offset`` of the uncompressed layer; holes as zeros.

    Raises:
        InputError: the layer is damaged before the end of the file.
    """
    taken = _Taken()

    def take(entry: Entry, _head: bytes | None) -> EntrySink | None:
        return taken if entry.offset == offset else None

    reader = TarReader(take, ProblemLog("layer", 0), limits)
    for window in layer_windows(chunks, limits):
        fault = None
        try:
            reader.feed(window)
        except InputError as error:
            fault = error
        for piece in taken.pieces:
            yield from _zeros(piece) if isinstance(piece, int) else (piece,)
        taken.pieces.clear()
        if taken.ended:
            return
        if fault is not None:
            raise fault
    reader.close()
    raise ArchiveError("the layer has changed: no file there any more", Position(offset=offset))


def layer_windows(stored: Iterable[Buffer], limits: Limits) -> Iterator[Buffer]:
    """Yield the bytes of a layer's tar, inflated, without any digest.

    Raises:
        InputError: the stored bytes cannot be read, or their compression is damaged.
    """
    chunks = iter(stored)
    head = b""
    for chunk in chunks:
        head += bytes(chunk)
        if len(head) >= 16:
            break

    def again() -> Iterator[Buffer]:
        yield head
        yield from chunks

    return decompressed(again(), compression_of(head), limits)


def _zeros(length: int) -> Iterator[bytes]:
    while length > 0:
        piece = _ZEROS[:length]
        length -= len(piece)
        yield piece
