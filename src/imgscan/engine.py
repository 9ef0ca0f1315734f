"""scan(): the one place that knows every stage and their order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from types import TracebackType

import msgspec
from msgspec.structs import replace

from imgscan.analyzers.api import Analyzer, Redactor
from imgscan.analyzers.registry import choose_analyzers
from imgscan.analyzers.secrets import Secrets
from imgscan.archive.documents import ALGORITHMS
from imgscan.archive.opener import STDIN, WHOLE, Archive, open_archive
from imgscan.archive.select import select_images
from imgscan.errors import ArchiveError, InputError, Position
from imgscan.layer.content import file_content
from imgscan.layer.decompress import Buffer
from imgscan.model.entry import EntryKind
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import Finding, Item
from imgscan.model.image import ImageManifest, LayerRef
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Level, Problem, problem_from
from imgscan.report.document import Coverage, LayerReport, Report, Tool, is_complete, ranked
from imgscan.report.redact import redact_report
from imgscan.rootfs.view import ImageView, Node, merge_layers
from imgscan.survey.survey import Surveyor, failed_layer
from imgscan.version import __version__

Progress = Callable[[int], None]
"""Called with the number of stored bytes just read; from any thread."""


class LayerDone(msgspec.Struct, frozen=True):
    """A layer has been surveyed: which, of how many, and whether it was read to its end."""

    diff_id: str | None
    done: int
    total: int
    complete: bool


Event = LayerDone | Finding | Problem | Report


class Image:
    """One opened image: manifest, config and layers; the content on demand."""

    def __init__(self, archive: Archive, manifest: ImageManifest, options: ScanOptions) -> None:
        self.manifest = manifest
        self._archive = archive
        self._options = options
        self._filesystem: Filesystem | None = None

    @property
    def source(self) -> str:
        """The source as it was given."""
        return self._archive.source

    @property
    def format(self) -> str:
        """What kind of source it is."""
        return self._archive.format

    def filesystem(self) -> Filesystem:
        """Return the merged filesystem; the first call reads all layers."""
        if self._filesystem is None:
            surveyor = Surveyor((), self._options.limits, self._options.digests)
            facts = _survey_all(self._archive, [self.manifest], surveyor, self._options, None)
            layers = [_facts_of(self._archive, layer, facts) for layer in self.manifest.layers]
            view, problems = merge_layers(self.manifest, layers, self._options.limits)
            problems = (*_layer_problems(self.manifest, layers), *problems)
            self._filesystem = Filesystem(self._archive, view, tuple(layers), (*self._archive.problems(), *problems))
        return self._filesystem

    def close(self) -> None:
        """Close the source."""
        self._archive.close()

    def __enter__(self) -> Image:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Filesystem:
    """The merged filesystem of one image: ``view`` answers all but ``open``, which reads a layer again."""

    def __init__(
        self, archive: Archive, view: ImageView, layers: tuple[LayerFacts, ...], problems: tuple[Problem, ...]
    ) -> None:
        self._archive = archive
        self.view = view
        self.layers = layers
        self.problems = problems

    def walk(self) -> Iterator[Node]:
        """Yield every visible path, sorted."""
        return self.view.walk()

    def stat(self, path: str, follow: bool = True) -> Node | None:
        """Return what is at ``path``; None for nothing."""
        return self.view.stat(path, follow)

    def readlink(self, path: str) -> str | None:
        """Return the text of the symlink at ``path``."""
        return self.view.readlink(path)

    def resolve(self, path: str) -> str | None:
        """Return the path that ``path`` leads to through symlinks."""
        return self.view.resolve(path)

    def timeline(self, path: str) -> tuple[object, ...]:
        """Return what the layers did to ``path``."""
        return self.view.timeline(path)

    def open(self, path: str, layer: int | None = None) -> Iterator[bytes]:
        """Yield the content of the file at ``path``, of the merged filesystem or of one layer's own entry.

        Raises:
            ArchiveError: there is no such file.
            InputError: the layer cannot be read that far.
        """
        place = self._place(path, layer)
        index, offset = place
        ref = self.view.manifest.layers[index]
        assert ref.blob is not None  # an entry came from it
        return file_content(self._archive.chunks(ref.blob), offset, self._archive.limits)

    def _place(self, path: str, layer: int | None) -> tuple[int, int]:
        if layer is None:
            node = self.view.stat(path)
            if node is None or node.kind is not EntryKind.FILE:
                raise ArchiveError("no such file" if node is None else f"a {node.kind}, not a file")
            return node.inode >> 32, node.entry.offset
        clean = path.strip("/")
        if not 0 <= layer < len(self.layers):
            raise ArchiveError(f"no layer {layer}; there are {len(self.layers)}, counted from 0")
        for entry in reversed(self.layers[layer].entries):
            if entry.path == clean:
                if entry.kind is EntryKind.HARDLINK and entry.link_target is not None:
                    return self._place(entry.link_target, layer)
                if entry.kind is not EntryKind.FILE:
                    raise ArchiveError(f"a {entry.kind} in layer {layer}, not a file")
                return layer, entry.offset
        raise ArchiveError(f"no such file in layer {layer}")


def open_image(source: str | os.PathLike[str], options: ScanOptions | None = None) -> Image:
    """Open one image of ``source`` without reading its layers; use it in a ``with`` block.

    Raises:
        InputError: the source cannot be read.
        SelectionError: it holds several images and the options name none, or none that is there.
    """
    options = options or ScanOptions()
    surveyor = Surveyor((), options.limits, options.digests)
    archive = open_archive(os.fspath(source), options.limits, surveyor.survey, _jobs(options))
    try:
        (manifest,) = select_images(archive.images, options.image, options.platform)
    except BaseException:
        archive.close()
        raise
    return Image(archive, manifest, options)


def scan(
    source: str | os.PathLike[str], options: ScanOptions | None = None, progress: Progress | None = None
) -> Report:
    """Scan one image and return its report.

    Raises:
        InputError: nothing of the source could be read.
        SelectionError: it holds several images and the options name none, or none that is there.
        UsageError: the options name an analyzer that does not exist.
    """
    for event in iter_scan(source, options, progress):
        if isinstance(event, Report):
            return event
    raise AssertionError("iter_scan ends with a report")


def iter_scan(
    source: str | os.PathLike[str], options: ScanOptions | None = None, progress: Progress | None = None
) -> Iterator[Event]:
    """Scan one image, yielding each layer as it is done, then findings and problems, last the report.

    Raises: as ``scan``.
    """
    return _scan(os.fspath(source), options or ScanOptions(), progress, every=False)


def scan_all(
    source: str | os.PathLike[str], options: ScanOptions | None = None, progress: Progress | None = None
) -> tuple[Report, ...]:
    """Scan all images of ``source`` that the options fit; layers that they share are read once.

    Raises: as ``scan``, but several images are no error.
    """
    events = _scan(os.fspath(source), options or ScanOptions(), progress, every=True)
    return tuple(event for event in events if isinstance(event, Report))


def _scan(source: str, options: ScanOptions, progress: Progress | None, every: bool) -> Iterator[Event]:
    analyzers = choose_analyzers(options)
    surveyor = Surveyor(analyzers, options.limits, options.digests, options.pattern_cache)
    with open_archive(source, options.limits, surveyor.survey, _jobs(options), progress) as archive:
        manifests = select_images(archive.images, options.image, options.platform, every)
        facts = dict[str, LayerFacts]()
        yield from _survey_events(archive, manifests, surveyor, options, progress, facts)
        for manifest in manifests:
            report = _report(archive, manifest, facts, analyzers, options)
            yield from report.findings
            yield from report.problems
            yield report


def _jobs(options: ScanOptions) -> int:
    return options.jobs or os.cpu_count() or 1


# Layers


def _survey_all(
    archive: Archive,
    manifests: Sequence[ImageManifest],
    surveyor: Surveyor,
    options: ScanOptions,
    progress: Progress | None,
) -> dict[str, LayerFacts]:
    facts: dict[str, LayerFacts] = {}
    for _ in _survey_events(archive, manifests, surveyor, options, progress, facts):
        pass
    return facts


def _survey_events(
    archive: Archive,
    manifests: Sequence[ImageManifest],
    surveyor: Surveyor,
    options: ScanOptions,
    progress: Progress | None,
    facts: dict[str, LayerFacts],
) -> Iterator[LayerDone]:
    """Survey every blob that the images name, each once, into ``facts``."""
    facts.update(archive.surveyed)
    wanted: dict[str, str] = {}
    for manifest in manifests:
        for layer in manifest.layers:
            if layer.blob is not None and layer.blob not in facts:
                wanted.setdefault(layer.blob, _algorithm(layer))

    def survey(blob: str, algorithm: str) -> LayerFacts:
        try:
            return surveyor.survey(_counted(archive.chunks(blob), progress), algorithm)
        except InputError as error:
            return failed_layer(problem_from(error, "archive"))

    with ThreadPoolExecutor(_jobs(options), thread_name_prefix="imgscan-layer") as pool:
        futures = {pool.submit(survey, blob, algorithm): blob for blob, algorithm in wanted.items()}
        for number, future in enumerate(as_completed(futures)):
            found = facts[futures[future]] = future.result()
            yield LayerDone(found.diff_id, number + 1, len(futures), found.complete)


def _algorithm(layer: LayerRef) -> str:
    name = layer.descriptor.digest.partition(":")[0]
    return name if name in ALGORITHMS else "sha256"


def _counted(chunks: Iterable[Buffer], progress: Progress | None) -> Iterator[Buffer]:
    for chunk in chunks:
        if progress is not None:
            progress(len(chunk))
        yield chunk


def _facts_of(archive: Archive, layer: LayerRef, facts: dict[str, LayerFacts]) -> LayerFacts:
    """Return the facts of a layer, or those of a layer that is not there."""
    if layer.blob is not None and layer.blob in facts:
        found = facts[layer.blob]
        if "encrypted" in layer.descriptor.media_type and not found.entries:
            return failed_layer(_missing(layer, "is encrypted and was not read"))
        return found
    kind = layer.descriptor.media_type
    if "foreign" in kind or "nondistributable" in kind:
        return failed_layer(_missing(layer, f"is a foreign layer ({kind}) that the archive does not hold"))
    return failed_layer(_missing(layer, "has no blob in the archive"))


def _missing(layer: LayerRef, what: str) -> Problem:
    name = layer.descriptor.digest or layer.diff_id
    return Problem(
        level=Level.ERROR,
        stage="archive",
        code="missing-layer",
        message=f"layer {layer.index} {what}",
        source=name or None,
        diff_id=layer.diff_id or None,
    )


# The report


def _report(
    archive: Archive,
    manifest: ImageManifest,
    facts: dict[str, LayerFacts],
    analyzers: Sequence[Analyzer],
    options: ScanOptions,
) -> Report:
    layers = [_facts_of(archive, layer, facts) for layer in manifest.layers]
    if [layer.blob for layer in manifest.layers] == [WHOLE] and not layers[0].entries and not layers[0].complete:
        raise _nothing_read(archive, layers[0])
    view, merge_problems = merge_layers(manifest, layers, options.limits)
    findings, inventory, raised = _conclude(view, analyzers)
    hidden, more = _redactions(view, analyzers)
    raised += more
    layer_reports = tuple(_layer_report(ref, found) for ref, found in zip(manifest.layers, layers, strict=True))
    problems = (*archive.problems(), *_layer_problems(manifest, layers), *merge_problems, *raised)
    files = [node for node in view.walk() if node.kind is EntryKind.FILE]
    report = Report(
        source=archive.source,
        format=archive.format,
        tool=Tool(
            "imgscan", __version__, {analyzer.id: analyzer.version for analyzer in analyzers}, _rules_digest(analyzers)
        ),
        image=manifest,
        layers=layer_reports,
        merged_bytes=sum(node.entry.size for node in files if node.ref == node.inode),
        files=len(files),
        findings=ranked(findings),
        inventory=inventory,
        problems=problems,
        coverage=Coverage(
            complete=is_complete(problems),
            layers=sum(found.complete for found in layers),
            entries=sum(len(found.entries) for found in layers),
            bytes_read=sum(found.uncompressed_bytes for found in layers),
            bytes_matched=sum(found.matched_bytes for found in layers),
        ),
    )
    return redact_report(report, hidden)


def _redactions(view: ImageView, analyzers: Sequence[Analyzer]) -> tuple[tuple[str, ...], list[Problem]]:
    """Return what analyzers say must not be shown; where one cannot say, all texts of config and history go."""
    values: list[str] = []
    problems: list[Problem] = []
    redactors: list[Redactor] = [analyzer for analyzer in analyzers if isinstance(analyzer, Redactor)]
    # Leaving the analyzer out must not show what it would have hidden.
    for analyzer in redactors or [Secrets()]:
        try:
            values += analyzer.redactions(view)
        except Exception as error:  # noqa: BLE001 (foreign code: one analyzer's fault must not end the scan)
            text = f"the analyzer {analyzer.id} raised {type(error).__name__} while redacting; texts are left out"
            problems.append(Problem(level=Level.ERROR, stage="analyzer", code="analyzer", message=text))
            config = view.config
            values += [*(item.created_by for item in config.history), *config.env, *config.labels.values()]
            values += [*(config.entrypoint or ()), *(config.cmd or ())]
    return tuple(values), problems


def _rules_digest(analyzers: Sequence[Analyzer]) -> str | None:
    return next((analyzer.rules_digest for analyzer in analyzers if isinstance(analyzer, Secrets)), None)


def _nothing_read(archive: Archive, layer: LayerFacts) -> InputError:
    """Return the error of a root filesystem of which not one entry could be read."""
    problem = layer.problems[0]
    where = Position(source="standard input" if archive.source == STDIN else archive.source, offset=problem.offset)
    return ArchiveError(f"neither an image nor a root filesystem: {problem.message}", where)


def _conclude(
    view: ImageView, analyzers: Sequence[Analyzer]
) -> tuple[list[Finding], dict[str, tuple[dict[str, object], ...]], list[Problem]]:
    """Let each analyzer conclude; one that raises becomes a problem and its findings so far stay."""
    findings: list[Finding] = []
    inventory: dict[str, list[dict[str, object]]] = {}
    problems: list[Problem] = []
    for analyzer in analyzers:
        try:
            for found in analyzer.conclude(view):
                if isinstance(found, Item):
                    inventory.setdefault(found.section, []).append(found.data)
                else:
                    findings.append(found)
        except Exception as error:  # noqa: BLE001 (foreign code: one analyzer's fault must not end the scan)
            text = (
                f"the analyzer {analyzer.id} raised {type(error).__name__} while concluding; its findings are not whole"
            )
            problems.append(Problem(level=Level.ERROR, stage="analyzer", code="analyzer", message=text))
    return findings, {section: tuple(items) for section, items in inventory.items()}, problems


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
            "digest": _equal(layer.descriptor.digest, facts.digest),
            "diff_id": _equal(layer.diff_id, facts.diff_id),
        },
        complete=facts.complete,
    )


def _equal(promised: str, computed: str | None) -> bool | None:
    if not promised or computed is None or promised.partition(":")[0] != computed.partition(":")[0]:
        return None
    return promised == computed


def _layer_problems(manifest: ImageManifest, layers: Sequence[LayerFacts]) -> list[Problem]:
    """Return the layers' own problems, completed with their place, and what does not verify."""
    found: list[Problem] = []
    for ref, facts in zip(manifest.layers, layers, strict=True):
        diff_id = ref.diff_id or facts.diff_id
        source = ref.blob if ref.blob not in (None, WHOLE) else None
        found += [
            replace(problem, source=problem.source or source, diff_id=problem.diff_id or diff_id)
            for problem in facts.problems
        ]
        for what, promised, computed in (
            ("digest", ref.descriptor.digest, facts.digest),
            ("diff_id", ref.diff_id, facts.diff_id),
        ):
            if _equal(promised, computed) is False:
                text = f"layer {ref.index}: its {what} is {computed}, promised was {promised}"
                found.append(
                    Problem(
                        level=Level.ERROR,
                        stage="layer",
                        code="digest-mismatch",
                        message=text,
                        source=source,
                        diff_id=diff_id,
                    )
                )
        if ref.descriptor.size not in (-1, facts.stored_bytes) and facts.digest is not None:
            text = f"layer {ref.index}: {facts.stored_bytes} stored bytes, its descriptor says {ref.descriptor.size}"
            found.append(
                Problem(
                    level=Level.ERROR, stage="layer", code="size-mismatch", message=text, source=source, diff_id=diff_id
                )
            )
    return found
