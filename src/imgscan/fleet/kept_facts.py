"""Facts on layers as they travel from the task that made them to those that need them: by the fleet's folder."""

from __future__ import annotations

import os
from collections import OrderedDict
from threading import Lock

from imgscan.fleet.files import read_whole, write_whole
from imgscan.fleet.packed_facts import FactCodec
from imgscan.model.fact import LayerFacts

_MAX_BYTES = 1 << 32
"""Bytes of the largest file that is read: no layer within the limits has as many facts."""
_AT_HAND = 256 << 20
"""Bytes of the facts that are kept at hand, about."""
_ENTRY_BYTES, _FACT_BYTES = 600, 500
"""Bytes of an entry and of a fact in memory, about."""


class KeptFacts:
    """Facts by the digest of a layer's stored bytes; what is read often is kept at hand.

    Whoever asks has computed the digest from the bytes: what a manifest promises opens nothing.
    """

    def __init__(self, folder: str, codec: FactCodec) -> None:
        self._folder = folder
        self._codec = codec
        self._recent: OrderedDict[str, tuple[LayerFacts, int]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def has(self, digest: str) -> bool:
        """Whether there are facts under this digest."""
        with self._lock:
            if digest in self._recent:
                return True
        return os.path.exists(self._path(digest))

    def get(self, digest: str) -> LayerFacts | None:
        """Return the facts under a digest; None where there are none, or none that can be read."""
        with self._lock:
            if digest in self._recent:
                self._recent.move_to_end(digest)
                return self._recent[digest][0]
        data = read_whole(self._path(digest), _MAX_BYTES)
        facts = self._codec.unpack(digest, data) if data else None
        if facts is not None:
            self._remember(digest, facts)
        return facts

    def put(self, facts: LayerFacts) -> None:
        """Keep facts on a layer that was read whole.

        Those that must not be written, since a secret stands in them, are kept at hand, for this process alone.
        """
        if facts.digest is None:
            return
        data = self._codec.pack(facts)
        if data is None:
            self._remember(facts.digest, facts)
        else:
            write_whole(self._path(facts.digest), data)

    def _path(self, digest: str) -> str:
        algorithm, _, digits = digest.partition(":")
        safe = digits if digits.isascii() and digits.isalnum() else "none"
        return os.path.join(self._folder, safe[:2], f"{algorithm if algorithm.isalnum() else 'none'}-{safe}")

    def _remember(self, digest: str, facts: LayerFacts) -> None:
        size = _ENTRY_BYTES * len(facts.entries) + _FACT_BYTES * sum(map(len, facts.facts.values()))
        with self._lock:
            if size > _AT_HAND // 2 or digest in self._recent:
                return
            self._recent[digest] = facts, size
            self._size += size
            while self._size > _AT_HAND:
                _, (_, gone) = self._recent.popitem(last=False)
                self._size -= gone
