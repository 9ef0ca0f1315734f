"""Facts on a layer as bytes and back: what observers said comes back as the types that they made it of.

In MessagePack, which neither runs nor names code: a type is looked up among those that the observers of this process
say that they make, and nothing else can come of a file that somebody else wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.fact import Fact, LayerFacts, OutsideFact, Region, SurveyCost
from imgscan.model.observer import Observer
from imgscan.model.problem import Problem

_PLAIN = ""
"""In place of a type: a mapping of a foreign observer."""


class _PackedFact(msgspec.Struct, frozen=True, array_like=True):
    entry: int | None
    type: str
    data: msgspec.Raw
    path: str | None = None
    region: Region | None = None


class _Packed(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    digest: str | None
    diff_id: str | None
    compression: str
    stored_bytes: int
    uncompressed_bytes: int
    complete: bool
    entries: list[Entry]
    facts: dict[str, list[_PackedFact]]
    problems: tuple[Problem, ...]
    sha256: list[str | None] | None
    matched_bytes: int
    failed: tuple[str, ...]
    digests: dict[int, dict[str, str]]
    outside: dict[str, list[_PackedFact]]
    loadable: bool
    sparse: frozenset[int]
    observers: tuple[str, ...]
    cost: SurveyCost


class FactCodec:
    """Packs and unpacks facts of some observers; may be used from several threads."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._types = dict(_types_of(observers))
        self._encoder = msgspec.msgpack.Encoder()
        self._whole = msgspec.msgpack.Decoder(_Packed)
        self._decoders = {name: msgspec.msgpack.Decoder(kind) for name, kind in self._types.items()}
        self._plain = msgspec.msgpack.Decoder()

    def pack(self, facts: LayerFacts) -> bytes | None:
        """Return facts as bytes; None where they cannot be: names that are not UTF-8, types that nobody said."""
        try:
            return self._encoder.encode(
                _Packed(
                    digest=facts.digest,
                    diff_id=facts.diff_id,
                    compression=facts.compression,
                    stored_bytes=facts.stored_bytes,
                    uncompressed_bytes=facts.uncompressed_bytes,
                    complete=facts.complete,
                    entries=facts.entries,
                    facts={name: [self._fact(item) for item in items] for name, items in facts.facts.items()},
                    problems=facts.problems,
                    sha256=facts.sha256,
                    matched_bytes=facts.matched_bytes,
                    failed=facts.failed,
                    digests=facts.digests,
                    outside={name: [self._outside(item) for item in items] for name, items in facts.outside.items()},
                    loadable=facts.loadable,
                    sparse=facts.sparse,
                    observers=facts.observers,
                    cost=facts.cost,
                )
            )
        except (UnicodeEncodeError, TypeError, LookupError, OverflowError):
            return None

    def unpack(self, data: bytes) -> LayerFacts | None:
        """Return the facts that bytes are; None where they are damaged, or of types that nobody here knows."""
        try:
            packed = self._whole.decode(data)
            return LayerFacts(
                digest=packed.digest,
                diff_id=packed.diff_id,
                compression=packed.compression,
                stored_bytes=packed.stored_bytes,
                uncompressed_bytes=packed.uncompressed_bytes,
                complete=packed.complete,
                entries=packed.entries,
                facts={name: [self._unpacked(name, item) for item in items] for name, items in packed.facts.items()},
                problems=packed.problems,
                sha256=packed.sha256,
                matched_bytes=packed.matched_bytes,
                failed=packed.failed,
                digests=packed.digests,
                outside={name: list(map(self._unpacked_outside, items)) for name, items in packed.outside.items()},
                loadable=packed.loadable,
                sparse=packed.sparse,
                observers=packed.observers,
                cost=packed.cost,
            )
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError, RecursionError):
            return None

    def _fact(self, fact: Fact) -> _PackedFact:
        return _PackedFact(fact.entry, self._name_of(fact.data), self._raw(fact.data), fact.path)

    def _outside(self, fact: OutsideFact) -> _PackedFact:
        return _PackedFact(fact.entry, self._name_of(fact.data), self._raw(fact.data), None, fact.region)

    def _raw(self, data: object) -> msgspec.Raw:
        return msgspec.Raw(self._encoder.encode(data))

    def _name_of(self, data: object) -> str:
        if not isinstance(data, msgspec.Struct):
            return _PLAIN
        name = _name(type(data))
        if name not in self._types:
            raise LookupError(name)
        return name

    def _data(self, item: _PackedFact) -> object:
        return (self._plain if item.type == _PLAIN else self._decoders[item.type]).decode(item.data)

    def _unpacked(self, name: str, item: _PackedFact) -> Fact:
        if item.entry is None:
            raise ValueError("a fact on no entry")
        return Fact(name, item.entry, self._data(item), item.path)

    def _unpacked_outside(self, item: _PackedFact) -> OutsideFact:
        if item.region is None:
            raise ValueError("a fact of no region")
        return OutsideFact(item.region, item.entry, self._data(item))


def _types_of(observers: Iterable[Observer]) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Yield the types of the facts that observers say that they make, and those derived from them."""
    waiting = [kind for observer in observers if isinstance(kind := getattr(observer, "fact", None), type)]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if issubclass(kind, msgspec.Struct):
            yield _name(kind), kind


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"
