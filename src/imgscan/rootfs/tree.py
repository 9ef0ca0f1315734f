"""The merged tree as plain tables: which entry each path shows, and what became of the others.

A reference (``Ref``) names an entry by layer and index in one int, so that a million paths cost two dicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.finding import State

Ref: TypeAlias = int
"""``layer << 32 | index``; an index with bit 31 set names a directory that no entry states."""

_IMPLICIT = 1 << 31
_INDEX = (1 << 32) - 1


def make_ref(layer: int, index: int) -> Ref:
    """Return the reference of entry ``index`` of layer ``layer``."""
    return layer << 32 | index


def layer_of(ref: Ref) -> int:
    """Return the layer of a reference."""
    return ref >> 32


def index_of(ref: Ref) -> int:
    """Return the index that a reference has in its layer; beyond all entries for a directory that none states."""
    return ref & _INDEX


class Ending(NamedTuple):
    """How an entry ceased to be what its path shows: in which layer, deleted or overwritten."""

    layer: int
    state: State


class Tree:
    """Paths, references and endings; grown by ``merge``, read by ``view``.

    ``live`` maps each visible path to its reference; every parent of a live path is a live directory.
    ``inode`` maps a hardlink's reference to the one whose content and attributes it shares; ``moved`` an entry
    that landed elsewhere than its name says; ``before`` a reference to the one its path showed earlier.
    ``stated_owners`` are the uid and gid that the tar has of entries to which runtimes give others.
    ``link_steps`` counts the components of symlinks' targets that were followed so far.
    """

    def __init__(self) -> None:
        self.layers: list[list[Entry]] = []
        self.live: dict[ImagePath, Ref] = {}
        self.kids: dict[ImagePath, list[ImagePath]] = {"": []}
        self.inode: dict[Ref, Ref] = {}
        self.moved: dict[Ref, ImagePath] = {}
        self.before: dict[Ref, Ref] = {}
        self.ended: dict[Ref, Ending] = {}
        self.gone: dict[ImagePath, Ref] = {}
        self.stated_owners: dict[Ref, tuple[int, int]] = {}
        self._implicit: list[Entry] = []
        self.implicit_bytes: int = 0
        self.link_steps = 0
        self.live[""] = self.add_implicit("", 0)

    def entry(self, ref: Ref) -> Entry:
        """Return the entry that a reference names."""
        index = ref & _INDEX
        return self._implicit[index & ~_IMPLICIT] if index & _IMPLICIT else self.layers[ref >> 32][index]

    def entries(self, refs: Iterable[Ref]) -> list[Entry]:
        """Return the entries that references name, one for each."""
        layers, entry = self.layers, self.entry
        return [layers[ref >> 32][index] if (index := ref & _INDEX) < _IMPLICIT else entry(ref) for ref in refs]

    def add_implicit(self, path: ImagePath, layer: int, mode: int = 0o755) -> Ref:
        """Return a new directory that no entry states: 0755, root, as every runtime makes it."""
        self._implicit.append(Entry(path, EntryKind.DIRECTORY, mode, 0, 0, 0, -1, 0))
        self.implicit_bytes += len(path) + 64
        return make_ref(layer, _IMPLICIT | len(self._implicit) - 1)

    def is_implicit(self, ref: Ref) -> bool:
        """Whether a reference is a directory that no entry states."""
        return bool(ref & _IMPLICIT)

    def inode_of(self, ref: Ref) -> Ref:
        """Return the reference whose content and attributes ``ref`` shows."""
        return self.inode.get(ref, ref)

    def path_of(self, ref: Ref) -> ImagePath:
        """Return the path at which an entry landed."""
        return self.moved.get(ref) or self.entry(ref).path

    def children(self, path: ImagePath) -> Iterator[ImagePath]:
        """Yield the live paths directly below a directory, each once."""
        live = self.live
        return iter(dict.fromkeys(kid for kid in self.kids.get(path, ()) if kid in live))

    def attach(self, path: ImagePath, parent: ImagePath, ref: Ref) -> None:
        """Make ``path``, which shows nothing now, show ``ref``; the parent is a live directory."""
        self.live[path] = ref
        self.kids[parent].append(path)
        earlier = self.gone.pop(path, None)
        if earlier is not None:
            self.before[ref] = earlier

    def replace(self, path: ImagePath, old: Ref, ref: Ref, layer: int) -> None:
        """Make ``path`` show ``ref`` in place of ``old``; children stay."""
        self.live[path] = ref
        self.before[ref] = old
        self.ended[old] = Ending(layer, State.OVERWRITTEN)

    def remove(self, path: ImagePath, layer: int, state: State) -> None:
        """Take ``path`` and all below it out of the tree."""
        self._end(path, layer, state)
        self.remove_children(path, layer)

    def remove_children(self, path: ImagePath, layer: int) -> None:
        """Take all below ``path`` out of the tree; a directory keeps an empty list of children."""
        stack = [path]
        while stack:
            top = stack.pop()
            for kid in self.kids.pop(top, ()):
                if kid in self.live:
                    self._end(kid, layer, State.DELETED)
                    if kid in self.kids:
                        stack.append(kid)
        if path in self.live:
            self.kids[path] = []

    def remove_lower(self, path: ImagePath, layer: int, emptied: set[ImagePath]) -> None:
        """Take what layers below ``layer`` have under a directory out of the tree; what it has itself stays.

        ``emptied`` are directories of which that is done; ``path`` and those below it are added, so that each is
        looked through once, however many whiteouts name it.
        """
        if _is_below(path, emptied):
            return
        directories, stack = [], [path]
        while stack:
            top = stack.pop()
            directories.append(top)
            stack += [kid for kid in self.children(top) if kid in self.kids and kid not in emptied]
        for directory in reversed(directories):  # so that what is left of a child is known before its parent's turn
            for kid in tuple(self.children(directory)):
                if layer_of(self.live[kid]) != layer:
                    self.end_lower(kid, layer)
            self.kids[directory] = list(self.children(directory))
        emptied.update(directories)

    def end_lower(self, path: ImagePath, layer: int) -> None:
        """Take a lower layer's entry out of the tree; a directory that still has children becomes one without entry."""
        if any(True for _ in self.children(path)):
            self.replace(path, self.live[path], self.add_implicit(path, layer), layer)
            return
        self._end(path, layer, State.DELETED)
        self.kids.pop(path, None)

    def _end(self, path: ImagePath, layer: int, state: State) -> None:
        ref = self.live.pop(path)
        self.ended[ref] = Ending(layer, state)
        self.gone[path] = ref


def _is_below(path: ImagePath, directories: set[ImagePath]) -> bool:
    """Whether a path is one of ``directories`` or in one of them."""
    while directories:
        if path in directories:
            return True
        if not path:
            break
        path = path.rpartition("/")[0]
    return False
