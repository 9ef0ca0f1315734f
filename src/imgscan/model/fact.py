"""What one layer says, whatever lies above it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.problem import Problem


class Fact(msgspec.Struct, frozen=True):
    """One observation of one analyzer on one entry of one layer.

    ``entry`` is the index of the entry in its layer; ``data`` is a struct, or of foreign analyzers a mapping, of plain
    values only (it is cached and crosses processes), and never a secret.
    """

    analyzer: str
    entry: int
    data: Any
    path: str | None = None
    """The name that a link gives the content, where it was observed under this one."""


def kept(data: msgspec.Struct | Mapping[str, object]) -> object:
    """Return a fact as it is kept: a struct as it is, a mapping of a foreign analyzer as one that it cannot change."""
    return data if isinstance(data, msgspec.Struct) else dict(data)


class Region(StrEnum):
    """Where bytes of a layer stand that are no file's content."""

    NAME = "name"
    LINK_TARGET = "link target"
    ATTRIBUTE = "extended attributes"
    HEADER = "tar header"
    PADDING = "padding"
    TRAILING = "data behind the end of the tar"
    UNREAD = "data behind the place where its tar cannot be read on"
    COMPRESSION = "data beside the compressed content"


class OutsideFact(msgspec.Struct, frozen=True):
    """One observation of one analyzer on bytes of a layer that are no file's content.

    ``entry`` is the index of the entry that they are of: for a header the one that it describes, for padding the one
    before it; None for what is of none. An ``offset`` in ``data`` counts from the start of the uncompressed tar for
    HEADER, PADDING, TRAILING and UNREAD, of the stored layer for COMPRESSION, of the text itself for others.
    """

    region: Region
    entry: int | None
    data: Any


class SurveyCost(msgspec.Struct, frozen=True, kw_only=True):
    """What a survey took of the budgets that all layers of a scan share, beyond what the layer's size accounts for.

    ``facts`` are counted by observer; ``weights`` are the bytes of all that each observed, accounted for or not.
    ``cut`` is whether a budget came to its end, so that in another scan the same layer may yield others.
    """

    hits: int = 0
    facts: dict[str, int] = {}
    fact_bytes: int = 0
    weights: dict[str, int] = {}
    unpacked: int = 0
    """Bytes that its archives unpacked to, of ``limits.unpacked_bytes``."""
    cut: bool = False


class LayerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that one reading of one layer yielded; a function of its bytes, the analyzers and the settings alone.

    ``digest`` is that of the blob as stored, ``diff_id`` that of the uncompressed tar, both as computed; ``None``
    where the stream broke off. ``sha256`` has one item per entry when the survey was asked for digests. ``complete``
    is false when the layer was not read to its end. ``failed`` names analyzers that raised;
    ``digests`` are those of small files in which patterns led to facts, by entry and algorithm;
    ``outside`` is what observers observed by patterns in bytes that are no file's content; ``observers`` names those
    that were asked; ``loadable`` is set where the tar's root has a ``manifest.json`` that docker load would follow;
    ``sparse`` are the offsets of files whose content is not stored as it is; ``cost`` is what the survey took.
    """

    digest: str | None
    diff_id: str | None
    compression: str
    stored_bytes: int
    uncompressed_bytes: int
    complete: bool
    entries: list[Entry]
    facts: dict[str, list[Fact]]
    problems: tuple[Problem, ...] = ()
    sha256: list[str | None] | None = None
    matched_bytes: int = 0
    failed: tuple[str, ...] = ()
    digests: dict[int, dict[str, str]] = {}
    outside: dict[str, list[OutsideFact]] = {}
    loadable: bool = False
    sparse: frozenset[int] = frozenset()
    observers: tuple[str, ...] = ()
    cost: SurveyCost = SurveyCost()
