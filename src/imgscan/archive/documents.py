"""Documents of a store: found, bounded, checked against their digest, decoded."""

from __future__ import annotations

import hashlib
from typing import Any

from imgscan.archive.store import Store, read_document
from imgscan.errors import LimitError, ManifestError, Position
from imgscan.formats.image.manifest import parse_config
from imgscan.formats.json import parse_json
from imgscan.model.image import Descriptor, ImageConfig
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem, ProblemLog

ALGORITHMS = ("sha256", "sha512")
"""The digest algorithms registered by OCI image-spec 1.1, descriptor.md."""


class Documents:
    """Reads the JSON documents of one store; what does not verify is noted and used all the same."""

    def __init__(self, store: Store, limits: Limits, problems: ProblemLog) -> None:
        self.store = store
        self.limits = limits
        self.problems = problems
        self._bytes = 0
        self._read: dict[str, Any] = {}
        self._configs: dict[str, tuple[ImageConfig, bytes]] = {}

    def config(self, name: str) -> tuple[ImageConfig, bytes]:
        """Return the config ``name`` and its bytes, parsed once however many images share it.

        Raises:
            ManifestError: it is missing or malformed.
        """
        if name not in self._configs:
            data = self.raw(name)
            self._configs[name] = parse_config(parse_json(data, name), name), data
        return self._configs[name]

    def read(self, name: str) -> Any:
        """Return the decoded member ``name``.

        Raises:
            ManifestError: it is missing or not JSON.
        """
        if name not in self._read:
            self._read[name] = parse_json(self.raw(name), name)
        return self._read[name]

    def raw(self, name: str) -> bytes:
        """Return the bytes of the member ``name``.

        Raises:
            ManifestError: it is missing.
            LimitError: it is too large, or what was read before it, each time it was, comes to too much.
        """
        key = self.store.find(name)
        if key is None:
            raise ManifestError("missing from the archive", Position(source=name))
        self._bytes += self.store.size(key)  # one small index can ask for a large blob a thousand times
        if self._bytes > self.limits.json_total_bytes:
            raise LimitError("more bytes of documents than limits.json_total_bytes", Position(source=name))
        return read_document(self.store, key, self.limits)

    def check_layers(self, name: str, layers: int, diff_ids: int) -> None:
        """Note where manifest and config do not count as many layers; ``name`` is the config.

        Raises:
            LimitError: there are more than ``limits.layers``.
        """
        if max(layers, diff_ids) > self.limits.layers:
            raise LimitError(f"an image of {max(layers, diff_ids)} layers, over limits.layers", Position(source=name))
        if layers != diff_ids:
            self.problems.error("layer-count", f"{name}: {layers} layers in the manifest, {diff_ids} in the config")

    def optional(self, name: str) -> Any:
        """Return the decoded member ``name``, or None when it is missing or not JSON."""
        try:
            return self.read(name)
        except ManifestError:
            return None

    def verified(self, name: str, descriptor: Descriptor) -> Any:
        """Return the decoded member ``name``, its size and digest compared with its descriptor."""
        data = self.raw(name)
        self.check(name, data, descriptor)
        return parse_json(data, name)

    def check(self, name: str, data: bytes, descriptor: Descriptor) -> None:
        """Note where bytes and descriptor differ."""
        algorithm, _, expected = descriptor.digest.partition(":")
        if descriptor.size >= 0 and descriptor.size != len(data):
            self.mismatch(name, f"{len(data)} bytes where its descriptor says {descriptor.size}")
        if algorithm not in ALGORITHMS:
            self.mismatch(name, f"a digest of the unknown kind {algorithm}, not verified")
        elif (found := hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()) != expected:
            self.mismatch(name, f"its digest is {algorithm}:{found}, its descriptor says {descriptor.digest}")

    def mismatch(self, name: str, message: str) -> None:
        """Note a blob that is not what its descriptor promises."""
        self.problems.note(
            Problem(level=Level.ERROR, stage="archive", code="digest-mismatch", message=message, source=name)
        )


def blob_name(digest: str) -> str:
    """Return where an OCI layout keeps a blob (image-layout.md, "Blobs")."""
    algorithm, _, encoded = digest.partition(":")
    return f"blobs/{algorithm}/{encoded}"
