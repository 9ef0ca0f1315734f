"""Engine, which scans many images with what it made once; scan() and its like, which make one for each call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial

from imgscan.archive.blobs.progress import Progress
from imgscan.archive.source import SourceLike
from imgscan.engine.prepared import Prepared
from imgscan.engine.stages import ScanEvent, stages
from imgscan.model.deadline import Cancel
from imgscan.model.options import ScanOptions
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
        progress: Progress | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
    ) -> Report:
        """Scan one image and return its report.

        With ``cancel`` (``threading.Event`` is one) set from any thread, it ends soon.

        Raises:
            Cancelled: ``cancel`` was set before the end.
            InputError: nothing of the source could be read.
            SelectionError: it holds several images and the options name none, or none that is there.
            UsageError: what the options say of vulnerabilities is about another image.
        """
        return _report_of(self.iter_scan(source, progress, executor, cancel))

    def iter_scan(
        self,
        source: SourceLike,
        progress: Progress | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[ScanEvent]:
        """Scan one image, yielding each layer as it is done, then findings and problems, last the report.

        Raises: as ``scan``.
        """
        return stages(source, self.options, lambda: self._prepared, progress, executor, every=False, cancel=cancel)

    def scan_all(
        self,
        source: SourceLike,
        progress: Progress | None = None,
        executor: Executor | None = None,
        cancel: Cancel | None = None,
    ) -> tuple[Report, ...]:
        """Scan all images of ``source`` that the options fit; layers that they share are read once.

        Raises: as ``scan``, but several images are no error.
        """
        return _reports_of(
            stages(source, self.options, lambda: self._prepared, progress, executor, every=True, cancel=cancel)
        )


def scan(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
) -> Report:
    """Scan one image and return its report.

    With ``cancel`` (``threading.Event`` is one) set from any thread, it ends soon.

    Raises:
        Cancelled: ``cancel`` was set before the end.
        InputError: nothing of the source could be read.
        SelectionError: it holds several images and the options name none, or none that is there.
        UsageError: the options name an analyzer or an edition of the benchmark that does not exist.
    """
    return _report_of(iter_scan(source, options, progress, executor, cancel))


def iter_scan(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
) -> Iterator[ScanEvent]:
    """Scan one image, yielding each layer as it is done, then findings and problems, last the report.

    Raises: as ``scan``.
    """
    return _stages_once(source, options, progress, executor, every=False, cancel=cancel)


def scan_all(
    source: SourceLike,
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
) -> tuple[Report, ...]:
    """Scan all images of ``source`` that the options fit; layers that they share are read once.

    Raises: as ``scan``, but several images are no error.
    """
    return _reports_of(_stages_once(source, options, progress, executor, every=True, cancel=cancel))


def _stages_once(
    source: SourceLike,
    options: ScanOptions | None,
    progress: Progress | None,
    executor: Executor | None,
    every: bool,
    cancel: Cancel | None,
) -> Iterator[ScanEvent]:
    """Scan as an Engine made for this scan alone does; its making is within the scan's timeout."""
    options = options or ScanOptions()
    return stages(source, options, partial(Prepared, options), progress, executor, every, cancel)


def _report_of(events: Iterable[ScanEvent]) -> Report:
    for event in events:
        if isinstance(event, Report):
            return event
    raise AssertionError("a scan ends with a report")


def _reports_of(events: Iterable[ScanEvent]) -> tuple[Report, ...]:
    return tuple(event for event in events if isinstance(event, Report))
