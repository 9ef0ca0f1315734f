"""Stored bytes with_progress while they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from imgscan.layer.decompress import Buffer

BytesRead: TypeAlias = Callable[[int], None]
"""Called with the number of stored bytes just read; from any thread. An InputError that it raises ends the reading."""


def with_progress(chunks: Iterable[Buffer], progress: BytesRead | None) -> Iterator[Buffer]:
    """Yield the chunks, each told before it is handed on."""
    for chunk in chunks:
        if progress is not None:
            progress(len(chunk))
        yield chunk
