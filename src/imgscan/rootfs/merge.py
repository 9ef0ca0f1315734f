"""Layers applied in order: the rules of OCI image-spec layer.md, and where it is silent what overlay runtimes show.

Every rule here is a row of the cases' table, tested under its number in ``tests/unit/rootfs/test_cases.py``.
"""

from __future__ import annotations

from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.finding import State
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog
from imgscan.rootfs.resolve import MAX_TARGET, resolve, resolve_parent
from imgscan.rootfs.tree import Ref, Tree, layer_of, make_ref
from imgscan.rootfs.whiteout import Kind, Marker, marker_of

_DIRECTORY = EntryKind.DIRECTORY
_OVERLAY_XATTRS = ("trusted.overlay.", "user.overlay.")


class Merger:
    """Applies layers to a ``Tree``; each problem goes to the log of the layer that causes it."""

    def __init__(self, limits: Limits) -> None:
        self.tree = Tree()
        self._limits = limits

    def apply(self, entries: list[Entry], problems: ProblemLog) -> None:
        """Apply one layer: all its whiteouts to what lies below, then its entries in their order."""
        _LayerMerge(self.tree, entries, problems, self._limits).run()


class _LayerMerge:
    """The merge of one layer."""

    def __init__(self, tree: Tree, entries: list[Entry], problems: ProblemLog, limits: Limits) -> None:
        self._tree = tree
        self._layer = len(tree.layers)
        tree.layers.append(entries)
        self._entries = entries
        self._problems = problems
        self._limits = limits
        self._hidden: dict[ImagePath, Ref] = {}  # AUFS metadata: never listed, but hardlinks may point into it
        self._whited: dict[ImagePath, bool] = {}  # what this layer's whiteouts name: whether it was a directory
        self._markers: dict[int, Marker] = {}

    def run(self) -> None:
        for index, entry in enumerate(self._entries):
            if ".wh." in entry.path and (marker := marker_of(entry.path)) is not None:
                self._markers[index] = marker
        for index, marker in self._markers.items():
            self._mark(marker, self._entries[index], make_ref(self._layer, index))
        base = make_ref(self._layer, 0)
        markers = self._markers
        for index, entry in enumerate(self._entries):
            if index not in markers:
                self._add(entry, base + index)
        for index, marker in markers.items():
            self._show_parent(marker, self._entries[index])

    # Whiteouts

    def _mark(self, marker: Marker, entry: Entry, ref: Ref) -> None:
        """Apply one marker to the lower layers' tree."""
        path = entry.path
        if marker.kind is Kind.INVALID:
            self._problems.error(
                "invalid-whiteout", "a whiteout that names nothing; nothing deleted", path, entry.offset
            )
            return
        if marker.kind is Kind.BELOW:
            text = "an entry below a whiteout, which no layer can hold; left out"
            self._problems.warn("below-whiteout", text, path, entry.offset)
            return
        if marker.kind is Kind.META:
            self._hidden[path] = ref
            if not marker.known:
                text = "a name reserved for AUFS metadata, without effect; left out"
                self._problems.warn("whiteout-metadata", text, path, entry.offset)
            return
        if entry.kind is not EntryKind.FILE or entry.size:
            text = f"a whiteout that is a {entry.kind} of {entry.size} bytes; its name decides"
            self._problems.warn("odd-whiteout", text, path, entry.offset)
        if marker.kind is Kind.OPAQUE:
            self._opaque(marker.target, entry)
        else:
            self._whiteout(marker.target)

    def _opaque(self, directory: ImagePath, entry: Entry) -> None:
        if not directory:
            text = "an opaque whiteout of the root hides all lower layers; overlay runtimes ignore it"
            self._problems.warn("opaque-root", text, entry.path, entry.offset)
        if directory in self._tree.kids:
            self._tree.remove_children(directory, self._layer)

    def _whiteout(self, target: ImagePath) -> None:
        self._whited[target] = target in self._tree.kids
        if target in self._tree.live:
            self._tree.remove(target, self._layer, State.DELETED)

    def _show_parent(self, marker: Marker, entry: Entry) -> None:
        """Make the directory that a marker stands in, which overlay runtimes show even when no entry states it."""
        if marker.kind is Kind.WHITEOUT:
            directory, _, name = marker.target.rpartition("/")
        elif marker.kind is Kind.OPAQUE:
            directory, name = marker.target, ""
        else:
            return
        if directory not in self._tree.kids and not self._is_barred(directory):
            self._make_directory(directory, entry, name)

    def _is_barred(self, path: ImagePath) -> bool:
        """Whether this layer hides the path or a parent of it, or has something else than a directory there."""
        tree = self._tree
        while path:
            ref = tree.live.get(path)
            if path in self._whited or (ref is not None and layer_of(ref) == self._layer and path not in tree.kids):
                return True
            path = parent_of(path)
        return False

    # Entries

    def _add(self, entry: Entry, ref: Ref) -> None:
        tree = self._tree
        path = entry.path
        parent = path.rpartition("/")[0]
        if parent not in tree.kids:  # every live directory has its list of children
            name = path.rpartition("/")[2]
            real = self._make_directory(parent, entry, name)
            if real is None:
                return
            if real != parent:
                path = f"{real}/{name}" if real else name
                parent = real
                tree.moved[ref] = path
        kind = entry.kind
        if self._whited and path in self._whited:
            self._readded(entry, path, kind)
        if kind is EntryKind.HARDLINK and not self._link(entry, path, ref):
            return
        if entry.xattrs or kind is EntryKind.CHAR:
            self._overlay_marks(entry)
        old = tree.live.get(path)
        if old is None:
            tree.place(path, parent, ref)
            if kind is _DIRECTORY:
                tree.kids[path] = []
            return
        if layer_of(old) == self._layer and not tree.is_implicit(old):
            self._duplicate(entry, path, old)
        if kind is _DIRECTORY and path in tree.kids:
            tree.replace(path, old, ref, self._layer)
            return
        if not path:
            text = f"a {kind} in place of the root; left out"
            self._problems.error("root-replaced", text, entry.path, entry.offset)
            return
        if path in tree.kids:
            tree.remove_children(path, self._layer)
            del tree.kids[path]
        tree.replace(path, old, ref, self._layer)
        if kind is _DIRECTORY:
            tree.kids[path] = []

    def _duplicate(self, entry: Entry, path: ImagePath, old: Ref) -> None:
        first = self._tree.entry(old).offset
        text = f"twice in one layer, content at {first} and {entry.offset}; the last one counts"
        self._problems.warn("duplicate-member", text, path, entry.offset)

    def _readded(self, entry: Entry, path: ImagePath, kind: EntryKind) -> None:
        """Warn of a path that one layer both hides and adds: the specification is clear, runtimes differ."""
        if kind is not _DIRECTORY:
            text = "whited out and added by one layer: the file stays; containerd's plain applier and vfs delete it"
        elif self._whited[path]:
            text = "a directory whited out and made anew by one layer; overlay drivers may bring its old children back"
        else:
            text = "a directory whited out and made by one layer: it stays; some runtimes refuse the layer"
        self._problems.warn("whiteout-and-entry", f"/{path}: {text}", entry.path, entry.offset)

    def _overlay_marks(self, entry: Entry) -> None:
        if entry.kind is EntryKind.CHAR and entry.device == (0, 0):
            text = "a character device 0:0, which overlay runtimes take as a whiteout"
            self._problems.warn("overlay-whiteout", text, entry.path, entry.offset)
        for name in entry.xattrs or ():
            if name.startswith(_OVERLAY_XATTRS):
                text = f"the attribute {name}, which may hide lower files on overlay runtimes"
                self._problems.warn("overlay-xattr", text, entry.path, entry.offset)

    # Hardlinks

    def _link(self, entry: Entry, path: ImagePath, ref: Ref) -> bool:
        """Bind a hardlink to the content that its target has now; false when it has none."""
        tree = self._tree
        target = entry.link_target or ""
        found = self._hidden.get(target)
        if found is None:
            if self._tired(entry):
                return False
            real = resolve_parent(tree, target, self._limits.link_depth)
            found = tree.live.get(real) if real is not None else None
            if real is not None and real == path:
                found = None
        if found is None or tree.entry(found).kind is _DIRECTORY:
            what = "a directory" if found is not None else "itself" if target == path else "nothing that is there yet"
            text = f"a hardlink to {what} (/{target}); left out"
            self._problems.error("hardlink", text, path, entry.offset)
            return False
        inode = tree.inode_of(found)
        tree.inode[ref] = inode
        first = tree.entry(inode)
        if layer_of(found) != self._layer:
            text = f"a hardlink to a lower layer's file (/{target}), which overlay runtimes refuse"
            self._problems.warn("hardlink-below", text, path, entry.offset)
        if (entry.mode, entry.uid, entry.gid) != (first.mode, first.uid, first.gid):
            text = (
                f"a hardlink whose header says {entry.mode:04o} {entry.uid}:{entry.gid} where its file has "
                f"{first.mode:04o} {first.uid}:{first.gid}; the file's count, Docker applies the link's"
            )
            self._problems.warn("hardlink-attributes", text, path, entry.offset)
        if entry.xattrs and entry.xattrs != first.xattrs:
            text = f"a hardlink with attributes of its own ({', '.join(sorted(entry.xattrs))}); the file's count"
            self._problems.warn("hardlink-attributes", text, path, entry.offset)
        return True

    # Parents

    def _make_directory(self, path: ImagePath, entry: Entry, name: str) -> ImagePath | None:
        """Return where the directory ``path`` really is, making what is missing; None when a bound forbids it.

        A symlink of this layer is followed; a symlink or file of a lower layer becomes a directory, as overlay
        runtimes have it, since they unpack a layer into an empty folder. ``entry`` is what needs the directory,
        ``name`` what that puts or hides there.
        """
        tree = self._tree
        if path in tree.kids:
            return path
        if self._tired(entry):
            return None
        real = ""
        pending = path.split("/")[::-1]
        links = 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                real = parent_of(real)
                continue
            here = f"{real}/{part}" if real else part
            if here in tree.kids:
                real = here
                continue
            ref = tree.live.get(here)
            old = tree.entry(tree.inode_of(ref)) if ref is not None else None
            if ref is not None and old is not None and old.kind is EntryKind.SYMLINK and layer_of(ref) == self._layer:
                links += 1
                target = old.link_target or ""
                if links > self._limits.link_depth or len(target) > MAX_TARGET:
                    text = "a directory behind a loop of symlinks; left out"
                    self._problems.error("symlink-loop", text, entry.path, entry.offset)
                    return None
                if target.startswith("/"):
                    real = ""
                parts = target.split("/")
                tree.link_steps += len(parts)
                pending.extend(parts[::-1])
                continue
            if tree.implicit_bytes > self._limits.implicit_bytes:
                text = "more directories without an entry than limits.implicit_bytes allows; left out"
                self._problems.error("too-many-implicit", text, entry.path, entry.offset)
                return None
            if ref is not None and old is not None:
                self._odd_parent(here, old, "/".join((*pending[::-1], name)), entry)
            if here in self._whited:
                self._readded(entry, here, _DIRECTORY)
            self._make_implicit(here, real, ref)
            real = here
        return real

    def _tired(self, entry: Entry) -> bool:
        """Whether symlinks have cost all the steps that the limits allow; then what needs more is left out."""
        if self._tree.link_steps <= self._limits.link_steps:
            return False
        text = "behind symlinks, after more steps through them than limits.link_steps allows; left out"
        self._problems.error("too-many-link-steps", text, entry.path, entry.offset)
        return True

    def _odd_parent(self, path: ImagePath, old: Entry, rest: str, entry: Entry) -> None:
        """Warn of an entry whose parent was no directory in the layers below."""
        if old.kind is EntryKind.SYMLINK:
            behind = resolve(self._tree, path, self._limits.link_depth)
            other = f"/{behind}/{rest}".rstrip("/") if behind is not None else "where it leads, which is not there"
            text = (
                f"below the lower layers' symlink /{path}, which becomes a directory, as in overlay runtimes; "
                f"others follow it, to {other}"
            )
            self._problems.warn("through-symlink", text, entry.path, entry.offset)
        else:
            text = f"below the {old.kind} /{path}, which becomes a directory; some runtimes refuse the layer"
            self._problems.warn("below-file", text, entry.path, entry.offset)

    def _make_implicit(self, path: ImagePath, parent: ImagePath, old: Ref | None) -> None:
        tree = self._tree
        new = tree.add_implicit(path, self._layer)
        if old is None:
            tree.place(path, parent, new)
        else:
            tree.replace(path, old, new, self._layer)
        tree.kids[path] = []
