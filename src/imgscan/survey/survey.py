"""The survey of one layer: every entry, and what the observers observed in it, in one pass over its bytes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain

from imgscan.errors import InputError, ManifestError, TarHeaderError, TruncatedError
from imgscan.formats.image.estargz import TOC_NAME, compare_toc
from imgscan.formats.image.gojson import read_as_go
from imgscan.formats.image.manifest import is_docker_manifest
from imgscan.formats.image.shapes import MANIFEST_JSON
from imgscan.layer.asides import Asides
from imgscan.layer.budget import ExpansionBudget, ExpansionShare
from imgscan.layer.decompress import Buffer
from imgscan.layer.signatures import HEAD_BYTES, appearance
from imgscan.layer.stream import LayerStream
from imgscan.layer.tar_reader import HEAD, TarReader
from imgscan.matching.multipattern import Compiler, compile_patterns
from imgscan.model.deadline import Check
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.fact import Fact, LayerFacts, OutsideFact, kept
from imgscan.model.interest import Excerpt
from imgscan.model.limits import Limits
from imgscan.model.observed import Allowance, Content
from imgscan.model.observer import Observer
from imgscan.model.problem import Level, Problem, ProblemLog, problem_from
from imgscan.model.timing import AnalyzerClock
from imgscan.survey.budget import LayerShare, SurveyBudget, usual_bytes, usual_facts, weight_of
from imgscan.survey.content import Arena, ContentSink, HoleBudget
from imgscan.survey.interest import InterestIndex
from imgscan.survey.look import Look
from imgscan.survey.matching import PatternScan
from imgscan.survey.outside import OutsideMatches, TarEnd
from imgscan.survey.patterns import PatternSet

_MANIFEST = "manifest.json"
_DOCUMENTS = (TOC_NAME, _MANIFEST)
_MAGIC_OFFSET = 257  # in a tar header: one that has it is a damaged tar, not something else
NOT_A_TAR = "not-a-tar"
"""The code of the problem of a layer in which no tar begins."""


class Surveyor:
    """Surveys layers with one set of observers; may be used from several threads."""

    def __init__(
        self,
        observers: Sequence[Observer],
        limits: Limits,
        digests: bool = False,
        compiler: Compiler = compile_patterns,
    ) -> None:
        self.observers = tuple(observers)
        self.limits = limits
        self.digests = digests
        self.index = InterestIndex(self.observers)
        self.patterns = PatternSet.of(self.observers, compiler)
        self.compiler = compiler

    def problems(self) -> tuple[Problem, ...]:
        """Return what is to be told of the search, whatever the layer."""
        return self.patterns.problems() if self.patterns is not None else ()

    def survey(
        self,
        chunks: Iterable[Buffer],
        algorithm: str = "sha256",
        tar_algorithm: str = "sha256",
        budget: ExpansionBudget | None = None,
        check: Check | None = None,
        shared: SurveyBudget | None = None,
        clock: AnalyzerClock | None = None,
    ) -> LayerFacts:
        """Read one stored layer to its end and return its facts; a fault ends as a problem, with all before it kept.

        ``algorithm`` is that of the digest to compute over the stored bytes, ``tar_algorithm`` over the tar; ``budget``
        is what it may have beyond ``limits.layer_ratio``, shared with others (None: ``limits.layer_ratio_floor``);
        ``check`` is asked before each window whether there is time for it; ``shared`` is what all layers may have of
        hits and facts (None: this one alone); ``clock`` takes the time of each observer (None: nobody looks).
        """
        expansion = ExpansionShare(budget or ExpansionBudget(self.limits.layer_ratio_floor))
        share = LayerShare(shared or SurveyBudget(self.limits), expansion)
        return _LayerSurvey(self, share, clock).run(
            LayerStream(chunks, self.limits, algorithm, tar_algorithm, expansion), check
        )

    def in_common(
        self, check: Check | None = None, clock: AnalyzerClock | None = None, shared: SurveyBudget | None = None
    ) -> Callable[..., LayerFacts]:
        """Return ``survey`` for layers that share the budgets for what goes beyond a layer's size."""
        expansion, shared = ExpansionBudget(self.limits.layer_ratio_floor), shared or SurveyBudget(self.limits)
        return partial(self.survey, budget=expansion, check=check, shared=shared, clock=clock)


class _LayerSurvey:
    """The survey of one layer."""

    def __init__(self, surveyor: Surveyor, budget: LayerShare, clock: AnalyzerClock | None) -> None:
        self._budget = budget
        self._clock = clock
        self._observe = self._take_facts if clock is None else partial(self._timed, clock)
        self._weight = 0  # bytes of the facts so far that the layer's size accounts for
        self._observers = surveyor.observers
        self._limits = surveyor.limits
        self._digests = surveyor.digests
        self._index = surveyor.index
        self._select = surveyor.index.select
        self._looks: dict[tuple[int, ...], Look] = {}
        self._scan = PatternScan(surveyor.patterns, self._limits, budget) if surveyor.patterns else None
        self._entries: list[Entry] = []
        self._sparse: list[int] = []
        self._facts: dict[str, list[Fact]] = {}
        self._matched: dict[str, list[Fact]] = {}  # apart, since when a match is found depends on the windows
        self._outside = OutsideMatches(
            self._observers,
            self._limits,
            budget,
            lambda observer, error: self._raised(observer, None, error, self._match_problems),
        )
        self._sha256: list[str | None] = []
        self._problems = ProblemLog("survey", self._limits.problems_per_kind)
        self._match_problems = ProblemLog("survey", self._limits.problems_per_kind)
        self._reader = TarReader(self._on_entry, self._problems, self._limits)
        self._at = 0  # how much of the tar has come
        self._fault_at: int | None = None  # where the tar is damaged, or over a limit
        self._failed: set[str] = set()
        self._full: set[str] = set()  # observers with as many facts as a layer may have of each
        self._documents: dict[str, Content] = {}
        self._holes = HoleBudget(self._limits.sparse_hash_bytes)
        self._arena = Arena()
        self._allowance = Allowance(self._limits.unpacked_bytes)

    def run(self, stream: LayerStream, check: Check | None = None) -> LayerFacts:
        faults: list[InputError] = []
        head = b""
        try:
            for window in stream:
                if check is not None:
                    check()
                faults += self._feed(window)
                if not self._entries and len(head) < HEAD_BYTES:
                    head += bytes(window[: HEAD_BYTES - len(head)])
            if not faults:
                self._reader.close()
        except InputError as error:
            faults.append(error)
            self._reader.abort()
        self._arena.clear()  # now, not when the collector comes to the reader that leads here
        outside: dict[str, list[OutsideFact]] = {}
        if self._scan is not None:
            self._matches(self._scan, None)
            outside = self._outside_facts(self._scan, stream.asides)
            self._note_hits(self._scan)
            self._scan.close()
        for fault in faults:
            self._problems.note(_not_a_tar(fault, head) or problem_from(fault, "layer"))
        self._problems.extend(self._match_problems.problems())
        if TOC_NAME in self._documents:
            self._check_toc(self._documents[TOC_NAME])
        return LayerFacts(
            digest=stream.digest,
            diff_id=stream.diff_id,
            compression=stream.compression,
            stored_bytes=stream.stored_bytes,
            uncompressed_bytes=stream.uncompressed_bytes,
            complete=not faults,
            entries=self._entries,
            facts=self._all_facts(),
            problems=self._problems.problems(),
            sha256=self._sha256 if self._digests else None,
            matched_bytes=self._matched_bytes(),
            failed=tuple(sorted(self._failed)),
            digests=self._scan.digests if self._scan else {},
            outside=outside,
            observers=tuple(observer.id for observer in self._observers),
            sparse=frozenset(self._sparse),
            loadable=_MANIFEST in self._documents and _is_loadable(self._documents[_MANIFEST].data),
            cost=self._budget.cost(self._limits.unpacked_bytes - self._allowance.left),
        )

    def _feed(self, window: Buffer) -> list[InputError]:
        """Read one window; what follows a fault is no content, and is searched as what lies outside of contents is."""
        start = self._at
        self._at += len(window)
        faults = []
        if self._fault_at is None:
            try:
                self._reader.feed(window)
            except InputError as error:
                faults.append(error)
                self._fault_at = error.position.offset or 0
        if self._scan is not None:
            if self._fault_at is not None and not self._scan.looks_outside:
                window = memoryview(window)[: max(self._fault_at - start, 0)]
            self._matches(self._scan, window)
        return faults

    def _matched_bytes(self) -> int:
        """Return how many bytes of a tar that could be read were searched."""
        if self._scan is None:
            return 0
        return self._scan.bytes if self._fault_at is None else min(self._scan.bytes, self._fault_at)

    def _all_facts(self) -> dict[str, list[Fact]]:
        """Return the facts of each observer by entry; of one entry first what was observed, then the matches."""
        result = {}
        for observer in self._observers:
            facts = self._facts.get(observer.id, []) + self._matched.get(observer.id, [])
            if facts:
                result[observer.id] = sorted(facts, key=lambda fact: fact.entry)
        return result

    # Entries

    def _on_entry(self, entry: Entry, head: bytes | None) -> ContentSink | None:
        index = len(self._entries)
        self._entries.append(entry)
        is_file = entry.kind is EntryKind.FILE
        if head is None:
            self._sparse.append(entry.offset)
        if self._scan is not None and is_file:
            self._scan.add(index, entry, self._reader.segments, head)
        wanted = self._select(entry, head)
        if self._digests:
            self._sha256.append(None)
        if not wanted and not (is_file and (self._digests or entry.path in _DOCUMENTS)):
            return None  # nearly always: hence the rest stands apart, where variables that a closure keeps cost nothing
        return self._sink(entry, head, index, wanted)

    def _sink(self, entry: Entry, head: bytes | None, index: int, wanted: tuple[int, ...]) -> ContentSink | None:
        """Return who takes the content of an entry that somebody wants; of one without content, tell them at once."""
        if self._full:
            wanted = tuple([number for number in wanted if self._observers[number].id not in self._full])
        look = self._looks.get(wanted)
        if look is None:
            look = self._looks[wanted] = Look(self._observers, wanted, self._limits)
        is_file = entry.kind is EntryKind.FILE
        document = is_file and entry.path in _DOCUMENTS
        algorithms = look.algorithms(entry)
        digests = algorithms[0] if len(algorithms) == 1 else tuple(dict.fromkeys(chain.from_iterable(algorithms)))
        if self._digests and is_file and "sha256" not in digests:
            digests = ("sha256", *digests)
        bound = look.bound
        if head is None and wanted:
            bound = max(bound, HEAD)  # whether its first bytes are wanted is known only once they are read
        if document:
            bound = max(bound, self._limits.json_bytes)

        def done(content: Content, excerpts: dict[Excerpt, bytes]) -> None:
            if is_file and digests:
                self._note_digest(entry, index, content)
            if document:
                self._documents[entry.path] = Content(content.data, content.size, cut=content.cut)
            content.allowance = self._allowance
            for requester, shown in look.shown(algorithms, content, excerpts):
                if head is not None or self._index.wants(requester.number, entry, bytes(content.view[:HEAD])):
                    self._observe(requester.observer, entry, index, shown)

        if look.bound > self._limits.content_bytes < entry.size:
            self._note_short(look, entry)
        bound = min(bound, self._limits.content_bytes)
        if not is_file or not (bound or digests or look.excerpts or look.plans):
            done(Content(size=entry.size), {})
            return None
        return look.sink(entry, bound, digests, self._holes, done, self._arena)

    def _note_short(self, look: Look, entry: Entry) -> None:
        """Note for each analyzer that it gets less of a content than it asks for."""
        bound = self._limits.content_bytes
        for observer in (
            requester.observer for requester in look.requesters if requester.interest.max_content_bytes > bound
        ):
            text = f"the analyzer {observer.id} gets only the start of a content over limits.content_bytes"
            self._problems.warn("content-bytes", text, entry.path, entry.offset, (f"{observer.id}.*",))

    def _note_digest(self, entry: Entry, index: int, content: Content) -> None:
        if self._digests:
            self._sha256[index] = content.sha256
        if not content.digests and not content.cut:
            text = "too many bytes of holes to hash, over limits.sparse_hash_bytes"
            self._problems.warn("no-digest", text, entry.path, entry.offset)

    def _timed(self, clock: AnalyzerClock, observer: Observer, entry: Entry, index: int, content: Content) -> None:
        begun = time.thread_time()
        self._take_facts(observer, entry, index, content)
        clock.add(observer.id, begun)

    def _take_facts(self, observer: Observer, entry: Entry, index: int, content: Content) -> None:
        try:
            for data in observer.observe(entry, content):
                facts = self._facts.setdefault(observer.id, [])
                if len(facts) >= usual_facts(entry.offset) and not self._budget.take_fact(observer.id):
                    self._note_full(observer, entry, "facts", "layer_facts")
                    return
                if not self._has_room(observer, data, entry):
                    self._note_full(observer, entry, "bytes of facts", "facts_bytes")
                    return
                facts.append(Fact(observer.id, index, kept(data)))
        except Exception as error:  # noqa: BLE001 (foreign code: one observer's fault must not end the scan)
            self._raised(observer, entry, error, self._problems)

    def _has_room(self, observer: Observer, data: object, entry: Entry) -> bool:
        """Whether there is room for a fact; the size of the layer up to its entry accounts for some."""
        weight = weight_of(data)
        self._budget.weigh(observer.id, weight)
        usual = min(weight, max(usual_bytes(entry.offset) - self._weight, 0))
        self._weight += usual
        return usual == weight or self._budget.take_bytes(weight - usual)

    def _note_full(self, observer: Observer, entry: Entry, what: str, limit: str) -> None:
        """Note once that an observer has no more facts on this layer, from an entry on."""
        self._full.add(observer.id)
        text = f"more {what} of the analyzer {observer.id} than limits.{limit}: no others of this layer are taken"
        self._problems.add(Level.ERROR, "too-many-facts", text, entry.path, entry.offset, (f"{observer.id}.*",))

    def _raised(self, observer: Observer, entry: Entry | None, error: Exception, log: ProblemLog) -> None:
        self._failed.add(observer.id)
        logging.getLogger("imgscan").debug("the analyzer %s raised while observing", observer.id, exc_info=error)
        what = "this entry" if entry is not None else "what the layer has beside contents"
        text = f"the analyzer {observer.id} raised {type(error).__name__} on {what}"
        if entry is not None:
            log.error("analyzer", text, entry.path, entry.offset)
        else:
            log.error("analyzer", text)

    # Patterns

    def _matches(self, scan: PatternScan, window: Buffer | None) -> None:
        for number, index, match in scan.feed(window):
            observer, entry = self._observers[number], self._entries[index]
            begun = time.thread_time() if self._clock is not None else 0.0
            try:
                for data in observer.match(entry, match):  # type: ignore[attr-defined]  # it declares patterns
                    scan.want_digests(index, entry)
                    self._matched.setdefault(observer.id, []).append(Fact(observer.id, index, kept(data)))
            except Exception as error:  # noqa: BLE001 (foreign code, as above)
                self._raised(observer, entry, error, self._match_problems)
            if self._clock is not None:
                self._clock.add(observer.id, begun)
        self._outside.take(scan)

    def _outside_facts(self, scan: PatternScan, asides: Asides) -> dict[str, list[OutsideFact]]:
        """Return what observers say of bytes that are no file's content."""
        if not scan.looks_outside:
            return {}
        if asides.left_out:
            text = f"{asides.left_out} bytes beside the compressed content, over limits.aside_bytes, were not searched"
            self._match_problems.warn("aside-bytes", text)
        end = TarEnd(self._reader.tar_end, self._fault_at)
        return self._outside.facts(scan, self._entries, end, asides)

    def _note_hits(self, scan: PatternScan) -> None:
        if scan.beyond or self._outside.beyond:
            text = "more hits of patterns in this layer than limits.layer_hits: the others are not told"
            self._match_problems.error("pattern-hits", text)
        for number in sorted(scan.full_outside):
            name = scan.name(number)
            text = f"more hits of the pattern {name} outside of files than limits.pattern_hits: the others are not told"
            self._match_problems.warn("pattern-hits", text)
        for index, number in sorted(scan.full):
            entry = self._entries[index]
            text = f"more hits of the pattern {scan.name(number)} than limits.pattern_hits: the others are not told"
            self._match_problems.warn("pattern-hits", text, entry.path, entry.offset)

    def _check_toc(self, toc: Content) -> None:
        if not toc.whole:
            text = "the TOC of the layer cannot be read whole (over limits.json_bytes, or cut short)"
            self._problems.warn("toc-disagrees", text, TOC_NAME)
            return
        for text in compare_toc(toc.data, self._entries, self._limits.problems_per_kind):
            self._problems.warn("toc-disagrees", text, TOC_NAME)


def _is_loadable(manifest: bytes) -> bool:
    """Whether a ``manifest.json`` is docker-archive's; one too large to be read whole counts as such."""
    try:
        return is_docker_manifest(read_as_go(manifest, MANIFEST_JSON, _MANIFEST).value)
    except ManifestError:
        return False


def _not_a_tar(error: InputError, head: bytes) -> Problem | None:
    """Return the problem of a stream in which no tar begins: what it looks like instead; None for other faults."""
    if not isinstance(error, TarHeaderError | TruncatedError) or error.position.offset != 0:
        return None
    looks = appearance(head)
    if looks is None and (isinstance(error, TruncatedError) or head.startswith(b"ustar", _MAGIC_OFFSET)):
        return None
    text = f"not a tar but {looks}, which is not read" if looks else f"not a tar: {error.message}"
    return Problem(level=Level.ERROR, stage="layer", code=NOT_A_TAR, message=text, offset=0)


def failed_layer(problem: Problem) -> LayerFacts:
    """Return the facts of a layer of which nothing could be read."""
    return LayerFacts(
        digest=None,
        diff_id=None,
        compression="none",
        stored_bytes=0,
        uncompressed_bytes=0,
        complete=False,
        entries=[],
        facts={},
        problems=(problem,),
    )
