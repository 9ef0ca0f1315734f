"""Documents of a store: found, bounded, checked against their digest, decoded as Go decodes them."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from imgscan.archive.blobs.store import Store, read_document
from imgscan.errors import LimitError, ManifestError, Position
from imgscan.formats.image.gojson import Remark, RemarkClass, Shape, read_as_go
from imgscan.formats.image.manifest import parse_config
from imgscan.formats.image.shapes import CONFIG
from imgscan.model.image import Descriptor, Disagreement, DisagreementClass, ImageConfig
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem, ProblemLog

ALGORITHMS = ("sha256", "sha512")
"""The digest algorithms registered by OCI image-spec 1.1, descriptor.md."""

_KEPT_BYTES = 8 << 20
"""Documents that are kept decoded; one read again beyond that counts against the limit again."""

_CODES = {
    RemarkClass.AMBIGUOUS: (Level.ERROR, "ambiguous-json"),
    RemarkClass.FOLDED: (Level.WARNING, "folded-key"),
    RemarkClass.MISTYPED: (Level.WARNING, "mistyped-json"),
    RemarkClass.UNREAD: (Level.ERROR, "unread-json"),
    RemarkClass.JUNK: (Level.WARNING, "unneeded-json"),
}
_DISAGREEMENTS = {
    RemarkClass.AMBIGUOUS: DisagreementClass.AMBIGUOUS_KEY,
    RemarkClass.FOLDED: DisagreementClass.FOLDED_KEY,
}


class Read(msgspec.Struct, frozen=True):
    """A document that was read: its bytes, what Go decodes, and where other readers see something else."""

    data: bytes
    value: Any
    disagreements: tuple[Disagreement, ...]


class ReadConfig(msgspec.Struct, frozen=True):
    """An image's config: its bytes, what it says, and where other readers see something else."""

    data: bytes
    config: ImageConfig
    disagreements: tuple[Disagreement, ...]


class Documents:
    """Reads the JSON documents of one store; what does not verify is noted and used all the same."""

    def __init__(self, store: Store, limits: Limits, problems: ProblemLog) -> None:
        self.store = store
        self.limits = limits
        self.problems = problems
        self._bytes = 0
        self._kept_bytes = 0
        self._read: dict[str, Read] = {}
        self._remarked: set[str] = set()
        self._configs: dict[str, ReadConfig] = {}

    def config(self, name: str) -> ReadConfig:
        """Return the config ``name``, parsed once however many images share it.

        Raises:
            ManifestError: it is missing or malformed.
        """
        if name not in self._configs:
            read = self.read(name, CONFIG)
            self._configs[name] = ReadConfig(read.data, parse_config(read.value, name), read.disagreements)
        return self._configs[name]

    def read(self, name: str, shape: Shape) -> Read:
        """Return the member ``name`` decoded into ``shape``; a document has but one shape.

        Raises:
            ManifestError: it is missing or not JSON.
            LimitError: it is too large, or all documents come to too much.
        """
        if name in self._read:
            return self._read[name]
        data = self._raw(name)
        document = read_as_go(data, shape, name)
        read = Read(data, document.value, _disagreements(document.remarks, name))
        if name not in self._remarked:
            self._remarked.add(name)
            for remark in document.remarks:
                self._note(remark, name)
        if self._kept_bytes + len(data) <= _KEPT_BYTES:
            self._kept_bytes += len(data)
            self._read[name] = read
        return read

    def _note(self, remark: Remark, name: str) -> None:
        level, code = _CODES[remark.type]
        self.problems.note(Problem(level=level, stage="archive", code=code, message=remark.text, source=name))

    def _raw(self, name: str) -> bytes:
        key = self.store.find(name)
        if key is None:
            raise ManifestError("missing from the archive", Position(source=name))
        self._bytes += self.store.size(key)  # one small index can ask for a large blob a thousand times
        if self._bytes > self.limits.json_total_bytes:
            raise LimitError("more bytes of documents than limits.json_total_bytes", Position(source=name))
        return read_document(self.store, key, self.limits)

    def size(self, name: str) -> int | None:
        """Return the size of the member ``name``, None when it is missing."""
        key = self.store.find(name)
        return None if key is None else self.store.size(key)

    def check_layers(self, name: str, layers: int, diff_ids: int) -> None:
        """Note where manifest and config do not count as many layers; ``name`` is the config.

        Raises:
            LimitError: there are more than ``limits.layers``.
        """
        if max(layers, diff_ids) > self.limits.layers:
            raise LimitError(f"an image of {max(layers, diff_ids)} layers, over limits.layers", Position(source=name))
        if layers != diff_ids:
            self.problems.error("layer-count", f"{name}: {layers} layers in the manifest, {diff_ids} in the config")

    def optional(self, name: str, shape: Shape) -> Any:
        """Return what the member ``name`` is decoded into, or None when it is missing or not JSON."""
        try:
            return self.read(name, shape).value
        except ManifestError:
            return None

    def verified(self, name: str, descriptor: Descriptor, shape: Shape) -> Read:
        """Return the member ``name`` decoded into ``shape``, its size and digest compared with its descriptor."""
        read = self.read(name, shape)
        self.check(name, read.data, descriptor)
        return read

    def check(self, name: str, data: bytes, descriptor: Descriptor) -> None:
        """Note where bytes and descriptor differ."""
        algorithm, _, expected = descriptor.digest.partition(":")
        if descriptor.size >= 0 and descriptor.size != len(data):
            self.mismatch(name, f"{len(data)} bytes where its descriptor says {descriptor.size}")
        if algorithm not in ALGORITHMS:
            self.mismatch(name, f"a digest of the unknown kind {algorithm}, not verified")
        elif (result := hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()) != expected:
            self.mismatch(name, f"its digest is {algorithm}:{result}, its descriptor says {descriptor.digest}")

    def mismatch(self, name: str, message: str) -> None:
        """Note a blob that is not what its descriptor promises."""
        self.problems.note(
            Problem(level=Level.ERROR, stage="archive", code="digest-mismatch", message=message, source=name)
        )


def _disagreements(remarks: tuple[Remark, ...], name: str) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(_DISAGREEMENTS[remark.type], name, remark.text)
        for remark in remarks
        if remark.type in _DISAGREEMENTS
    )


def blob_name(digest: str) -> str:
    """Return where an OCI layout keeps a blob (image-layout.md, "Blobs")."""
    algorithm, _, encoded = digest.partition(":")
    return f"blobs/{algorithm}/{encoded}"
