"""The whiteouts and opaque markers of one layer, applied to what lies below it. CASES 1-5, 13, 17-20."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.finding import State
from imgscan.rootfs.applied import AppliedLayer
from imgscan.rootfs.parents import Parents
from imgscan.rootfs.resolve import resolve
from imgscan.rootfs.whiteout import PREFIX, Marker, MarkerType, lies_below_marker, marker_of

_ROOT = 0
_LINKS = frozenset({EntryKind.SYMLINK, EntryKind.HARDLINK})


class Whiteouts:
    """Applies markers: all of them before the entries, but those that stand below a symlink of their own layer.

    These name what the symlink leads to (umoci, containerd, the overlay drivers of Docker and podman agree), which is
    known when the layer's entries up to the marker are in the tree; they take away what lower layers have there.
    """

    def __init__(self, layer: AppliedLayer, parents: Parents) -> None:
        self._layer = layer
        self._tree = layer.tree
        self._parents = parents
        self._emptied: set[ImagePath] = set()  # real paths below which nothing of a lower layer is left
        self._markers: dict[int, Marker] = {}
        self._deferred: dict[int, Marker] = {}
        for index, entry in enumerate(layer.entries):
            if PREFIX in entry.path:
                marker = marker_of(entry.path)
                if marker is not None:
                    self._markers[index] = marker
                if lies_below_marker(entry.path):
                    text = "below the name of a whiteout, where no layer should have anything; runtimes put it on disk"
                    layer.warn("below-whiteout", text, entry)

    def __contains__(self, index: int) -> bool:
        """Whether an entry, by its index in the layer, is a marker."""
        return index in self._markers

    def apply_all(self) -> None:
        """Apply what needs no entry of the layer; call it before the first of them."""
        links = self._links() if self._markers else {}
        for index, marker in self._markers.items():
            entry = self._layer.entries[index]
            if not self._is_sound(marker, entry):
                continue
            first = _first_link(links, entry.path) if links else None
            if first is not None and first < index:
                self._deferred[index] = marker
                continue
            if first is not None:
                self._warn_of_late_link(marker, entry)
            self._apply(marker, entry)

    def apply_here(self, index: int) -> None:
        """Apply a marker whose symlinks are in the tree by now; nothing for one that is applied already."""
        marker = self._deferred.get(index)
        if marker is None:
            return
        entry = self._layer.entries[index]
        directory, name = parent_of(entry.path), _name(marker)
        self._tree.link_steps += directory.count("/")
        real = self._parents.make(directory, entry, name)
        if real is None:
            return
        if not self._layer.states(self._tree.live[real]):
            text = (
                f"a whiteout through a symlink to /{real}, of which the layer has no entry; "
                "the overlay drivers of Docker and podman may refuse it"
            )
            self._layer.warn("whiteout-through-symlink", text, entry)
        if marker.type is MarkerType.OPAQUE:
            self._tree.remove_lower(real, self._layer.number, self._emptied)
        else:
            self._remove_lower(f"{real}/{name}" if real else name, real, entry)

    def show_parents(self) -> None:
        """Make the directories that markers stand in, which overlay runtimes show even when no entry states them."""
        for index, marker in self._markers.items():
            if index in self._deferred or marker.type is MarkerType.INVALID:
                continue
            entry = self._layer.entries[index]
            directory = parent_of(entry.path)
            if directory in self._tree.kids or self._layer.is_out_of_steps(entry):
                continue
            if not self._parents.is_barred(directory):
                self._parents.make(directory, entry, _name(marker))

    def _links(self) -> dict[int, int]:
        """Return the keys of this layer's symlinks, each with the index of the first entry of it."""
        links: dict[int, int] = {}
        for index, entry in enumerate(self._layer.entries):
            if entry.kind in _LINKS:
                *_, key = _keys(entry.path)
                links.setdefault(key, index)
        behind = (
            index
            for index, entry in enumerate(self._layer.entries)
            if entry.kind in _LINKS and _first_link(links, entry.path) is not None
        )
        if any(True for _ in behind):
            # Symlinks behind symlinks have other paths than their names say: what follows the first link waits.
            links[_ROOT] = min(links.values())
        return links

    def _is_sound(self, marker: Marker, entry: Entry) -> bool:
        """Whether a marker hides something; what is odd about it is noted."""
        layer = self._layer
        if marker.type is MarkerType.INVALID:
            layer.error("invalid-whiteout", "a whiteout that names nothing; nothing deleted", entry)
            return False
        if marker.type is MarkerType.META:
            if not marker.known:
                text = "a name reserved for AUFS metadata; runtimes take it as a whiteout"
                layer.warn("whiteout-metadata", text, entry)
        elif entry.kind is not EntryKind.FILE or entry.size:
            text = f"a whiteout that is a {entry.kind} of {entry.size} bytes; its name decides"
            layer.warn("odd-whiteout", text, entry)
        if marker.type is MarkerType.OPAQUE and not marker.target:
            text = "an opaque whiteout of the root hides all lower layers; overlay runtimes ignore it"
            layer.warn("opaque-root", text, entry)
        return True

    def _apply(self, marker: Marker, entry: Entry) -> None:
        """Apply a marker to the lower layers' tree, of which alone there is anything yet."""
        tree, target = self._tree, marker.target
        if marker.type is MarkerType.OPAQUE:
            if target in tree.kids:
                tree.remove_children(target, self._layer.number)
            return
        if marker.type is MarkerType.WHITEOUT:
            self._layer.whited[target] = target in tree.kids
        if target in tree.live:
            tree.remove(target, self._layer.number, State.DELETED)

    def _remove_lower(self, target: ImagePath, parent: ImagePath, entry: Entry) -> None:
        """Take away what lower layers have at ``target``; what this layer put there by now stays."""
        tree, layer = self._tree, self._layer
        ref = tree.live.get(target)
        layer.whited.setdefault(target, target in tree.kids)
        if ref is None:
            return
        if layer.states(ref):
            layer.readded(entry, target, tree.entry(ref).kind)
        if target in tree.kids:
            tree.remove_lower(target, layer.number, self._emptied)
        if not layer.states(ref):
            tree.end_lower(target, layer.number)

    def _warn_of_late_link(self, marker: Marker, entry: Entry) -> None:
        """Warn of a marker that precedes the symlink it stands below, where a lower layer has a symlink too."""
        if self._layer.is_out_of_steps(entry):
            return
        directory = parent_of(entry.path)
        self._tree.link_steps += directory.count("/")
        real = resolve(self._tree, directory, self._layer.limits.link_depth)
        if real is not None and real != directory:
            text = (
                f"a whiteout below a symlink that the layer states only later: overlay runtimes delete nothing, "
                f"others what is in /{real}"
            )
            self._layer.warn("whiteout-before-symlink", text, entry)


def _name(marker: Marker) -> str:
    """Return what a marker hides in its directory, nothing for all of it."""
    return "" if marker.type is MarkerType.OPAQUE else marker.target.rpartition("/")[2]


def _keys(path: ImagePath) -> Iterator[int]:
    """Yield a number for each directory on the way to a path, the root first, and for the path itself.

    Hashing each of 512 directories by its whole name would take half a millisecond a path.
    """
    key = _ROOT
    yield key
    for part in path.split("/"):
        key = hash((key, part))
        yield key


def _first_link(links: Mapping[int, int], path: ImagePath) -> int | None:
    """Return the lowest index of the symlinks on the way to a path, None where there is none."""
    *above, _ = _keys(path)
    return min((links[key] for key in above if key in links), default=None)
