"""The one place that knows every stage of a scan and their order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import current_thread

from imgscan.archive.blobs.archive import shown_source
from imgscan.archive.opener import open_archive
from imgscan.archive.select import select_images
from imgscan.archive.source import SourceLike, size_of
from imgscan.engine.calls import Call
from imgscan.engine.conclude import report_on
from imgscan.engine.prepared import Prepared
from imgscan.errors import InputError, SelectionError, UsageError
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Problem
from imgscan.model.progress import ProgressLog
from imgscan.model.timing import AnalyzerClock, Stopwatch
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.survey.layers import LayerDone, extent_of, survey_layers
from imgscan.survey.remote_survey import RemoteSurvey

ScanEvent = LayerDone | Finding | Problem | Report


def stages(
    source: SourceLike,
    options: ScanOptions,
    prepare: Callable[[], Prepared],
    call: Call,
) -> Iterator[ScanEvent]:
    """Scan the images of ``source`` that the options fit, and yield what comes of it.

    ``prepare`` is called once the clock runs: what is made for one scan alone counts among its time.

    Raises:
        Cancelled: the caller's ``cancel`` was set before the end, or the ``deadline`` came.
        InputError: nothing of the source could be read.
        SelectionError: the options fit none of the images, or not one alone.
        UsageError: the options ask for what does not exist, or for what does not fit the image.
    """
    watch, deadline = Stopwatch(), Deadline(options.timeout, call.cancelling())
    reading = deadline.reading()
    prepared = prepare()
    surveyor, workers = prepared.surveyor, options.workers()
    clock = AnalyzerClock() if options.timing else None
    executor = call.executor
    remote = None
    if executor is not None and not _is_in(executor):
        remote = RemoteSurvey(executor, prepared.shared, workers, clock)
    progress = ProgressLog(call.progress, size_of(source)) if call.progress is not None else None
    read = progress.read if progress is not None else None
    survey = surveyor.in_common(reading.check, clock)
    log = logging.getLogger("imgscan")
    with (
        _cancellable(deadline, call),
        open_archive(source, options.limits, survey, workers, reading.watching(read)) as archive,
    ):
        _refuse_cancelled(deadline, call)
        log.debug("%s: opened as %s, %d images", shown_source(archive.source), archive.format, len(archive.images))
        manifests = select_images(archive.images, options.image, options.platform, call.every)
        _refuse_many(options, manifests)
        _refuse_foreign(options, manifests)
        if progress is not None:
            progress.opened(*extent_of(archive, manifests))
        facts, kept = dict[str, LayerFacts](), prepared.kept_facts()
        survey_all = partial(survey_layers, surveyor=surveyor) if kept is None else kept.survey
        for done in survey_all(
            archive, manifests, jobs=workers, progress=read, facts=facts, remote=remote, deadline=reading, clock=clock
        ):
            _refuse_cancelled(deadline, call)
            log.debug("layer %d of %d was read: %s", done.done, done.total, done.diff_id)
            if progress is not None:
                progress.layer_done()
            yield done
        watch.lap("read", remote.cpu_seconds if remote is not None else 0.0, clock)
        for manifest in manifests:
            report = report_on(archive, manifest, facts, prepared, Stopwatch(watch), deadline, progress, kept)
            _refuse_cancelled(deadline, call)
            findings, unread = len(report.findings), len(report.problems)
            log.debug("%s: %d findings, %d problems", manifest.image_id or "no image id", findings, unread)
            yield from report.findings
            yield from report.problems
            yield report


def _is_in(executor: Executor) -> bool:
    """Whether this thread is one of the executor's: who waits there for its other threads may wait for ever."""
    if not isinstance(executor, ThreadPoolExecutor):
        return False
    # A thread is started before it is noted among those of its pool: until then its name says whose it is.
    prefix = getattr(executor, "_thread_name_prefix", None)
    named = prefix is not None and current_thread().name.startswith(f"{prefix}_")
    return named or current_thread() in getattr(executor, "_threads", ())


@contextmanager
def _cancellable(deadline: Deadline, call: Call) -> Iterator[None]:
    """Raise Cancelled in place of whatever a reading that was ended early looks like."""
    try:
        yield
    except InputError:
        _refuse_cancelled(deadline, call)
        raise


def _refuse_cancelled(deadline: Deadline, call: Call) -> None:
    if deadline.is_cancelled():
        raise call.cancelled()


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
