"""Hits of patterns in bytes of a layer that are no file's content: where each stands, and whose it is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from imgscan.formats.archives.tar import BLOCK
from imgscan.layer.asides import Asides
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.fact import Region
from imgscan.model.observed import Match
from imgscan.survey.joined_texts import TextHit
from imgscan.survey.matching import PatternScan

_BATCH = 1 << 20


class OutsideHit(NamedTuple):
    """A hit: where it stands, of which entry, the path that it is read as part of, the analyzer by position."""

    region: Region
    entry: int | None
    path: ImagePath
    analyzer: int
    match: Match


class TarEnd(NamedTuple):
    """Where readers of a tar stop: behind its end blocks, and at a fault; None where there is no such thing."""

    behind_blocks: int | None
    fault: int | None


class _Text(NamedTuple):
    region: Region
    entry: int | None
    path: ImagePath
    data: bytes


def outside_hits(scan: PatternScan, entries: Sequence[Entry], tar_end: TarEnd, asides: Asides) -> Iterator[OutsideHit]:
    """Yield the hits of a layer that was read: in what its entries say, between contents, and around the tar."""
    for batch in _batched(_texts(entries)):
        for hit in scan.search([text.data for text in batch]):
            region, entry, path, _ = batch[hit.position]
            yield OutsideHit(region, entry, path, hit.analyzer, hit.match)
    offsets = [entry.offset for entry in entries] if scan.outside else []
    for hit in scan.outside:
        region, index = _located(entries, offsets, tar_end, hit.match.end - 1)
        yield OutsideHit(region, index, "", hit.analyzer, hit.match)
    for base, data in asides.joined():
        for hit in scan.search([data]):
            yield OutsideHit(Region.COMPRESSION, None, "", hit.analyzer, _moved(hit, base))


def _texts(entries: Iterable[Entry]) -> Iterator[_Text]:
    """Yield what entries say of themselves, decoded: a header may cut a name in two, or write a value in base64."""
    for index, entry in enumerate(entries):
        path = entry.path
        yield _Text(Region.NAME, index, path, path.encode("utf-8", "surrogateescape"))
        if entry.link_target:
            yield _Text(Region.LINK_TARGET, index, path, entry.link_target.encode("utf-8", "surrogateescape"))
        for name, value in (entry.xattrs or {}).items():
            text = name.encode("utf-8", "surrogateescape") + b"=" + value
            yield _Text(Region.ATTRIBUTE, index, path, text)


def _batched(texts: Iterable[_Text]) -> Iterator[list[_Text]]:
    batch: list[_Text] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text.data) + 1
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


def _moved(hit: TextHit, base: int) -> Match:
    match = hit.match
    return Match(match.pattern, match.end + base, match.start + base, match.excerpt, match.lines)
