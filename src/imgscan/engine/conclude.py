"""From the facts on an image's layers to its report: merge, conclude, hide, decide, evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from imgscan.analyzers.api import TextRedactor
from imgscan.analyzers.conclusion import conclude_all
from imgscan.analyzers.registry import BUILTIN_IDS, rules_resting_on
from imgscan.archive.attached import attached_documents, image_documents
from imgscan.archive.blobs.archive import Archive
from imgscan.cis.evaluate import evaluate, left_open
from imgscan.cis.gaps import ledger_of
from imgscan.cis.subject import Subject
from imgscan.engine.described import described_layer, described_tool
from imgscan.engine.known import known_vulnerabilities
from imgscan.engine.links import with_linked
from imgscan.engine.prepared import Prepared
from imgscan.kept.facts import KeptFacts
from imgscan.model.attached import AttachedDocument, ImageDocument
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import Finding
from imgscan.model.hidden import Hidden
from imgscan.model.image import ImageManifest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.problem import Problem
from imgscan.model.progress import ProgressLog, Stage
from imgscan.model.timing import AnalyzerClock, Stopwatch
from imgscan.policy.apply import PolicyRun
from imgscan.report.document import Coverage, Report, is_complete, ranked
from imgscan.report.redact import Hides, hides_of, redact_findings, redact_report, texts_of
from imgscan.rootfs.usage import usage
from imgscan.rootfs.view import merge_layers
from imgscan.survey.layers import facts_of_all
from imgscan.survey.promises import disagreeing, layer_problems, refuse_unread
from imgscan.system.packages.dependencies import dependencies_of_packages
from imgscan.system.packages.installed import packaged_files


def report_on(
    archive: Archive,
    manifest: ImageManifest,
    facts: dict[str, LayerFacts],
    prepared: Prepared,
    watch: Stopwatch,
    deadline: Deadline,
    progress: ProgressLog | None = None,
    kept: KeptFacts | None = None,
) -> Report:
    """Return the report on one image, whose layers' facts are at hand, some of them ``kept`` from other scans.

    Raises:
        InputError: none of its layers could be read.
    """
    options, analyzers, surveyor = prepared.options, prepared.analyzers, prepared.surveyor
    clock = AnalyzerClock() if options.timing else None

    def at(stage: Stage, done: int = 0, total: int = 1) -> None:
        if progress is not None:
            progress.at(stage, done, total)

    at(Stage.MERGE)
    layers = facts_of_all(manifest, facts, options.limits)
    refuse_unread(archive, manifest, layers)
    manifest = disagreeing(manifest, layers)
    view, merge_problems = merge_layers(manifest, layers, options.limits, deadline.check)
    view, unread = with_linked(archive, view, layers, surveyor, deadline, kept.links if kept is not None else None)
    view.documents = tuple(image_documents(archive, manifest))
    view.attached = tuple(attached_documents(archive, manifest))
    watch.lap("merge")
    at(Stage.MERGE, 1)

    def concluded(done: int) -> None:
        at(Stage.CONCLUDE, done, len(analyzers))

    result = conclude_all(view, analyzers, options.limits, prepared.redactors, deadline, clock, concluded)
    watch.lap("conclude", clock=clock)
    at(Stage.JUDGE)
    layer_reports = tuple(described_layer(ref, facts_of) for ref, facts_of in zip(manifest.layers, layers, strict=True))
    description = (
        archive.problems(),
        surveyor.problems(),
        layer_problems(manifest, layers),
        merge_problems,
        unread,
        result.problems,
    )
    resting = rules_resting_on(analyzers)
    problems = tuple(dict.fromkeys(_widened(problem, resting) for problem in chain.from_iterable(description)))
    complete = is_complete(problems)
    # Judged as they may be shown: fingerprints are those of the report, and globs fit its paths.
    policy = PolicyRun(options.policy, manifest, options.today)
    known = known_vulnerabilities(options, view, result.inventory, policy, manifest)
    quoted = list(texts_of(result.findings, result.inventory, problems))
    hides = hides_of((*result.hidden, *_hidden_in(quoted, (*prepared.redactors, *analyzers))))
    findings = policy.findings(redact_findings((*result.findings, *known.findings), hides))
    files, merged_bytes = view.totals()
    report = Report(
        source=archive.source,
        format=archive.format,
        tool=described_tool(analyzers, options),
        image=manifest,
        layers=layer_reports,
        merged_bytes=merged_bytes,
        files=files,
        findings=(),
        inventory=result.inventory,
        usage=usage(view),
        vulnerabilities=known.vulnerabilities,
        package_files=packaged_files(view),
        package_dependencies=dependencies_of_packages(view),
        problems=problems,
        coverage=Coverage(
            complete=complete,
            layers=sum(layer.complete for layer in layers),
            entries=sum(len(layer.entries) for layer in layers),
            bytes_read=sum(layer.uncompressed_bytes for layer in layers),
            bytes_matched=sum(layer.matched_bytes for layer in layers),
            skipped=(*result.gaps, *known.gaps, *_unread(view.attached, view.documents)),
            from_store=None if kept is None else sum(ref.blob in kept.layers.recalled for ref in manifest.layers),
        ),
    )
    # Controls quote findings and instructions: they are judged from what may be shown.
    shown = redact_report(report, hides)
    # All of the image in them is redacted already; what a policy says of some is not.
    shown = msgspec.structs.replace(shown, findings=ranked(_with_reasons_redacted(findings, hides)))
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
        vulnerabilities=known.vulnerabilities,
    )
    controls = policy.controls(evaluate(subject, options.edition), shown.findings)
    watch.lap("judge")
    at(Stage.JUDGE, 1)
    return msgspec.structs.replace(
        shown,
        controls=controls,
        coverage=msgspec.structs.replace(shown.coverage, skipped=left_open(ledger, options.edition)),
        findings=ranked([*shown.findings, *policy.policy_findings()]),
        timing=watch.times if options.timing else None,
    )


def _unread(beside: Sequence[AttachedDocument], documents: Sequence[ImageDocument]) -> Iterator[Gap]:
    """Yield what lies beside the image and could not be read: bills and secrets may be in it; then its documents."""
    for known in documents:
        if known.damage:
            what = "a document of the image that could not be read again"
            yield Gap(cause=Cause.DAMAGE, what=what, why=known.damage, rules=("secrets.*",))
    for document in beside:
        if document.damage:
            rules = ("bills.*", "secrets.*")
            yield Gap(cause=Cause.DAMAGE, what="a document beside the image", why=document.damage, rules=rules)


def _widened(problem: Problem, resting: dict[str, tuple[str, ...]]) -> Problem:
    """Return a problem that names the rules of every analyzer that rests on what an observer did not see."""
    if not problem.rules:
        return problem
    rules = [rule for name in problem.rules for rule in resting.get(name.removesuffix(".*"), (name,))]
    return msgspec.structs.replace(problem, rules=tuple(dict.fromkeys(rules)))


def _with_reasons_redacted(findings: Sequence[Finding], hides: Hides | None) -> list[Finding]:
    return [finding if finding.suppressed is None else redact_findings((finding,), hides)[0] for finding in findings]


def _hidden_in(texts: Sequence[str], redactors: Sequence[object]) -> tuple[str | Hidden, ...]:
    """Return the secrets in what findings, inventory and problems quote of files."""
    values: list[str | Hidden] = []
    for redactor in redactors:
        try:
            values += redactor.redactions_in("\n".join(texts)) if isinstance(redactor, TextRedactor) else ()
        except Exception:  # noqa: BLE001 (foreign code: who cannot say what to hide hides all)
            values += texts
    return tuple(values)
