"""Hits of patterns in bytes of a layer that are no file's content: where each stands, and whose it is."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from imgscan.formats.archives.tar import BLOCK
from imgscan.layer.asides import Asides
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.fact import OutsideFact, Region, kept
from imgscan.model.limits import Limits
from imgscan.model.observer import Observer, OutsideObserver
from imgscan.survey.budget import LayerShare
from imgscan.survey.joined_texts import TextHit
from imgscan.survey.matching import PatternScan

_BATCH = 1 << 20


class TarEnd(NamedTuple):
    """Where readers of a tar stop: behind its end blocks, and at a fault; None where there is no such thing."""

    behind_blocks: int | None
    fault: int | None


_Text: TypeAlias = tuple[Region, int | None, int, bytes]
"""What a text is, the index of its entry, the offset at which it begins, its bytes; a bare tuple, one for each name."""


class OutsideMatches:
    """Hands the hits in bytes that are no content to those who ask for them; at the end says where each stands.

    ``beyond`` is whether there were more than ``limits.layer_hits``, ``full`` are the patterns with more than
    ``limits.pattern_hits``. ``raised`` is given the exceptions of observers.
    """

    def __init__(
        self,
        observers: Sequence[Observer],
        limits: Limits,
        budget: LayerShare,
        raised: Callable[[Observer, Exception], None],
    ) -> None:
        self._observers = observers
        self._limits = limits
        self._raised = raised
        self._between: list[tuple[str, int, object]] = []  # whose, where its last byte is in the tar, what
        self._facts: dict[str, list[OutsideFact]] = {}
        self._counts: Counter[int] = Counter()
        self._budget = budget
        self.beyond = False

    def take(self, scan: PatternScan) -> None:
        """Take the hits between contents that a scan has by now."""
        for hit in scan.outside():
            for name, data in self._data(scan, hit, ""):
                self._between.append((name, hit.match.end - 1, data))

    def facts(
        self, scan: PatternScan, entries: Sequence[Entry], tar_end: TarEnd, asides: Asides
    ) -> dict[str, list[OutsideFact]]:
        """Return all facts: on what entries say of themselves, between contents, beside compressed content."""
        self._search(scan, _texts(entries), entries)
        offsets = [entry.offset for entry in entries] if self._between else []
        for name, last, data in self._between:
            region, index = _located(entries, offsets, tar_end, last)
            self._facts.setdefault(name, []).append(OutsideFact(region, index, data))
        self._search(scan, ((Region.COMPRESSION, None, base, data) for base, data in asides.joined()), entries)
        return self._facts

    def _search(self, scan: PatternScan, texts: Iterable[_Text], entries: Sequence[Entry]) -> None:
        for batch in _batched(texts):
            for hit in scan.search([text[3] for text in batch], [text[2] for text in batch]):
                region, index, _, _ = batch[hit.position]
                path = "" if index is None else entries[index].path
                for name, data in self._data(scan, hit, path):
                    self._facts.setdefault(name, []).append(OutsideFact(region, index, data))

    def _data(self, scan: PatternScan, hit: TextHit, path: ImagePath) -> Iterator[tuple[str, object]]:
        """Yield what an observer makes of a hit, within the bounds, under its id."""
        observer = self._observers[hit.analyzer]
        if not isinstance(observer, OutsideObserver) or hit.number in scan.full_outside:
            return
        if self.beyond:
            return
        if self._counts[hit.number] >= self._limits.pattern_hits:
            scan.full_outside.add(hit.number)
            return
        if not self._budget.take_hit():
            self.beyond = True
            return
        self._counts[hit.number] += 1
        try:
            for data in observer.match_outside(path, hit.match):
                yield observer.id, kept(data)
        except Exception as error:  # noqa: BLE001 (foreign code: one observer's fault must not end the scan)
            self._raised(observer, error)


def _texts(entries: Iterable[Entry]) -> Iterator[_Text]:
    """Yield what entries say of themselves, decoded: a header may cut a name in two, or write a value in base64."""
    for index, entry in enumerate(entries):
        path = entry.path
        yield Region.NAME, index, 0, path.encode("utf-8", "surrogateescape")
        if entry.link_target:
            yield Region.LINK_TARGET, index, 0, entry.link_target.encode("utf-8", "surrogateescape")
        if entry.xattrs:
            for name, value in entry.xattrs.items():
                text = name.encode("utf-8", "surrogateescape") + b"=" + value
                yield Region.ATTRIBUTE, index, 0, text


def _batched(texts: Iterable[_Text]) -> Iterator[list[_Text]]:
    batch: list[_Text] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text[3]) + 1
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _located(
    entries: Sequence[Entry], offsets: Sequence[int], tar_end: TarEnd, offset: int
) -> tuple[Region, int | None]:
    """Return where an offset of the tar is, outside of contents, and the entry that it belongs to."""
    if tar_end.fault is not None and offset >= tar_end.fault:
        return Region.UNREAD, None
    if tar_end.behind_blocks is not None and offset >= tar_end.behind_blocks:
        return Region.TRAILING, None
    following = bisect_right(offsets, offset)
    if following:
        entry = entries[following - 1]
        end = entry.offset + entry.size
        if entry.kind is EntryKind.FILE and end <= offset < end + -entry.size % BLOCK:
            return Region.PADDING, following - 1
    return Region.HEADER, following if following < len(entries) else None
