"""Layers applied in order: the rules of OCI image-spec layer.md, and where it is silent what overlay runtimes show.

Every rule here is a row of the cases' table, tested under its number in ``tests/unit/rootfs/test_cases.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.deadline import Check
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog
from imgscan.rootfs.applied import AppliedLayer
from imgscan.rootfs.hardlinks import bind_hardlink
from imgscan.rootfs.parents import Parents
from imgscan.rootfs.tree import Ref, Tree, make_ref
from imgscan.rootfs.whiteouts import Whiteouts

_ENTRIES_AT_ONCE = 4096
_DIRECTORY = EntryKind.DIRECTORY
_OVERLAY_XATTRS = ("trusted.overlay.", "user.overlay.")


class Merger:
    """Applies layers to a ``Tree``; each problem goes to the log of the layer that causes it."""

    def __init__(self, limits: Limits) -> None:
        self.tree = Tree()
        self._limits = limits
        self.applied = 0
        """How many entries of a layer were applied before the time was over."""

    def apply(self, entries: list[Entry], problems: ProblemLog, check: Check | None = None) -> None:
        """Apply one layer: all its whiteouts to what lies below, then its entries in their order.

        Raises:
            LimitError: ``check`` says that the time is over.
        """
        self.applied = 0
        merge = _LayerMerge(AppliedLayer(self.tree, entries, problems, self._limits))
        for done in merge.run():
            self.applied = done
            if check is not None:
                check()

    def leave_out(self) -> None:
        """Count a layer that is not applied any more."""
        self.tree.layers.append([])


class _LayerMerge:
    """The merge of one layer."""

    def __init__(self, layer: AppliedLayer) -> None:
        self._layer = layer
        self._tree = layer.tree
        self._parents = Parents(layer)
        self._whiteouts = Whiteouts(layer, self._parents)

    def run(self) -> Iterator[int]:
        """Apply the layer; yields now and then how many entries are applied."""
        yield 0
        whiteouts = self._whiteouts
        whiteouts.apply_all()
        base = make_ref(self._layer.number, 0)
        entries = self._layer.entries
        for start in range(0, len(entries), _ENTRIES_AT_ONCE):
            yield start
            for index, entry in enumerate(entries[start : start + _ENTRIES_AT_ONCE], start):
                if index in whiteouts:
                    whiteouts.apply_here(index)
                else:
                    self._add(entry, base + index)
        whiteouts.show_parents()

    def _add(self, entry: Entry, ref: Ref) -> None:
        tree, layer = self._tree, self._layer
        path = entry.path
        parent = path.rpartition("/")[0]
        if parent not in tree.kids:  # every live directory has its list of children
            name = path.rpartition("/")[2]
            real = self._parents.make(parent, entry, name)
            if real is None:
                return
            if real != parent:
                path = f"{real}/{name}" if real else name
                parent = real
                tree.moved[ref] = path
        kind = entry.kind
        if layer.whited and path in layer.whited:
            layer.readded(entry, path, kind)
        if kind is EntryKind.HARDLINK and not bind_hardlink(layer, entry, path, ref):
            return
        if entry.xattrs or kind is EntryKind.CHAR:
            self._overlay_marks(entry)
        old = tree.live.get(path)
        if old is None:
            tree.attach(path, parent, ref)
            if kind is _DIRECTORY:
                tree.kids[path] = []
            return
        if layer.states(old) and not tree.is_implicit(old):
            self._duplicate(entry, path, old)
        if kind is _DIRECTORY and path in tree.kids:
            tree.replace(path, old, ref, layer.number)
            return
        if not path:
            text = f"a {kind} in place of the root; left out"
            layer.error("root-replaced", text, entry)
            return
        if path in tree.kids:
            tree.remove_children(path, layer.number)
            del tree.kids[path]
        tree.replace(path, old, ref, layer.number)
        if kind is _DIRECTORY:
            tree.kids[path] = []

    def _duplicate(self, entry: Entry, path: ImagePath, old: Ref) -> None:
        first = self._tree.entry(old).offset
        text = f"twice in one layer, content at {first} and {entry.offset}; the last one counts"
        self._layer.warn("duplicate-member", text, entry, path)

    def _overlay_marks(self, entry: Entry) -> None:
        if entry.kind is EntryKind.CHAR and entry.device == (0, 0):
            text = "a character device 0:0, which overlay runtimes take as a whiteout"
            self._layer.warn("overlay-whiteout", text, entry)
        for name in entry.xattrs or ():
            if name.startswith(_OVERLAY_XATTRS):
                text = f"the attribute {name}, which may hide lower files on overlay runtimes"
                self._layer.warn("overlay-xattr", text, entry)
