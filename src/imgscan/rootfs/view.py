"""The merged filesystem and the layers' facts, read-only: what analyzers conclude from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.fact import Fact, LayerFacts
from imgscan.model.finding import LayerPoint, State
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.limits import Limits
from imgscan.model.problem import Problem, ProblemLog
from imgscan.rootfs.merge import Merger
from imgscan.rootfs.resolve import Memo, resolve
from imgscan.rootfs.tree import Ref, Tree, layer_of, make_ref
from imgscan.rootfs.whiteout import marker_of

_Derived = TypeVar("_Derived")


class Node(msgspec.Struct, frozen=True):
    """One path of the merged filesystem.

    ``entry`` holds the attributes and content place of its inode (for a hardlink, those of the first name);
    ``ref`` and ``inode`` are the tree's references of the path's own entry and of the inode.
    """

    path: ImagePath
    entry: Entry
    ref: Ref
    inode: Ref
    implicit: bool = False

    @property
    def kind(self) -> EntryKind:
        """What the inode is; never HARDLINK."""
        return self.entry.kind

    @property
    def layer(self) -> int:
        """The index of the layer whose entry the path shows."""
        return layer_of(self.ref)


class Event(msgspec.Struct, frozen=True):
    """One step of a path's timeline: what ``layer`` did (added, changed, removed), and the entry if it has one."""

    layer: int
    action: str
    entry: Entry | None


class PlacedFact(msgspec.Struct, frozen=True):
    """A fact and where it stands in the image.

    ``path`` is where its entry landed; ``names`` all visible paths of the inode, sorted, empty unless ``state`` is
    VISIBLE; ``removed_in`` the layer that took the last of them away.
    """

    data: dict[str, Any]
    entry: Entry
    path: ImagePath
    names: tuple[ImagePath, ...]
    state: State
    layer: LayerPoint
    removed_in: LayerPoint | None
    ref: Ref


class ImageView:
    """One image: its layers merged, its config, and every fact with its place and state."""

    def __init__(self, manifest: ImageManifest, layers: Sequence[LayerFacts], tree: Tree, limits: Limits) -> None:
        self.manifest = manifest
        self._layers = layers
        self._tree = tree
        self._limits = limits
        self._fates: dict[Ref, tuple[tuple[ImagePath, ...], State, LayerPoint | None]] = {}
        self._derived: dict[Callable[[ImageView], Any], Any] = {}
        self._followed: Memo = {}

    @property
    def config(self) -> ImageConfig:
        """The image's run settings and history; ``present`` is false when the source has none."""
        return self.manifest.config

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
        found: _Derived = self._derived[make]
        return found

    # The merged filesystem

    def stat(self, path: str, follow: bool = True) -> Node | None:
        """Return what is at ``path`` (with or without a leading slash), symlinks followed; None for nothing."""
        real = self.resolve(path, follow)
        return None if real is None else self._node(real)

    def resolve(self, path: str, follow_last: bool = True) -> ImagePath | None:
        """Return the path that ``path`` leads to inside the image; None when missing or in a loop."""
        return resolve(self._tree, path, self._limits.link_depth, follow_last, self._followed)

    def at(self, path: ImagePath) -> tuple[Entry, int] | None:
        """Return the entry that exactly this path shows, no link followed on the way, and the layer it is of.

        The cheapest look, for many paths; of a hardlink the first name's entry, as in ``Node``.
        """
        ref = self._tree.live.get(path)
        return None if ref is None else (self._tree.entry(self._tree.inode_of(ref)), ref >> 32)

    def readlink(self, path: str) -> str | None:
        """Return the text of the symlink at ``path``, None when there is none."""
        node = self.stat(path, follow=False)
        return node.entry.link_target if node and node.kind is EntryKind.SYMLINK else None

    def children(self, path: str = "") -> tuple[Node, ...]:
        """Return what a directory holds, sorted by path; empty for anything else."""
        real = self.resolve(path)
        return tuple(self._node(kid) for kid in sorted(self._tree.children(real))) if real is not None else ()

    def walk(self) -> Iterator[Node]:
        """Yield every visible path, sorted, the root first; nothing hidden, each once."""
        for path in sorted(self._tree.live):
            yield self._node(path)

    def places(self) -> Iterator[tuple[ImagePath, Entry, Ref]]:
        """Yield every visible path with the entry and the reference of its inode, in no order: the cheapest walk.

        The layer of an inode is ``layer_of`` its reference.
        """
        return zip(*self.columns(), strict=True)

    def columns(self) -> tuple[list[ImagePath], list[Entry], list[Ref]]:
        """Return what ``places`` yields as three lists, for questions that a list comprehension answers."""
        inodes = self._inodes()
        return list(self._tree.live), self._tree.entries(inodes), inodes

    def _inodes(self) -> list[Ref]:
        """Return the inode of each visible path."""
        live, inode = self._tree.live, self._tree.inode
        return list(map(inode.get, live.values(), live.values()) if inode else live.values())

    @property
    def paths(self) -> KeysView[ImagePath]:
        """All visible paths, in no order: for many look-ups of exact paths."""
        return self._tree.live.keys()

    @property
    def refs(self) -> Mapping[ImagePath, Ref]:
        """Which entry each visible path shows, a hardlink its own: the layer of many paths without more of them."""
        return self._tree.live

    @property
    def directories(self) -> KeysView[ImagePath]:
        """The paths of all visible directories, in no order."""
        return self._tree.kids.keys()

    def layer_entries(self, layer: int) -> Sequence[Entry]:
        """Return the entries of one layer, whiteouts too, in the order of its tar."""
        return self._layers[layer].entries

    def layer_bytes(self, layer: int) -> int:
        """Return the size of one layer's uncompressed tar."""
        return self._layers[layer].uncompressed_bytes

    def hidden(self) -> Iterator[tuple[ImagePath, Entry, Ref, LayerPoint, State]]:
        """Yield each entry that a later layer deleted or overwrote: where it was, its reference, by which layer, how.

        A hardlink's content may still be visible by another name; ``names`` of its inode tells.
        """
        tree = self._tree
        for ref, ending in tree.ended.items():
            if not tree.is_implicit(ref):
                yield tree.path_of(ref), tree.entry(ref), ref, self.points[ending.layer], ending.state

    def inode_of(self, ref: Ref) -> Ref:
        """Return the reference whose content and attributes ``ref`` shows: another one's for a hardlink."""
        return self._tree.inode_of(ref)

    def totals(self) -> tuple[int, int]:
        """Return how many visible paths are regular files, and the bytes of these files, each inode once."""
        return self._totals

    @cached_property
    def _totals(self) -> tuple[int, int]:
        file = EntryKind.FILE
        inodes = self._inodes()
        sizes = [entry.size for entry in self._tree.entries(inodes) if entry.kind is file]
        if not self._tree.inode:
            return len(sizes), sum(sizes)
        return len(sizes), sum(entry.size for entry in self._tree.entries(set(inodes)) if entry.kind is file)

    def __contains__(self, path: ImagePath) -> bool:
        """Whether something is visible at a path, which is taken as it is: no symlink is followed."""
        return path in self._tree.live

    def __len__(self) -> int:
        return len(self._tree.live)

    def all_entries(self) -> Iterator[tuple[Entry, int, str, int | None, str | None]]:
        """Yield every entry of every layer, bottom up: entry, layer, state, layer that removed it, SHA-256.

        ``state`` is that of a finding, or ``whiteout`` for markers and ``left out`` for what could not be merged.
        """
        tree = self._tree
        for layer, facts in enumerate(self._layers):
            for index, entry in enumerate(facts.entries):
                ref = make_ref(layer, index)
                ending = tree.ended.get(ref)
                digest = facts.sha256[index] if facts.sha256 is not None else None
                if ending is not None:
                    yield entry, layer, str(ending.state), ending.layer, digest
                elif tree.live.get(tree.path_of(ref)) == ref:
                    yield entry, layer, str(State.VISIBLE), None, digest
                else:
                    yield entry, layer, "whiteout" if marker_of(entry.path) else "left out", None, digest

    def content_of(self, layer: int, index: int) -> tuple[int, Entry]:
        """Return where the content of one entry of one layer is: layer and entry, of a hardlink those it is bound to.

        A hardlink that leads nowhere is returned as it is.
        """
        inode = self._tree.inode_of(make_ref(layer, index))
        return layer_of(inode), self._tree.entry(inode)

    @property
    def linked(self) -> Mapping[Ref, list[ImagePath]]:
        """The visible hardlinks of each inode that has any."""
        return self._links

    def names(self, inode: Ref) -> tuple[ImagePath, ...]:
        """Return all visible paths of an inode, sorted."""
        own = self._tree.path_of(inode)
        found = list(self._links.get(inode, ()))
        if self._tree.live.get(own) == inode:
            found.append(own)
        return tuple(sorted(found))

    def timeline(self, path: str) -> tuple[Event, ...]:
        """Return what the layers did to ``path``, from the first that added it."""
        tree = self._tree
        clean = path.strip("/")
        ref = tree.live.get(clean, tree.gone.get(clean))
        events: list[Event] = []
        while ref is not None:
            ending = tree.ended.get(ref)
            if ending is not None and ending.state is State.DELETED:
                events.append(Event(ending.layer, "removed", None))
            before = tree.before.get(ref)
            again = before is not None and tree.ended[before].state is State.OVERWRITTEN
            events.append(Event(layer_of(ref), "changed" if again else "added", tree.entry(ref)))
            ref = before
        return tuple(reversed(events))

    def event_until(self, path: str, layer: int) -> Event | None:
        """Return the last event up to a layer that put an entry at ``path``, None where none did."""
        found = [event for event in self.timeline(path) if event.entry is not None and event.layer <= layer]
        return found[-1] if found else None

    def xattrs(self, node: Node) -> dict[str, bytes]:
        """Return the extended attributes of a node."""
        return node.entry.xattrs or {}

    def sha256(self, node: Node) -> str | None:
        """Return the digest of a file's content, hex, where the survey was asked for digests."""
        digests = self._layers[layer_of(node.inode)].sha256
        return digests[node.inode & 0x7FFFFFFF] if digests is not None and not node.implicit else None

    def _node(self, path: ImagePath) -> Node:
        tree = self._tree
        ref = tree.live[path]
        inode = tree.inode_of(ref)
        return Node(path, tree.entry(inode), ref, inode, tree.is_implicit(ref))

    @cached_property
    def _links(self) -> dict[Ref, list[ImagePath]]:
        """Live hardlinks by inode."""
        found: dict[Ref, list[ImagePath]] = {}
        for ref, inode in self._tree.inode.items():
            path = self._tree.path_of(ref)
            if self._tree.live.get(path) == ref:
                found.setdefault(inode, []).append(path)
        return found

    # Facts

    def facts(self, analyzer: str) -> Iterator[PlacedFact]:
        """Yield all facts of one analyzer, layer by layer, hidden ones too."""
        for layer, facts in enumerate(self._layers):
            for fact in facts.facts.get(analyzer, ()):
                yield self._placed(fact, layer)

    def visible(self, analyzer: str) -> Iterator[PlacedFact]:
        """Yield the facts of one analyzer whose entries the merged filesystem shows."""
        return (fact for fact in self.facts(analyzer) if fact.state is State.VISIBLE)

    def facts_on(self, analyzer: str, inode: Ref) -> Iterator[dict[str, Any]]:
        """Yield the data of one analyzer's facts on one inode; for a few files cheaper than all facts by place."""
        index = inode & 0xFFFFFFFF
        for fact in self._layers[layer_of(inode)].facts.get(analyzer, ()):
            if fact.entry == index:
                yield fact.data

    def digests_of(self, ref: Ref) -> dict[str, str]:
        """Return the digests (hex, by algorithm) that the survey took of an entry's content; mostly it takes none."""
        return self._layers[layer_of(ref)].digests.get(ref & 0xFFFFFFFF, {})

    def _placed(self, fact: Fact, layer: int) -> PlacedFact:
        tree = self._tree
        ref = make_ref(layer, fact.entry)
        path = tree.path_of(ref)
        inode = tree.inode_of(ref)
        if inode == ref and tree.live.get(path) == ref and ref not in self._links:  # nearly all
            return PlacedFact(fact.data, tree.entry(ref), path, (path,), State.VISIBLE, self.points[layer], None, ref)
        fate = self._fates.get(inode)
        if fate is None:
            fate = self._fate(inode)
            if len(fate[0]) != 1:  # one of many names is asked for once for each of them; most have one
                self._fates[inode] = fate
        return PlacedFact(fact.data, tree.entry(inode), path, *fate[:2], self.points[layer], fate[2], ref)

    def _fate(self, inode: Ref) -> tuple[tuple[ImagePath, ...], State, LayerPoint | None]:
        """Return an inode's visible names; where there is none left, how and in which layer the last one went."""
        names = self.names(inode)
        if names:
            return names, State.VISIBLE, None
        refs = (inode, *self._hidden_links.get(inode, ()))
        endings = [ending for ref in refs if (ending := self._tree.ended.get(ref)) is not None]
        if not endings:
            return (), State.DELETED, None
        last = max(endings, key=lambda ending: ending.layer)
        return (), last.state, self.points[last.layer]

    @cached_property
    def _hidden_links(self) -> dict[Ref, list[Ref]]:
        found: dict[Ref, list[Ref]] = {}
        for ref, inode in self._tree.inode.items():
            found.setdefault(inode, []).append(ref)
        return found


def merge_layers(
    manifest: ImageManifest, layers: Sequence[LayerFacts], limits: Limits
) -> tuple[ImageView, tuple[Problem, ...]]:
    """Return the merged image and what was odd on the way; ``layers`` are the manifest's, in its order."""
    merger = Merger(limits)
    problems: list[Problem] = []
    for ref, facts in zip(manifest.layers, layers, strict=True):
        log = ProblemLog("rootfs", limits.problems_per_kind)
        merger.apply(facts.entries, log)
        diff_id = ref.diff_id or facts.diff_id
        problems += [msgspec.structs.replace(problem, diff_id=diff_id) for problem in log.problems()]
    return ImageView(manifest, layers, merger.tree, limits), tuple(problems)
