"""How far a scan has come."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import TypeAlias

import msgspec


class Stage(StrEnum):
    """What a scan is at; the stages come in this order, for each image of several from ``MERGE`` on."""

    READ = "read"
    MERGE = "merge"
    CONCLUDE = "conclude"
    JUDGE = "judge"


class Progress(msgspec.Struct, frozen=True):
    """How far one stage has come."""

    stage: Stage
    done: int
    """Stored bytes of layers (of a stream: of all of it) that were read; analyzers that have concluded; else 0 or 1."""
    total: int | None
    """What ``done`` comes to at the end, None where that is not known: a pipe, a source that does not say its sizes."""
    layer: int
    """How many layers have been read to their end."""
    layers: int | None
    """How many there are, those that images share counted once; None while a stream is still passing."""


ProgressCallback: TypeAlias = Callable[[Progress], None]
"""Called from any thread, by one at a time; what it raises ends the scan."""


class ProgressLog:
    """Tells a callback how far a scan has come, whatever thread the news comes from."""

    def __init__(self, callback: ProgressCallback, total: int | None = None) -> None:
        self._callback = callback
        self._lock = Lock()
        self._read = 0
        self._total = total
        self._layer = 0
        self._layers: int | None = None

    def read(self, count: int) -> None:
        """Say that so many stored bytes were read."""
        with self._lock:
            self._read += count
            self._tell(Stage.READ, self._read, self._total)

    def opened(self, layers: int, done: int, total: int | None) -> None:
        """Say how many layers there are, how many were read while a stream passed, and how many bytes they are."""
        with self._lock:
            self._layers, self._layer, self._total = layers, done, total

    def layer_done(self) -> None:
        """Say that a layer was read to its end."""
        with self._lock:
            self._layer += 1
            self._tell(Stage.READ, self._read, self._total)

    def at(self, stage: Stage, done: int = 0, total: int = 1) -> None:
        """Say that a stage after the reading has come so far."""
        with self._lock:
            self._tell(stage, done, total)

    def _tell(self, stage: Stage, done: int, total: int | None) -> None:
        self._callback(Progress(stage, done, total, self._layer, self._layers))
