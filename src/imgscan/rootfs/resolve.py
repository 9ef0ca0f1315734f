"""Paths followed through the symlinks of the merged tree, never out of its root. Source: POSIX.1-2017 4.13."""

from __future__ import annotations

from imgscan.formats.path import parent_of
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.tree import Tree

MAX_TARGET = 4095
"""Linux follows no longer symlink (PATH_MAX less its NUL)."""


def resolve(tree: Tree, path: str, link_depth: int, follow_last: bool = True) -> ImagePath | None:
    """Return the live path that ``path`` leads to, all symlinks followed (the last one if ``follow_last``).

    None when a component is missing or not a directory, or after ``link_depth`` symlinks (ELOOP).
    """
    real = ""
    pending = path.split("/")[::-1]
    links = 0
    while pending:
        name = pending.pop()
        if name in ("", "."):
            continue
        if real not in tree.kids:
            return None  # a file on the way
        if name == "..":
            real = parent_of(real)
            continue
        here = f"{real}/{name}" if real else name
        ref = tree.live.get(here)
        if ref is None:
            return None
        entry = tree.entry(tree.inode_of(ref))
        if entry.kind is EntryKind.SYMLINK and (pending or follow_last):
            links += 1
            target = entry.link_target or ""
            if links > link_depth or len(target) > MAX_TARGET:
                return None
            if target.startswith("/"):
                real = ""
            pending.extend(target.split("/")[::-1])
            continue
        real = here
    return real


def resolve_parent(tree: Tree, path: ImagePath, link_depth: int) -> ImagePath | None:
    """Return ``path`` with the symlinks of its directory followed, not its own; None when that is missing."""
    return path if path in tree.live else resolve(tree, path, link_depth, follow_last=False)
