"""Facts of layers with what became of their entries in the image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, overload

import msgspec

from imgscan.model.entry import Entry, ImagePath
from imgscan.model.fact import Fact, LayerFacts, Region
from imgscan.model.finding import LayerPoint, State
from imgscan.model.observer import FactSource, Identified
from imgscan.rootfs.filesystem import Filesystem
from imgscan.rootfs.tree import Ref, Tree, index_of, layer_of, make_ref

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    F = TypeVar("F", default=Any)
    F_co = TypeVar("F_co", default=Any, covariant=True)
else:
    from typing import TypeVar

    F = TypeVar("F")
    F_co = TypeVar("F_co", covariant=True)


class LocatedFact(msgspec.Struct, Generic[F_co], frozen=True):
    """A fact and where it stands in the image.

    ``path`` is where its entry landed, or the link under whose name it was observed; ``names`` all visible paths of
    the inode, sorted, empty unless ``state`` is VISIBLE; ``removed_in`` the layer that took the last of them away.
    """

    data: F_co
    entry: Entry
    path: ImagePath
    names: tuple[ImagePath, ...]
    state: State
    layer: LayerPoint
    removed_in: LayerPoint | None
    ref: Ref

    @property
    def name(self) -> ImagePath:
        """The name to speak of: the visible one under which it was observed, else the first that is visible."""
        return self.path if not self.names or self.path in self.names else self.names[0]


class LocatedOutsideFact(msgspec.Struct, frozen=True):
    """A fact on bytes that are no file's content.

    ``owner`` is the entry that they are of, placed as the fact of a file is, with the fact's data; None where there is
    none.
    """

    region: Region
    data: Any
    layer: LayerPoint
    owner: LocatedFact | None


class FactLocations:
    """All facts of an image, each with the path, names and state of its entry."""

    def __init__(
        self, filesystem: Filesystem, tree: Tree, layers: Sequence[LayerFacts], points: Sequence[LayerPoint]
    ) -> None:
        self._filesystem = filesystem
        self._tree = tree
        self._layers = layers
        self._points = points
        self._observers = frozenset(name for facts in layers for name in facts.observers)
        self._fates: dict[Ref, tuple[tuple[ImagePath, ...], State, LayerPoint | None]] = {}

    @overload
    def facts(self, observer: FactSource[F]) -> Iterator[LocatedFact[F]]: ...

    @overload
    def facts(self, observer: Identified) -> Iterator[LocatedFact[Any]]: ...

    def facts(self, observer: Identified) -> Iterator[LocatedFact[Any]]:
        """Yield all facts of one observer, layer by layer, hidden ones too."""
        self._check(observer)
        for layer, facts in enumerate(self._layers):
            for fact in facts.facts.get(observer.id, ()):
                yield self._placed(fact, layer)

    def _check(self, observer: Identified) -> None:
        if self._observers and observer.id not in self._observers:
            raise LookupError(f"the observer {observer.id} did not run: whoever reads its index must declare it")

    @overload
    def facts_on(self, observer: FactSource[F], inode: Ref) -> Iterator[F]: ...

    @overload
    def facts_on(self, observer: Identified, inode: Ref) -> Iterator[Any]: ...

    def facts_on(self, observer: Identified, inode: Ref) -> Iterator[Any]:
        """Yield the data of one observer's facts on one inode; for a few files cheaper than all facts by place."""
        self._check(observer)
        index = index_of(inode)
        for fact in self._layers[layer_of(inode)].facts.get(observer.id, ()):
            if fact.entry == index:
                yield fact.data

    def outside(self, observer: Identified) -> Iterator[LocatedOutsideFact]:
        """Yield the facts of one observer on bytes that are no file's content, layer by layer."""
        for layer, facts in enumerate(self._layers):
            for fact in facts.outside.get(observer.id, ()):
                owner = (
                    self._placed(Fact(observer.id, fact.entry, fact.data), layer) if fact.entry is not None else None
                )
                yield LocatedOutsideFact(fact.region, fact.data, self._points[layer], owner)

    def _placed(self, fact: Fact, layer: int) -> LocatedFact[Any]:
        tree = self._tree
        ref = make_ref(layer, fact.entry)
        path = fact.path or tree.path_of(ref)
        inode = tree.inode_of(ref)
        alone = inode == ref and ref not in self._filesystem.linked
        if alone and fact.path is None and tree.live.get(path) == ref:  # nearly all
            return LocatedFact(fact.data, tree.entry(ref), path, (path,), State.VISIBLE, self._points[layer], None, ref)
        fate = self._fates.get(inode)
        if fate is None:
            fate = self._fate(inode)
            if len(fate[0]) != 1:  # one of many names is asked for once for each of them; most have one
                self._fates[inode] = fate
        return LocatedFact(fact.data, tree.entry(inode), path, *fate[:2], self._points[layer], fate[2], ref)

    def _fate(self, inode: Ref) -> tuple[tuple[ImagePath, ...], State, LayerPoint | None]:
        """Return an inode's visible names; where there is none left, how and in which layer the last one went."""
        names = self._filesystem.names(inode)
        if names:
            return names, State.VISIBLE, None
        refs = (inode, *self._hidden_links.get(inode, ()))
        ends = [end for ref in refs if (end := self._tree.ended.get(ref)) is not None]
        if not ends:
            return (), State.DELETED, None
        last = max(ends, key=lambda end: end.layer)
        return (), last.state, self._points[last.layer]

    @cached_property
    def _hidden_links(self) -> dict[Ref, list[Ref]]:
        result: dict[Ref, list[Ref]] = {}
        for ref, inode in self._tree.inode.items():
            result.setdefault(inode, []).append(ref)
        return result
