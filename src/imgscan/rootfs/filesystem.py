"""The merged filesystem, read-only: what stands at a path, what a directory holds, which names an inode has."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping
from contextlib import contextmanager
from functools import cached_property

from imgscan.model.deadline import Check
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.limits import Limits
from imgscan.rootfs.node import Node
from imgscan.rootfs.resolve import Memo, resolve
from imgscan.rootfs.tree import Ref, Tree, layer_of


class Filesystem:
    """What the layers show when all of them are applied."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self._tree = tree
        self._limits = limits
        self._followed: Memo = {}
        self._check: Check | None = None

    @contextmanager
    def watched(self, check: Check | None) -> Iterator[None]:
        """Ask ``check`` at every question within, so that who asks very many ends when the time is over.

        Whoever asks gets its LimitError then, and passes it on.
        """
        former, self._check = self._check, check
        try:
            yield
        finally:
            self._check = former

    @property
    def limits(self) -> Limits:
        """The bounds of the scan."""
        return self._limits

    def stat(self, path: str, follow: bool = True) -> Node | None:
        """Return what is at ``path`` (with or without a leading slash), symlinks followed; None for nothing."""
        real = self.resolve(path, follow)
        return None if real is None else self._node(real)

    def resolve(self, path: str, follow_last: bool = True) -> ImagePath | None:
        """Return the path that ``path`` leads to inside the image; None when missing or in a loop."""
        if self._check is not None:
            self._check()
        return resolve(self._tree, path, self._limits.link_depth, follow_last, self._followed)

    def at(self, path: ImagePath) -> tuple[Entry, int] | None:
        """Return the entry that exactly this path shows, no link followed on the way, and the layer it is of.

        The cheapest look, for many paths; of a hardlink the first name's entry, as in ``Node``.
        """
        ref = self._tree.live.get(path)
        return None if ref is None else (self._tree.entry(self._tree.inode_of(ref)), layer_of(ref))

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
            if self._check is not None:
                self._check()
            yield self._node(path)

    def rows(self) -> Iterator[tuple[ImagePath, Entry, Ref]]:
        """Yield every visible path with the entry and the reference of its inode, in no order: the cheapest walk.

        The layer of an inode is ``layer_of`` its reference.
        """
        return zip(*self.columns(), strict=True)

    def columns(self) -> tuple[list[ImagePath], list[Entry], list[Ref]]:
        """Return what ``rows`` yields as three lists, for questions that a list comprehension answers."""
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
    def stated_owners(self) -> Mapping[Ref, tuple[int, int]]:
        """The uid and gid that a tar states of the entries to which runtimes give others; ``Entry`` has the others."""
        return self._tree.stated_owners

    @property
    def directories(self) -> KeysView[ImagePath]:
        """The paths of all visible directories, in no order."""
        return self._tree.kids.keys()

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

    @property
    def linked(self) -> Mapping[Ref, list[ImagePath]]:
        """The visible hardlinks of each inode that has any."""
        return self._links

    def names(self, inode: Ref) -> tuple[ImagePath, ...]:
        """Return all visible paths of an inode, sorted."""
        if self._check is not None:
            self._check()
        first = self._tree.path_of(inode)
        result = list(self._links.get(inode, ()))
        if self._tree.live.get(first) == inode:
            result.append(first)
        return tuple(sorted(result))

    def xattrs(self, node: Node) -> dict[str, bytes]:
        """Return the extended attributes of a node."""
        return node.entry.xattrs or {}

    def _node(self, path: ImagePath) -> Node:
        tree = self._tree
        ref = tree.live[path]
        inode = tree.inode_of(ref)
        return Node(path, tree.entry(inode), ref, inode, tree.is_implicit(ref))

    @cached_property
    def _links(self) -> dict[Ref, list[ImagePath]]:
        """Live hardlinks by inode."""
        result: dict[Ref, list[ImagePath]] = {}
        for ref, inode in self._tree.inode.items():
            path = self._tree.path_of(ref)
            if self._tree.live.get(path) == ref:
                result.setdefault(inode, []).append(path)
        return result
