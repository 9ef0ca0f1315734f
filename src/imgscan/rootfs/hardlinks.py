"""Hardlinks bound to the content that their target has when the link comes. CASES 6-10."""

from __future__ import annotations

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.rootfs.applied import AppliedLayer
from imgscan.rootfs.resolve import resolve_parent
from imgscan.rootfs.tree import Ref


def bind_hardlink(layer: AppliedLayer, entry: Entry, path: ImagePath, ref: Ref) -> bool:
    """Make ``ref``, a hardlink that landed at ``path``, show its target's inode; false when there is none."""
    tree = layer.tree
    target = entry.link_target or ""
    if layer.is_out_of_steps(entry):
        return False
    real = resolve_parent(tree, target, layer.limits.link_depth)
    linked = tree.live.get(real) if real is not None and real != path else None
    if linked is None or tree.entry(linked).kind is EntryKind.DIRECTORY:
        what = "a directory" if linked is not None else "itself" if target == path else "nothing that is there yet"
        layer.error("hardlink", f"a hardlink to {what} (/{target}); left out", entry, path)
        return False
    if real is not None and real.startswith(f"{path}/"):
        # Runtimes take away what is in the way first, and then find no target: umoci and containerd end there.
        text = f"a hardlink in place of the directory that its target (/{target}) is in; left out"
        layer.error("hardlink", text, entry, path)
        return False
    inode = tree.inode_of(linked)
    tree.inode[ref] = inode
    first = tree.entry(inode)
    if not layer.states(linked):
        text = f"a hardlink to a lower layer's file (/{target}), which overlay runtimes refuse"
        layer.warn("hardlink-below", text, entry, path)
    if (entry.mode, entry.uid, entry.gid) != (first.mode, first.uid, first.gid):
        text = (
            f"a hardlink whose header says {entry.mode:04o} {entry.uid}:{entry.gid} where its file has "
            f"{first.mode:04o} {first.uid}:{first.gid}; the file's count, Docker applies the link's"
        )
        layer.warn("hardlink-attributes", text, entry, path)
    if entry.xattrs and entry.xattrs != first.xattrs:
        text = f"a hardlink with attributes of its own ({', '.join(sorted(entry.xattrs))}); the file's count"
        layer.warn("hardlink-attributes", text, entry, path)
    return True
