"""Directories that entries and whiteouts stand in: found through symlinks, made where nothing states them."""

from __future__ import annotations

import stat

from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.rootfs.applied import AppliedLayer
from imgscan.rootfs.resolve import MAX_TARGET, resolve
from imgscan.rootfs.tree import Ref


class Parents:
    """The directories of one layer, as overlay runtimes make them: they unpack a layer into an empty folder."""

    def __init__(self, layer: AppliedLayer) -> None:
        self._layer = layer
        self._tree = layer.tree

    def make(self, path: ImagePath, entry: Entry, name: str) -> ImagePath | None:
        """Return where the directory ``path`` really is, making what is missing; None when a bound forbids it.

        A symlink of this layer is followed; a symlink or file of a lower layer becomes a directory. ``entry`` is what
        needs the directory, ``name`` what that puts or hides there.
        """
        tree, layer = self._tree, self._layer
        if path in tree.kids:
            return path
        if layer.is_out_of_steps(entry):
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
            if ref is not None and old is not None and old.kind is EntryKind.SYMLINK and layer.states(ref):
                links += 1
                target = old.link_target or ""
                if links > layer.limits.link_depth or len(target) > MAX_TARGET:
                    layer.error("symlink-loop", "a directory behind a loop of symlinks; left out", entry)
                    return None
                if target.startswith("/"):
                    real = ""
                parts = target.split("/")
                tree.link_steps += len(parts)
                pending.extend(parts[::-1])
                continue
            if tree.implicit_bytes > layer.limits.implicit_bytes:
                text = "more directories without an entry than limits.implicit_bytes allows; left out"
                layer.error("too-many-implicit", text, entry)
                return None
            if ref is not None and old is not None:
                self._warn_of_odd(here, old, "/".join((*pending[::-1], name)), entry)
            if here in layer.whited:
                layer.readded(entry, here, EntryKind.DIRECTORY)
            self._make_implicit(here, real, ref)
            real = here
        return real

    def is_barred(self, path: ImagePath) -> bool:
        """Whether this layer hides the path or a parent of it, or has something else than a directory there."""
        tree = self._tree
        while path:
            tree.link_steps += 1
            ref = tree.live.get(path)
            if path in self._layer.whited:
                return True
            if ref is not None and self._layer.states(ref) and path not in tree.kids:
                return True
            path = parent_of(path)
        return False

    def _warn_of_odd(self, path: ImagePath, old: Entry, rest: str, entry: Entry) -> None:
        """Warn of an entry whose parent was no directory in the layers below."""
        if old.kind is EntryKind.SYMLINK:
            behind = resolve(self._tree, path, self._layer.limits.link_depth)
            other = f"/{behind}/{rest}".rstrip("/") if behind is not None else "where it leads, which is not there"
            text = (
                f"below the lower layers' symlink /{path}, which becomes a directory, as in overlay runtimes; "
                f"others follow it, to {other}"
            )
            self._layer.warn("through-symlink", text, entry)
        else:
            text = f"below the {old.kind} /{path}, which becomes a directory; some runtimes refuse the layer"
            self._layer.warn("below-file", text, entry)

    def _make_implicit(self, path: ImagePath, parent: ImagePath, old: Ref | None) -> None:
        tree = self._tree
        # The kernel hands SGID on to what mkdir makes: inode(7), "The set-group-ID bit".
        new = tree.add_implicit(path, self._layer.number, 0o755 | tree.entry(tree.live[parent]).mode & stat.S_ISGID)
        if old is None:
            tree.attach(path, parent, new)
        else:
            tree.replace(path, old, new, self._layer.number)
        tree.kids[path] = []
