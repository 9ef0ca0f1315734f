"""The one place that knows every stage of a scan and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from threading import current_thread

from imgscan.archive.blobs.progress import Progress
from imgscan.archive.opener import open_archive
from imgscan.archive.select import select_images
from imgscan.archive.source import SourceLike
from imgscan.engine.conclude import report_on
from imgscan.engine.prepared import Prepared
from imgscan.errors import Cancelled, InputError, SelectionError, UsageError
from imgscan.model.deadline import Cancel, Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Problem
from imgscan.model.timing import Stopwatch
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.survey.layers import LayerDone, survey_layers
from imgscan.survey.spread import Spread

ScanEvent = LayerDone | Finding | Problem | Report


def stages(
    source: SourceLike,
    options: ScanOptions,
    prepare: Callable[[], Prepared],
    progress: Progress | None,
    executor: Executor | None,
    every: bool,
    cancel: Cancel | None = None,
) -> Iterator[ScanEvent]:
    """Scan the images of ``source`` that the options fit, ``every`` one or the only one, and yield what comes of it.

    ``prepare`` is called once the clock runs: what is made for one scan alone counts among its time.

    Raises:
        Cancelled: ``cancel`` was set before the end.
        InputError: nothing of the source could be read.
        SelectionError: the options fit none of the images, or not one alone.
        UsageError: the options ask for what does not exist, or for what does not fit the image.
    """
    watch, deadline = Stopwatch(), Deadline(options.timeout, cancel)
    reading = deadline.reading()
    prepared = prepare()
    surveyor, workers = prepared.surveyor, options.workers()
    spread = Spread(executor, prepared.shared, workers) if executor is not None and not _is_in(executor) else None
    passed = reading.watching(progress)
    survey = surveyor.in_common(reading.check)
    with _cancellable(deadline), open_archive(source, options.limits, survey, workers, passed) as archive:
        _refuse_cancelled(deadline)
        manifests = select_images(archive.images, options.image, options.platform, every)
        _refuse_many(options, manifests)
        _refuse_foreign(options, manifests)
        facts = dict[str, LayerFacts]()
        for done in survey_layers(archive, manifests, surveyor, workers, progress, facts, spread, reading):
            _refuse_cancelled(deadline)
            yield done
        watch.lap("read", spread.cpu_seconds if spread is not None else 0.0)
        for manifest in manifests:
            report = report_on(archive, manifest, facts, prepared, Stopwatch(watch), deadline)
            _refuse_cancelled(deadline)
            yield from report.findings
            yield from report.problems
            yield report


def _is_in(executor: Executor) -> bool:
    """Whether this thread is one of the executor's: who waits there for its other threads may wait for ever."""
    return isinstance(executor, ThreadPoolExecutor) and current_thread() in getattr(executor, "_threads", ())


@contextmanager
def _cancellable(deadline: Deadline) -> Iterator[None]:
    """Raise Cancelled in place of whatever a reading that was ended early looks like."""
    try:
        yield
    except InputError:
        _refuse_cancelled(deadline)
        raise


def _refuse_cancelled(deadline: Deadline) -> None:
    if deadline.is_cancelled():
        raise Cancelled("the scan was cancelled")


def _refuse_many(options: ScanOptions, manifests: Sequence[ImageManifest]) -> None:
    """Raise for more images at once than may be reported on: each takes milliseconds, and its report memory."""
    if len(manifests) > max(options.limits.reports, 1):
        text = f"{len(manifests)} images, more than limits.reports ({options.limits.reports})"
        raise SelectionError(f"{text}: choose by --image or --platform, or raise the limit")


def _refuse_foreign(options: ScanOptions, manifests: Sequence[ImageManifest]) -> None:
    """Raise UsageError for a report on vulnerabilities that is about another image, or for several images."""
    result = options.vulnerabilities
    if result is None:
        return
    if len(manifests) > 1:
        raise UsageError(f"--vulnerabilities is about one image, and there are {len(manifests)}: choose with --image")
    if not options.any_image and any(result.is_about(manifest) is False for manifest in manifests):
        raise UsageError(
            f"the report of {result.tool} is about the image {printable(result.image_id or '')}, and this is "
            f"{manifests[0].image_id}; --force-vulnerabilities takes it all the same"
        )
