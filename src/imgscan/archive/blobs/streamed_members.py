"""An archive that passes once: its blobs surveyed as they arrive, its small documents kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Full, Queue
from threading import Semaphore

from imgscan.archive.blobs.members import Evidence, looks_like_json, note_duplicate, note_sparse
from imgscan.archive.blobs.store import MemoryStore
from imgscan.errors import InputError, LimitError, Position, TruncatedError
from imgscan.layer.decompress import Buffer
from imgscan.layer.sinks import Collector, EntrySink
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.fact import LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog, problem_from

SurveyFunction = Callable[[Iterable[Buffer]], LayerFacts]

_DEPTH = 4
_SMALL_BLOB = 4096


class StreamedMembers:
    """Reads the outer tar to its end; afterwards ``store`` has the documents and ``surveyed`` the blobs' facts."""

    def __init__(self, source: str, survey: SurveyFunction, limits: Limits, jobs: int, problems: ProblemLog) -> None:
        self.store = MemoryStore(source, limits)
        self.evidence = Evidence()
        self.fault: InputError | None = None
        self._survey = survey
        self._limits = limits
        self._problems = problems
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="imgscan-layer")
        self._free = Semaphore(jobs)
        self._pending: dict[str, Future[LayerFacts]] = {}
        self._feeds: list[_Feed] = []
        self._kept_bytes = 0
        self._members = 0

    def read(self, windows: Iterable[Buffer]) -> None:
        """Take the whole tar; a fault in it ends the reading and is kept in ``fault``."""
        reader = TarReader(self._take, self._problems, self._limits)
        try:
            for window in windows:
                reader.feed(window)
            reader.close()
        except InputError as error:
            self.fault = error
            self._problems.note(problem_from(error.within(self.store.source), "archive"))
        finally:
            for feed in self._feeds:
                feed.abort()

    def surveyed(self) -> dict[str, LayerFacts]:
        """Return the facts of every large member, by name."""
        try:
            return {name: future.result() for name, future in self._pending.items()}
        finally:
            self._pool.shutdown()

    def _take(self, entry: Entry, head: bytes | None) -> EntrySink | None:
        self.evidence.add(entry, head)
        self._members += 1
        if self._members > self._limits.archive_members:
            raise LimitError("more members than limits.archive_members", Position(offset=entry.offset))
        store, path = self.store, entry.path
        if path in store.sizes or path in store.links:
            note_duplicate(self._problems, entry)
        for table in (store.sizes, store.links, store.blobs, self._pending):
            table.pop(path, None)
        if entry.kind in (EntryKind.SYMLINK, EntryKind.HARDLINK):
            store.links[path] = (entry.link_target or "", entry.kind is EntryKind.SYMLINK)
        if entry.kind is not EntryKind.FILE:
            return None
        if head is None:
            note_sparse(self._problems, entry)
            return None
        store.sizes[path] = entry.size
        store.offsets[path] = entry.offset
        if entry.size <= _SMALL_BLOB or (looks_like_json(head) and entry.size <= self._limits.json_bytes):
            self._kept_bytes += entry.size
            if self._kept_bytes > self._limits.json_total_bytes:
                raise LimitError("more bytes of documents than limits.json_total_bytes", Position(offset=entry.offset))
            return Collector(lambda data: store.blobs.__setitem__(path, data))
        return self._begin(path)

    def _begin(self, path: str) -> EntrySink:
        feed = _Feed()
        self._feeds = [other for other in self._feeds if not other.ended]
        self._feeds.append(feed)
        self._free.acquire()
        future = self._pool.submit(self._run, feed)
        self._pending[path] = future
        return feed

    def _run(self, feed: _Feed) -> LayerFacts:
        try:
            return self._survey(feed)
        finally:
            feed.drop()
            self._free.release()


class _Feed:
    """Hands one member's bytes from the thread that reads the archive to the one that surveys the layer."""

    def __init__(self) -> None:
        self._queue: Queue[bytes | None] = Queue(_DEPTH)
        self._dropped = False
        self._cut = False
        self.ended = False

    def write(self, data: memoryview) -> None:
        self._put(bytes(data))

    def hole(self, length: int) -> None:
        raise NotImplementedError  # sparse members are not taken

    def close(self) -> None:
        self.ended = True
        self._put(None)

    def abort(self) -> None:
        if not self.ended:
            self._cut = True
            self.close()

    def drop(self) -> None:
        """Say that nobody reads any more, so that writing does not wait."""
        self._dropped = True
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            pass

    def _put(self, item: bytes | None) -> None:
        while not self._dropped:
            try:
                self._queue.put(item, timeout=0.2)
            except Full:
                continue
            return

    def __iter__(self) -> Iterator[Buffer]:
        while (item := self._queue.get()) is not None:
            yield item
        if self._cut:
            raise TruncatedError("the archive ends inside this blob")
