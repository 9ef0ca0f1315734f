"""scan(): the one place that knows every stage and their order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import chain

import msgspec

from imgscan.analyzers.api import Analyzer, Redactor, TextRedactor
from imgscan.analyzers.conclusion import conclude_all
from imgscan.analyzers.registry import (
    BUILTIN_IDS,
    choose_analyzers,
    choose_observers,
    hiders,
    observers_of,
    rules_resting_on,
)
from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.progress import Progress
from imgscan.archive.opener import open_archive
from imgscan.archive.select import select_images
from imgscan.cis.editions import edition_of
from imgscan.cis.evaluate import evaluate, left_open
from imgscan.cis.gaps import ledger_of
from imgscan.cis.subject import Subject
from imgscan.errors import SelectionError, UsageError
from imgscan.layer.decompress import Buffer
from imgscan.model.deadline import Deadline
from imgscan.model.fact import Fact, LayerFacts
from imgscan.model.finding import Finding
from imgscan.model.hidden import Hidden
from imgscan.model.image import ImageManifest, LayerRef
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Problem
from imgscan.model.timing import Stopwatch
from imgscan.policy.apply import Judge
from imgscan.printable import printable
from imgscan.report.document import Coverage, LayerReport, Report, Tool, is_complete, ranked
from imgscan.report.redact import redact_findings, redact_report, texts_of
from imgscan.rootfs.usage import usage
from imgscan.rootfs.view import ImageView, merge_layers
from imgscan.survey.layers import LayerDone, facts_of_all, survey_layers
from imgscan.survey.linked import linked_contents, read_linked
from imgscan.survey.pattern_cache import compiler
from imgscan.survey.promises import disagreeing, equal, layer_problems, refuse_unread
from imgscan.survey.spread import Spread
from imgscan.survey.survey import Surveyor
from imgscan.survey.task import SharedSurveyor, SurveySettings
from imgscan.system.packages.installed import packaged_files
from imgscan.version import __version__

ScanEvent = LayerDone | Finding | Problem | Report


def scan(
    source: str | os.PathLike[str],
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Report:
    """Scan one image and return its report.

    Raises:
        InputError: nothing of the source could be read.
        SelectionError: it holds several images and the options name none, or none that is there.
        UsageError: the options name an analyzer or an edition of the benchmark that does not exist.
    """
    for event in iter_scan(source, options, progress, executor):
        if isinstance(event, Report):
            return event
    raise AssertionError("iter_scan ends with a report")


def iter_scan(
    source: str | os.PathLike[str],
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Iterator[ScanEvent]:
    """Scan one image, yielding each layer as it is done, then findings and problems, last the report.

    Raises: as ``scan``.
    """
    return _scan(os.fspath(source), options or ScanOptions(), progress, executor, every=False)


def scan_all(
    source: str | os.PathLike[str],
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> tuple[Report, ...]:
    """Scan all images of ``source`` that the options fit; layers that they share are read once.

    Raises: as ``scan``, but several images are no error.
    """
    events = _scan(os.fspath(source), options or ScanOptions(), progress, executor, every=True)
    return tuple(event for event in events if isinstance(event, Report))


def _scan(
    source: str, options: ScanOptions, progress: Progress | None, executor: Executor | None, every: bool
) -> Iterator[ScanEvent]:
    watch, deadline = Stopwatch(), Deadline(options.timeout)
    reading = deadline.reading()
    settings = SurveySettings.of(options, choose_observers)
    compile_patterns = compiler(options.pattern_cache)
    analyzers = choose_analyzers(options, compile_patterns)
    surveyor = Surveyor(observers_of(analyzers, options.limits), options.limits, options.digests, compile_patterns)
    shared = SharedSurveyor(surveyor, settings)
    spread = Spread(executor, shared, options.workers()) if executor is not None else None
    edition_of(options.edition)  # refused before anything is read
    hidden_by = hiders(analyzers, compile_patterns)
    passed = reading.watching(progress)
    survey = surveyor.in_common(reading.check)
    with open_archive(source, options.limits, survey, options.workers(), passed) as archive:
        manifests = select_images(archive.images, options.image, options.platform, every)
        _refuse_many(options, manifests)
        _refuse_foreign(options, manifests)
        facts = dict[str, LayerFacts]()
        yield from survey_layers(archive, manifests, surveyor, options.workers(), progress, facts, spread, reading)
        watch.lap("read", spread.cpu_seconds if spread is not None else 0.0)
        for manifest in manifests:
            held = Stopwatch(watch)
            report = _report(archive, manifest, facts, surveyor, analyzers, hidden_by, options, held, deadline)
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
    found = options.vulnerabilities
    if found is None:
        return
    if len(manifests) > 1:
        raise UsageError(f"--vulnerabilities is about one image, and there are {len(manifests)}: choose with --image")
    if not options.any_image and any(found.is_about(manifest) is False for manifest in manifests):
        raise UsageError(
            f"the report of {found.tool} is about the image {printable(found.image_id or '')}, and this is "
            f"{manifests[0].image_id}; --force-vulnerabilities takes it all the same"
        )


def _report(
    archive: Archive,
    manifest: ImageManifest,
    facts: dict[str, LayerFacts],
    surveyor: Surveyor,
    analyzers: Sequence[Analyzer],
    redactors: Sequence[Redactor],
    options: ScanOptions,
    watch: Stopwatch,
    deadline: Deadline,
) -> Report:
    layers = facts_of_all(manifest, facts, options.limits)
    refuse_unread(archive, manifest, layers)
    manifest = disagreeing(manifest, layers)
    view, merge_problems = merge_layers(manifest, layers, options.limits)
    view, unread = _with_linked(archive, view, surveyor)
    watch.lap("merge")
    found = conclude_all(view, analyzers, options.limits, redactors, deadline)
    watch.lap("conclude")
    layer_reports = tuple(_layer_report(ref, facts_of) for ref, facts_of in zip(manifest.layers, layers, strict=True))
    told = (
        archive.problems(),
        surveyor.problems(),
        layer_problems(manifest, layers),
        merge_problems,
        unread,
        found.problems,
    )
    resting = rules_resting_on(analyzers)
    problems = tuple(dict.fromkeys(_widened(problem, resting) for problem in chain.from_iterable(told)))
    complete = is_complete(problems)
    quoted = list(texts_of(found.findings, found.inventory, problems))
    hidden = (*found.hidden, *_hidden_in(quoted, (*redactors, *analyzers)))
    # Judged as they may be shown: fingerprints are those of the report, and globs fit its paths.
    judge = Judge(options.policy, manifest, options.today)
    findings = judge.findings(redact_findings(found.findings, hidden))
    files, merged_bytes = view.totals()
    report = Report(
        source=archive.source,
        format=archive.format,
        tool=_tool(analyzers, options),
        image=manifest,
        layers=layer_reports,
        merged_bytes=merged_bytes,
        files=files,
        findings=ranked(findings),
        inventory=found.inventory,
        usage=usage(view),
        vulnerabilities=options.vulnerabilities,
        package_files=packaged_files(view),
        problems=problems,
        coverage=Coverage(
            complete=complete,
            layers=sum(layer.complete for layer in layers),
            entries=sum(len(layer.entries) for layer in layers),
            bytes_read=sum(layer.uncompressed_bytes for layer in layers),
            bytes_matched=sum(layer.matched_bytes for layer in layers),
            skipped=found.gaps,
        ),
    )
    # Controls quote findings and instructions: they are judged from what may be shown.
    shown = redact_report(report, hidden)
    absent = [name for name in BUILTIN_IDS if name not in {analyzer.id for analyzer in analyzers}]
    ledger = ledger_of(shown.image, shown.problems, shown.coverage.skipped, shown.findings, absent)
    subject = Subject(
        manifest=shown.image,
        findings=shown.findings,
        inventory=shown.inventory,
        problems=shown.problems,
        complete=complete,
        verified=tuple(layer.verified for layer in shown.layers),
        policy=options.policy,
        artifacts=tuple(artifact.kind for artifact in archive.artifacts),
        ledger=ledger,
        today=options.today,
        vulnerabilities=options.vulnerabilities,
    )
    controls = judge.controls(evaluate(subject, options.edition), shown.findings)
    watch.lap("judge")
    return msgspec.structs.replace(
        shown,
        controls=controls,
        coverage=msgspec.structs.replace(shown.coverage, skipped=left_open(ledger, options.edition)),
        findings=ranked([*shown.findings, *judge.own()]),
        timing=watch.times if options.timing else None,
    )


def _with_linked(archive: Archive, view: ImageView, surveyor: Surveyor) -> tuple[ImageView, tuple[Problem, ...]]:
    """Return the image with the facts on contents that links lead to, and what could not be read again."""
    added: dict[int, Mapping[str, Sequence[Fact]]] = {}
    problems: list[Problem] = []
    for layer, wanted in sorted(linked_contents(view, surveyor.observers).items()):
        ref = view.manifest.layers[layer]
        if ref.blob is not None:
            result = read_linked(_chunks(archive, ref.blob), wanted, surveyor.limits, ref.diff_id or None)
            added[layer] = result.facts
            problems += result.problems
    return (view.with_facts(added) if added else view), tuple(problems)


def _chunks(archive: Archive, blob: str) -> Iterator[Buffer]:
    yield from archive.chunks(blob)


def _widened(problem: Problem, resting: dict[str, tuple[str, ...]]) -> Problem:
    """Return a problem that names the rules of every analyzer that rests on what an observer did not see."""
    if not problem.rules:
        return problem
    rules = [rule for name in problem.rules for rule in resting.get(name.removesuffix(".*"), (name,))]
    return msgspec.structs.replace(problem, rules=tuple(dict.fromkeys(rules)))


def _hidden_in(texts: Sequence[str], redactors: Sequence[object]) -> tuple[str | Hidden, ...]:
    """Return the secrets in what findings, inventory and problems quote of files."""
    values: list[str | Hidden] = []
    for redactor in redactors:
        try:
            values += redactor.redactions_in("\n".join(texts)) if isinstance(redactor, TextRedactor) else ()
        except Exception:  # noqa: BLE001 (foreign code: who cannot say what to hide hides all)
            values += texts
    return tuple(values)


def _tool(analyzers: Sequence[Analyzer], options: ScanOptions) -> Tool:
    ran = {analyzer.id: analyzer.version for analyzer in analyzers}
    return Tool(
        name="imgscan",
        version=__version__,
        analyzers=ran,
        rules_digest=_rules_digest(analyzers),
        not_run=tuple(name for name in BUILTIN_IDS if name not in ran),
        controls_off=tuple(sorted(options.policy.controls_off)),
    )


def _rules_digest(analyzers: Sequence[Analyzer]) -> str | None:
    return next((digest for analyzer in analyzers if (digest := getattr(analyzer, "rules_digest", None))), None)


def _layer_report(layer: LayerRef, facts: LayerFacts) -> LayerReport:
    return LayerReport(
        index=layer.index,
        diff_id=layer.diff_id or facts.diff_id,
        digest=layer.descriptor.digest or facts.digest,
        media_type=layer.descriptor.media_type,
        compression=facts.compression,
        stored_bytes=facts.stored_bytes,
        uncompressed_bytes=facts.uncompressed_bytes,
        entries=len(facts.entries),
        created_by=layer.created_by,
        verified={
            "digest": equal(layer.descriptor.digest, facts.digest),
            "diff_id": equal(layer.diff_id, facts.diff_id),
        },
        complete=facts.complete,
    )
