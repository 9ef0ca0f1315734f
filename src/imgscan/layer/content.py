"""One file's content read again out of its layer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from imgscan.errors import ArchiveError, InputError, Position
from imgscan.layer.decompress import Buffer, compression_of, decompressed
from imgscan.layer.sinks import EntrySink
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry, EntryKind
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


def file_contents(chunks: Iterable[Buffer], offsets: Collection[int], limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Yield the whole contents of the entries whose data starts at ``offsets``, in their order, in one reading.

    Raises:
        InputError: the layer is damaged before the end of the last of them.
    """
    waiting = set(offsets)
    taken: list[tuple[int, _Taken]] = []

    def take(entry: Entry, _head: bytes | None) -> EntrySink | None:
        if entry.offset not in waiting or entry.kind is not EntryKind.FILE:
            return None
        waiting.discard(entry.offset)
        taken.append((entry.offset, _Taken()))
        return taken[-1][1]

    reader = TarReader(take, ProblemLog("layer", 0), limits)
    for window in layer_windows(chunks, limits):
        fault = None
        try:
            reader.feed(window)
        except InputError as error:
            fault = error
        while taken and taken[0][1].ended:
            offset, content = taken.pop(0)
            yield offset, b"".join(bytes(piece) if isinstance(piece, int) else piece for piece in content.pieces)
        if not waiting and not taken:
            return
        if fault is not None:
            raise fault
    reader.close()
    raise ArchiveError("the layer has changed: no file there any more", Position(offset=min(waiting, default=0)))


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
