"""Work beside the caller: the C parts of reading a layer release the GIL, so each gets a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

from imgscan.layer.decompress import Buffer

_Item = TypeVar("_Item")
_END = object()
_POLL_SECONDS = 0.2


class Prefetched(Generic[_Item]):
    """Iterates over ``source`` in a thread, at most ``depth`` items ahead; errors come out where they would have.

    ``close`` (or leaving the ``with`` block) stops the thread, also when items are left.
    """

    def __init__(self, source: Iterable[_Item], depth: int) -> None:
        self._queue: Queue[object] = Queue(depth)
        self._stopped = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, args=(source,), daemon=True, name="imgscan-read")
        self._thread.start()

    def _run(self, source: Iterable[_Item]) -> None:
        try:
            for item in source:
                if not self._put(item):
                    break
        except BaseException as error:  # noqa: BLE001 (raised again in the iterating thread)
            self._error = error
        self._put(_END)

    def _put(self, item: object) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_SECONDS)
            except Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[_Item]:
        while (item := self._next()) is not _END:
            yield item  # type: ignore[misc]  # the queue holds items and the end mark
        if self._error is not None:
            raise self._error

    def _next(self) -> object:
        """Return the next item; the end where the thread is no more, which had no memory left to say so."""
        while True:
            try:
                return self._queue.get(timeout=_POLL_SECONDS)
            except Empty:
                if not self._thread.is_alive() and self._queue.empty():
                    self._error = self._error or MemoryError()
                    return _END

    def close(self) -> None:
        """Stop the thread and wait for it."""
        self._stopped.set()
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            pass
        self._thread.join()

    def __enter__(self) -> Prefetched[_Item]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Digester:
    """A digest computed in a thread while the buffers given to it go on being read."""

    def __init__(self, algorithm: str = "sha256", depth: int = 4) -> None:
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        self._name = algorithm
        self._queue: Queue[Buffer | None] = Queue(depth)
        self._thread: Thread | None = None
        self._first: Buffer | None = None

    def update(self, data: Buffer) -> None:
        """Take the next bytes; they must not change afterwards."""
        if self._thread is None:
            if self._first is None:  # a layer of one window needs no thread
                self._first = data
                return
            self._hash.update(self._first)
            thread = Thread(target=self._run, daemon=True, name="imgscan-digest")
            thread.start()
            self._thread = thread  # not before: one that cannot start cannot be waited for
        self._put(data)

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            self._hash.update(data)

    def _put(self, data: Buffer | None) -> None:
        """Hand something to the thread.

        Raises:
            MemoryError: it is no more; nothing but this ends it before its time.
        """
        while True:
            try:
                self._queue.put(data, timeout=_POLL_SECONDS)
            except Full:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = None
                    raise MemoryError from None
                continue
            return

    def close(self) -> None:
        """Let the thread end.

        Raises:
            MemoryError: it ended before its time: the digest is not that of all bytes.
        """
        if self._thread is not None:
            self._put(None)
            self._thread.join()
            self._thread = None
            if self._queue.qsize():
                raise MemoryError
        elif self._first is not None:
            self._hash.update(self._first)
        self._first = None

    def digest(self) -> str:
        """Return ``algorithm:hex`` of all that was taken."""
        self.close()
        return f"{self._name}:{self._hash.hexdigest()}"
