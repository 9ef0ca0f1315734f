"""One image: its layers merged, its config and its facts, as analyzers conclude from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, overload

import msgspec

from imgscan.errors import LimitError
from imgscan.model.attached import AttachedDocument, ImageDocument
from imgscan.model.deadline import Check
from imgscan.model.entry import Entry, ImagePath
from imgscan.model.fact import Fact, LayerFacts
from imgscan.model.finding import LayerPoint, State
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.limits import Limits
from imgscan.model.observer import FactSource, Identified
from imgscan.model.problem import Problem, ProblemLog, problem_from
from imgscan.rootfs.fact_locations import FactLocations, LocatedFact, LocatedOutsideFact
from imgscan.rootfs.filesystem import Filesystem
from imgscan.rootfs.merge import Merger
from imgscan.rootfs.node import Node
from imgscan.rootfs.timelines import Event, Timelines
from imgscan.rootfs.tree import Ref, Tree, index_of, layer_of, make_ref

__all__ = ["Event", "ImageView", "LocatedFact", "LocatedOutsideFact", "Node", "merge_layers"]

_Derived = TypeVar("_Derived")
F = TypeVar("F")


class ImageView(Filesystem):
    """The merged filesystem, with the layers that it is of: what each did, and every fact with its place and state."""

    def __init__(self, manifest: ImageManifest, layers: Sequence[LayerFacts], tree: Tree, limits: Limits) -> None:
        super().__init__(tree, limits)
        self.manifest = manifest
        self.documents: tuple[ImageDocument, ...] = ()
        """What makes the image, as it is stored."""
        self.attached: tuple[AttachedDocument, ...] = ()
        """What lies beside the image in its archive and speaks of it."""
        self._layers = layers
        self._observers = frozenset(name for facts in layers for name in facts.observers)
        self._derived: dict[Callable[[ImageView], Any], Any] = {}

    def observed(self, observer: Identified) -> bool:
        """Whether an observer ran on the layers."""
        return observer.id in self._observers

    @property
    def config(self) -> ImageConfig:
        """The image's run settings and history; ``present`` is false when the source has none."""
        return self.manifest.config

    def with_facts(self, added: Mapping[int, Mapping[str, Sequence[Fact]]]) -> ImageView:
        """Return the same merged image with more facts: by layer and observer, each list in the order of entries."""
        layers = [
            msgspec.structs.replace(facts, facts=_joined(facts.facts, added[index])) if index in added else facts
            for index, facts in enumerate(self._layers)
        ]
        result = ImageView(self.manifest, layers, self._tree, self._limits)
        result.documents = self.documents
        result.attached = self.attached
        return result

    @cached_property
    def points(self) -> tuple[LayerPoint, ...]:
        """The layers as findings name them, from the bottom up."""
        return tuple(
            LayerPoint(layer.index, layer.diff_id or facts.diff_id or "", layer.created_by)
            for layer, facts in zip(self.manifest.layers, self._layers, strict=True)
        )

    def derived(self, make: Callable[[ImageView], _Derived]) -> _Derived:
        """Return ``make(self)``, made once an image: what several analyzers conclude from (an index of owners)."""
        if make not in self._derived:
            self._derived[make] = make(self)
        result: _Derived = self._derived[make]
        return result

    def layer_entries(self, layer: int) -> Sequence[Entry]:
        """Return the entries of one layer, whiteouts too, in the order of its tar."""
        return self._layers[layer].entries

    def layer_bytes(self, layer: int) -> int:
        """Return the size of one layer's uncompressed tar."""
        return self._layers[layer].uncompressed_bytes

    def content_of(self, layer: int, index: int) -> tuple[int, Entry]:
        """Return where the content of one entry of one layer is: layer and entry, of a hardlink those it is bound to.

        A hardlink that leads nowhere is returned as it is.
        """
        inode = self._tree.inode_of(make_ref(layer, index))
        return layer_of(inode), self._tree.entry(inode)

    def sha256(self, node: Node) -> str | None:
        """Return the digest of a file's content, hex, where the survey was asked for digests."""
        digests = self._layers[node.content_layer].sha256
        return digests[index_of(node.inode)] if digests is not None and not node.implicit else None

    def digests_of(self, ref: Ref) -> dict[str, str]:
        """Return the digests (hex, by algorithm) that the survey took of an entry's content; mostly it takes none."""
        return self._layers[layer_of(ref)].digests.get(index_of(ref), {})

    # What became of entries and facts

    @cached_property
    def _timelines(self) -> Timelines:
        return Timelines(self._tree, self._layers, self.points)

    @cached_property
    def _placed_facts(self) -> FactLocations:
        return FactLocations(self, self._tree, self._layers, self.points)

    def hidden(self) -> Iterator[tuple[ImagePath, Entry, Ref, LayerPoint, State]]:
        """Yield each entry that a later layer deleted or overwrote: where it was, its reference, by which layer, how.

        A hardlink's content may still be visible by another name; ``names`` of its inode tells.
        """
        return self._timelines.hidden()

    def all_entries(self) -> Iterator[tuple[Entry, int, str, int | None, str | None]]:
        """Yield every entry of every layer, bottom up: entry, layer, state, layer that removed it, SHA-256.

        ``state`` is that of a finding, or ``whiteout`` for markers and ``left out`` for what could not be merged.
        """
        return self._timelines.all_entries()

    def timeline(self, path: str) -> tuple[Event, ...]:
        """Return what the layers did to ``path``, from the first that added it."""
        return self._timelines.timeline(path)

    def event_until(self, path: str, layer: int) -> Event | None:
        """Return the last event up to a layer that put an entry at ``path``, None where none did."""
        return self._timelines.event_until(path, layer)

    @overload
    def facts(self, observer: FactSource[F]) -> Iterator[LocatedFact[F]]: ...

    @overload
    def facts(self, observer: Identified) -> Iterator[LocatedFact[Any]]: ...

    def facts(self, observer: Identified) -> Iterator[LocatedFact[Any]]:
        """Yield all facts of one observer, layer by layer, hidden ones too.

        Raises:
            LookupError: the observer did not run, so that no facts would say nothing: whoever asks must need it.
        """
        facts = self._placed_facts.facts(observer)
        return facts if self._check is None else _each_checked(facts, self._check)

    @overload
    def visible(self, observer: FactSource[F]) -> Iterator[LocatedFact[F]]: ...

    @overload
    def visible(self, observer: Identified) -> Iterator[LocatedFact[Any]]: ...

    def visible(self, observer: Identified) -> Iterator[LocatedFact[Any]]:
        """Yield the facts of one observer whose entries the merged filesystem shows."""
        return (fact for fact in self.facts(observer) if fact.state is State.VISIBLE)

    @overload
    def facts_on(self, observer: FactSource[F], inode: Ref) -> Iterator[F]: ...

    @overload
    def facts_on(self, observer: Identified, inode: Ref) -> Iterator[Any]: ...

    def facts_on(self, observer: Identified, inode: Ref) -> Iterator[Any]:
        """Yield the data of one observer's facts on one inode; for a few files cheaper than all facts by place."""
        return self._placed_facts.facts_on(observer, inode)

    def outside(self, observer: Identified) -> Iterator[LocatedOutsideFact]:
        """Yield the facts of one observer on bytes that are no file's content, layer by layer."""
        return self._placed_facts.outside(observer)


def _each_checked(facts: Iterator[LocatedFact[Any]], check: Check) -> Iterator[LocatedFact[Any]]:
    for fact in facts:
        check()
        yield fact


def _joined(facts: Mapping[str, list[Fact]], added: Mapping[str, Sequence[Fact]]) -> dict[str, list[Fact]]:
    joined = dict(facts)
    for observer, new in added.items():
        joined[observer] = sorted((*joined.get(observer, ()), *new), key=lambda fact: fact.entry)
    return joined


def merge_layers(
    manifest: ImageManifest, layers: Sequence[LayerFacts], limits: Limits, check: Check | None = None
) -> tuple[ImageView, tuple[Problem, ...]]:
    """Return the merged image and what was odd on the way; ``layers`` are the manifest's, in its order.

    Where ``check`` says that the time is over, the image is that of the layers below, and an error names the others.
    """
    merger = Merger(limits)
    problems: list[Problem] = []
    merged: list[LayerFacts] = []
    for ref, facts in zip(manifest.layers, layers, strict=True):
        log = ProblemLog("rootfs", limits.problems_per_kind)
        diff_id = ref.diff_id or facts.diff_id
        try:
            merger.apply(facts.entries, log, check)
        except LimitError as error:
            applied = merger.applied
            kept = {name: [fact for fact in of if fact.entry < applied] for name, of in facts.facts.items()}
            merged.append(msgspec.structs.replace(facts, facts=kept, outside={}))
            log.note(problem_from(error, "rootfs"))
            problems += [msgspec.structs.replace(problem, diff_id=diff_id) for problem in log.problems()]
            break
        merged.append(facts)
        problems += [msgspec.structs.replace(problem, diff_id=diff_id) for problem in log.problems()]
    for facts in layers[len(merged) :]:
        merger.leave_out()
        merged.append(msgspec.structs.replace(facts, entries=[], facts={}, outside={}, sha256=None, digests={}))
    return ImageView(manifest, merged, merger.tree, limits), tuple(problems)
