"""Engine, which scans many images with what it made once; scan() and its like, which make one for each call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial

from imgscan.archive.source import SourceLike
from imgscan.engine.calls import Call
from imgscan.engine.prepared import Prepared
from imgscan.engine.stages import ScanEvent, stages
from imgscan.model.deadline import Cancel
from imgscan.model.options import ScanOptions
from imgscan.model.progress import ProgressCallback
from imgscan.report.document import Report


class Engine:
    """Scans any number of images with the same options: analyzers are made, rules read and patterns compiled once.

    It keeps nothing of an image, and may be used from several threads at once. Files of rules are read when it is
    made: for other rules, make another one.
    """

    def __init__(self, options: ScanOptions | None = None) -> None:
        """Make what scans with these options share.

        Raises:
            UsageError: the options name an analyzer or an edition of the benchmark that does not exist, or a file of
                rules that cannot be read.
        """
        self._prepared = Prepared(options or ScanOptions())

    @property
    def options(self) -> ScanOptions:
        """The options of every scan."""
        return self._prepared.options

    def scan(
        self,
        source: SourceLike,
        progress: ProgressCallback | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Report:
        """Scan one image and return its report.

        With ``cancel`` (``threading.Event`` is one) set from any thread, or once ``deadline`` (a ``time.monotonic()``)
        has come, it ends within a window of reading or a step of concluding.

        Raises:
            Cancelled: ``cancel`` was set before the end.
            DeadlineExceeded: the ``deadline`` came before the end (a ``Cancelled``, too).
            InputError: nothing of the source could be read.
            SelectionError: it holds several images and the options name none, or none that is there.
            UsageError: what the options say of vulnerabilities is about another image.
        """
        return _report_of(self.iter_scan(source, progress, executor, cancel, deadline))

    def iter_scan(
        self,
        source: SourceLike,
        progress: ProgressCallback | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Iterator[ScanEvent]:
        """Scan one image, yielding each layer as it is done, then findings and problems, last the report.

        Raises: as ``scan``.
        """
        call = Call(every=False, progress=progress, executor=executor, cancel=cancel, deadline=deadline)
        return stages(source, self.options, lambda: self._prepared, call)

    def iter_scan_all(
        self,
        source: SourceLike,
        progress: ProgressCallback | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Iterator[ScanEvent]:
        """Scan all images of ``source`` that the options fit, yielding their layers, then what each image comes to.

        Layers come as they are done, those that images share once; then for each image its findings and problems and
        its report.

        Raises: as ``scan``, but several images are no error.
        """
        call = Call(every=True, progress=progress, executor=executor, cancel=cancel, deadline=deadline)
        return stages(source, self.options, lambda: self._prepared, call)

    def scan_all(
        self,
        source: SourceLike,
        progress: ProgressCallback | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> tuple[Report, ...]:
        """Scan all images of ``source`` that the options fit; layers that they share are read once.

        Raises: as ``scan``, but several images are no error.
        """
        return _reports_of(self.iter_scan_all(source, progress, executor, cancel, deadline))

    async def scan_async(
        self,
        source: SourceLike,
        progress: ProgressCallback | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
        deadline: float | None = None,
    ) -> Report:
        """Scan one image in a thread of its own, without holding up the event loop.

        ``progress`` is called by the loop. A task that is cancelled ends the scan, and waits for that end: whoever
        goes on may close the source.

        Raises: as ``scan``.
        """
        from imgscan.engine.asynchronous import awaited  # asyncio loads ssl: for who has a loop alone

        return await awaited(
            lambda progress, cancel: self.scan(source, progress, executor, cancel, deadline), progress, cancel
        )


def scan(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Report:
    """Scan one image and return its report.

    With ``cancel`` (``threading.Event`` is one) set from any thread, or once ``deadline`` (a ``time.monotonic()``) has
    come, it ends within a window of reading or a step of concluding.

    Raises:
        Cancelled: ``cancel`` was set before the end.
        DeadlineExceeded: the ``deadline`` came before the end (a ``Cancelled``, too).
        InputError: nothing of the source could be read.
        SelectionError: it holds several images and the options name none, or none that is there.
        UsageError: the options name an analyzer or an edition of the benchmark that does not exist.
    """
    return _report_of(iter_scan(source, options, progress, executor, cancel, deadline))


def iter_scan(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Iterator[ScanEvent]:
    """Scan one image, yielding each layer as it is done, then findings and problems, last the report.

    Raises: as ``scan``.
    """
    call = Call(every=False, progress=progress, executor=executor, cancel=cancel, deadline=deadline)
    return _stages_once(source, options, call)


def iter_scan_all(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Iterator[ScanEvent]:
    """Scan all images of ``source`` that the options fit, yielding their layers, then what each image comes to.

    Layers come as they are done, those that images share once; then for each image its findings and problems and its
    report.

    Raises: as ``scan``, but several images are no error.
    """
    call = Call(every=True, progress=progress, executor=executor, cancel=cancel, deadline=deadline)
    return _stages_once(source, options, call)


def scan_all(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> tuple[Report, ...]:
    """Scan all images of ``source`` that the options fit; layers that they share are read once.

    Raises: as ``scan``, but several images are no error.
    """
    return _reports_of(iter_scan_all(source, options, progress, executor, cancel, deadline))


async def scan_async(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: ProgressCallback | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
    deadline: float | None = None,
) -> Report:
    """Scan one image in a thread of its own, without holding up the event loop.

    ``progress`` is called by the loop. A task that is cancelled ends the scan, and waits for that end: whoever goes on
    may close the source.

    Raises: as ``scan``.
    """
    from imgscan.engine.asynchronous import awaited  # as above

    return await awaited(
        lambda progress, cancel: scan(source, options, progress, executor, cancel, deadline), progress, cancel
    )


def _stages_once(source: SourceLike, options: ScanOptions | None, call: Call) -> Iterator[ScanEvent]:
    """Scan as an Engine made for this scan alone does; its making is within the scan's timeout."""
    options = options or ScanOptions()
    return stages(source, options, partial(Prepared, options), call)


def _report_of(events: Iterable[ScanEvent]) -> Report:
    for event in events:
        if isinstance(event, Report):
            return event
    raise AssertionError("a scan ends with a report")


def _reports_of(events: Iterable[ScanEvent]) -> tuple[Report, ...]:
    return tuple(event for event in events if isinstance(event, Report))
