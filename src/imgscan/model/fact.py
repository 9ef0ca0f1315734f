"""What one layer says, whatever lies above it."""

from __future__ import annotations

from typing import Any

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.problem import Problem


class Fact(msgspec.Struct, frozen=True):
    """One observation of one analyzer on one entry of one layer.

    ``entry`` is the index of the entry in its layer; ``data`` holds plain values only (it is cached and
    crosses processes), and never a secret.
    """

    analyzer: str
    entry: int
    data: dict[str, Any]


class LayerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that one reading of one layer yielded; a function of its bytes, the analyzers and the settings alone.

    ``digest`` is that of the blob as stored, ``diff_id`` that of the uncompressed tar, both as computed; ``None``
    where the stream broke off. ``sha256`` has one item per entry when the survey was asked for digests. ``complete``
    is false when the layer was not read to its end. ``failed`` names analyzers that raised;
    ``digests`` are those of small files in which patterns led to facts, by entry and algorithm;
    ``loadable`` is set where the tar's root has a ``manifest.json`` that docker load would follow.
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
    loadable: bool = False
