"""The survey of one layer: every entry, and what the analyzers observed in it, in one pass over its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imgscan.analyzers.api import Analyzer, Content
from imgscan.errors import InputError
from imgscan.formats.estargz import TOC_NAME, compare_toc
from imgscan.layer.decompress import Buffer, unsupported_compression
from imgscan.layer.stream import LayerStream
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.fact import Fact, LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.problem import Problem, ProblemLog, problem_from
from imgscan.survey.content import Arena, ContentSink
from imgscan.survey.interest import InterestIndex
from imgscan.survey.patterns import PatternScan, PatternSet
from imgscan.survey.ranges import narrowed, plan_of


class Surveyor:
    """Surveys layers with one set of analyzers; holds no state of a layer and may be used from several threads."""

    def __init__(self, analyzers: Sequence[Analyzer], limits: Limits, digests: bool = False) -> None:
        self.analyzers = tuple(analyzers)
        self.limits = limits
        self.digests = digests
        self.index = InterestIndex(self.analyzers)
        self.patterns = PatternSet.of(self.analyzers)

    def survey(self, chunks: Iterable[Buffer], algorithm: str = "sha256") -> LayerFacts:
        """Read one stored layer to its end and return its facts; a fault ends as a problem, with all before it kept.

        ``algorithm`` is that of the digest to compute over the stored bytes.
        """
        return _LayerSurvey(self).run(LayerStream(chunks, self.limits, algorithm))


class _LayerSurvey:
    """The survey of one layer."""

    def __init__(self, surveyor: Surveyor) -> None:
        self._analyzers = surveyor.analyzers
        self._limits = surveyor.limits
        self._digests = surveyor.digests
        self._index = surveyor.index
        self._select = surveyor.index.select
        self._scan = PatternScan(surveyor.patterns, self._limits) if surveyor.patterns else None
        self._entries: list[Entry] = []
        self._facts: dict[str, list[Fact]] = {}
        self._sha256: list[str | None] = []
        self._problems = ProblemLog("survey", self._limits.problems_per_kind)
        self._failed: set[str] = set()
        self._toc: bytes | None = None
        self._arena = Arena()

    def run(self, stream: LayerStream) -> LayerFacts:
        reader = TarReader(self._on_entry, self._problems, self._limits)
        parsing = complete = True
        first: Buffer = b""
        try:
            for window in stream:
                first = first or window
                if not parsing:
                    continue  # after a fault in the tar: on to the end, for the digests
                try:
                    self._feed(reader, window)
                except InputError as error:
                    self._problems.note(problem_from(_not_a_tar(error, first), "layer"))
                    parsing = complete = False
            if parsing:
                self._close(reader)
        except InputError as error:
            self._problems.note(problem_from(_not_a_tar(error, first), "layer"))
            complete = False
        self._arena.clear()  # now, not when the collector comes to the reader that leads here
        if self._toc is not None:
            self._check_toc(self._toc)
        return LayerFacts(
            digest=stream.digest,
            diff_id=stream.diff_id,
            compression=stream.compression,
            stored_bytes=stream.stored_bytes,
            uncompressed_bytes=stream.uncompressed_bytes,
            complete=complete,
            entries=self._entries,
            facts=self._facts,
            problems=self._problems.problems(),
            sha256=self._sha256 if self._digests else None,
            matched_bytes=self._scan.bytes if self._scan else 0,
            failed=tuple(sorted(self._failed)),
        )

    def _feed(self, reader: TarReader, window: Buffer) -> None:
        try:
            reader.feed(window)
        finally:
            if self._scan is not None:
                self._matches(window)

    def _close(self, reader: TarReader) -> None:
        try:
            reader.close()
        finally:
            if self._scan is not None:
                self._matches(None)

    # Entries

    def _on_entry(self, entry: Entry, head: bytes | None) -> ContentSink | None:
        place = len(self._entries)
        self._entries.append(entry)
        is_file = entry.kind is EntryKind.FILE
        if self._scan is not None and is_file:
            self._scan.add(place, entry)
        wanted = self._select(entry, head)
        digest = self._digests and is_file
        if self._digests:
            self._sha256.append(None)
        toc = entry.path == TOC_NAME and is_file
        if not wanted and not digest and not toc:
            return None
        chosen = [(number, self._analyzers[number]) for number in wanted]
        interests = [analyzer.interest for _, analyzer in chosen]
        bound = max((interest.max_content_bytes for interest in interests), default=0)
        if toc:
            bound = max(bound, self._limits.json_bytes)
        digest = digest or any(interest.sha256 for interest in interests)
        plans = [plan for item in interests if (plan := plan_of(item, self._limits.content_bytes)) is not None]

        def done(content: Content) -> None:
            if self._digests and is_file:
                self._sha256[place] = content.sha256
                if content.sha256 is None and not content.cut:
                    text = "too many bytes of holes to hash, over limits.sparse_hash_bytes"
                    self._problems.warn("no-digest", text, entry.path, entry.offset)
            if toc:
                self._toc = content.data
            for number, analyzer in chosen:
                if head is not None or self._index.wants(number, entry, bytes(content.view[:16])):
                    self._observe(analyzer, entry, place, narrowed(content, analyzer.interest, plans))

        bound = min(bound, self._limits.content_bytes)
        if not is_file or (not bound and not digest):
            done(Content(size=entry.size))
            return None
        return ContentSink(bound, digest, self._limits, done, plans, entry.size, self._arena)

    def _observe(self, analyzer: Analyzer, entry: Entry, place: int, content: Content) -> None:
        try:
            for data in analyzer.observe(entry, content):
                self._facts.setdefault(analyzer.id, []).append(Fact(analyzer.id, place, dict(data)))
        except Exception as error:  # noqa: BLE001 (foreign code: one analyzer's fault must not end the scan)
            self._raised(analyzer, entry, error)

    def _raised(self, analyzer: Analyzer, entry: Entry, error: Exception) -> None:
        self._failed.add(analyzer.id)
        text = f"the analyzer {analyzer.id} raised {type(error).__name__} on this entry"
        self._problems.error("analyzer", text, entry.path, entry.offset)

    # Patterns

    def _matches(self, window: Buffer | None) -> None:
        assert self._scan is not None
        for number, place, match in self._scan.feed(window):
            analyzer, entry = self._analyzers[number], self._entries[place]
            try:
                for data in analyzer.match(entry, match):  # type: ignore[attr-defined]  # it declares patterns
                    self._facts.setdefault(analyzer.id, []).append(Fact(analyzer.id, place, dict(data)))
            except Exception as error:  # noqa: BLE001 (foreign code, as above)
                self._raised(analyzer, entry, error)

    def _check_toc(self, toc: bytes) -> None:
        for text in compare_toc(toc, self._entries, self._limits.problems_per_kind):
            self._problems.warn("toc-disagrees", text, TOC_NAME)


def _not_a_tar(error: InputError, first: Buffer) -> InputError:
    """Return the error, reworded where the very first block tells what the stream is instead."""
    packing = unsupported_compression(bytes(first[:8])) if error.position.offset == 0 else None
    return type(error)(f"not a tar but {packing}, which is not read", error.position) if packing else error


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
