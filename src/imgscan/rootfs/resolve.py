"""Paths followed through the symlinks of the merged tree, never out of its root. Source: POSIX.1-2017 4.13."""

from __future__ import annotations

from typing import TypeAlias

from imgscan.formats.path import parent_of
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.tree import Tree

MAX_TARGET = 4095
"""Linux follows no longer symlink (PATH_MAX less its NUL)."""

_MAX_LINKS = 200  # whatever the limits say: each is a level of recursion

Memo: TypeAlias = dict[ImagePath, tuple[ImagePath | None, int]]
"""Where a symlink leads, and how many symlinks that takes; of one that leads nowhere, with how many it was tried.

With it a tree is followed in time that its symlinks' length bounds, however many paths lead through them. It holds for
a tree that does not change any more.
"""


def resolve(
    tree: Tree, path: str, link_depth: int, follow_last: bool = True, memo: Memo | None = None
) -> ImagePath | None:
    """Return the live path that ``path`` leads to, all symlinks followed (the last one if ``follow_last``).

    None when a component is missing or not a directory, or after ``link_depth`` symlinks (ELOOP).
    """
    if path in tree.kids:  # a directory by its real path, as most are that are asked for
        return path
    return _walk(tree, "", path, min(link_depth, _MAX_LINKS), follow_last, memo)[0]


def _walk(
    tree: Tree, start: ImagePath, path: str, depth: int, follow_last: bool, memo: Memo | None
) -> tuple[ImagePath | None, int]:
    """Return where ``path`` leads from the directory ``start``, and how many symlinks that takes, at most ``depth``."""
    real = "" if path.startswith("/") else start
    links = 0
    parts = path.split("/")
    last = len(parts) - 1
    for place, name in enumerate(parts):
        if name in ("", "."):
            continue
        if real not in tree.kids:
            return None, links  # a file on the way
        if name == "..":
            real = parent_of(real)
            continue
        here = f"{real}/{name}" if real else name
        ref = tree.live.get(here)
        if ref is None:
            return None, links
        entry = tree.entry(tree.inode_of(ref))
        if entry.kind is EntryKind.SYMLINK and (place < last or follow_last):
            leads, used = _follow(tree, here, entry.link_target or "", depth - links, memo)
            if leads is None:
                return None, links
            links += used
            real = leads
        else:
            real = here
    return real, links


def _follow(tree: Tree, here: ImagePath, target: str, depth: int, memo: Memo | None) -> tuple[ImagePath | None, int]:
    """Return where the symlink ``here`` leads, as ``_walk`` does, itself counted."""
    if depth < 1 or len(target) > MAX_TARGET:
        return None, 0
    known = memo.get(here) if memo is not None else None
    if known is not None:
        leads, used = known
        if used >= depth or leads is not None:
            return (leads, used) if used <= depth else (None, 0)
    tree.link_steps += target.count("/") + 1
    leads, used = _walk(tree, parent_of(here), target, depth - 1, True, memo)
    result = (leads, used + 1) if leads is not None else (None, depth)
    if memo is not None:
        memo[here] = result
    return result


def resolve_parent(tree: Tree, path: ImagePath, link_depth: int) -> ImagePath | None:
    """Return ``path`` with the symlinks of its directory followed, not its own; None when that is missing."""
    return path if path in tree.live else resolve(tree, path, link_depth, follow_last=False)
