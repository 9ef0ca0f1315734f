"""The one place that knows every stage of a scan and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

from imgscan.archive.blobs.progress import Progress
from imgscan.archive.opener import open_archive
from imgscan.archive.select import select_images
from imgscan.engine.conclude import report_on
from imgscan.engine.prepared import Prepared
from imgscan.errors import SelectionError, UsageError
from imgscan.model.deadline import Deadline
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
    source: str,
    options: ScanOptions,
    prepare: Callable[[], Prepared],
    progress: Progress | None,
    executor: Executor | None,
    every: bool,
) -> Iterator[ScanEvent]:
    """Scan the images of ``source`` that the options fit, ``every`` one or the only one, and yield what comes of it.

    ``prepare`` is called once the clock runs: what is made for one scan alone counts among its time.

    Raises:
        InputError: nothing of the source could be read.
        SelectionError: the options fit none of the images, or not one alone.
        UsageError: the options ask for what does not exist, or for what does not fit the image.
    """
    watch, deadline = Stopwatch(), Deadline(options.timeout)
    reading = deadline.reading()
    prepared = prepare()
    surveyor, workers = prepared.surveyor, options.workers()
    spread = Spread(executor, prepared.shared, workers) if executor is not None else None
    passed = reading.watching(progress)
    survey = surveyor.in_common(reading.check)
    with open_archive(source, options.limits, survey, workers, passed) as archive:
        manifests = select_images(archive.images, options.image, options.platform, every)
        _refuse_many(options, manifests)
        _refuse_foreign(options, manifests)
        facts = dict[str, LayerFacts]()
        yield from survey_layers(archive, manifests, surveyor, workers, progress, facts, spread, reading)
        watch.lap("read", spread.cpu_seconds if spread is not None else 0.0)
        for manifest in manifests:
            report = report_on(archive, manifest, facts, prepared, Stopwatch(watch), deadline)
            yield from report.findings
            yield from report.problems
            yield report


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
