"""Paths followed through the symlinks of the merged tree, never out of its root. Source: POSIX.1-2017 4.13."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import TypeAlias

from imgscan.formats.path import parent_of
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.tree import Tree

MAX_TARGET = 4095
"""Linux follows no longer symlink (PATH_MAX less its NUL)."""

_MAX_LINKS = 200  # whatever the limits say: each is a level of recursion

Memo: TypeAlias = dict[ImagePath, tuple[ImagePath | None, int]]
"""Where a symlink leads, however many symlinks that takes, and how many; None for nowhere.

With it a tree is followed in time that its symlinks' length bounds, however many paths lead through them, and however
long their chains are. It holds for a tree that does not change any more.
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
    steps = _steps(tree, start, path, follow_last)
    links = 0
    try:
        here = next(steps)
        while True:
            leads, used = _follow(tree, here, depth - links, memo)
            links += used
            here = steps.send(leads)
    except StopIteration as end:
        return end.value, links


def _steps(
    tree: Tree, start: ImagePath, path: str, follow_last: bool
) -> Generator[ImagePath, ImagePath | None, ImagePath | None]:
    """Walk along ``path``: yields each symlink on the way, is sent where it leads, and returns where the path does."""
    real = "" if path.startswith("/") else start
    parts = path.split("/")
    last = len(parts) - 1
    for index, name in enumerate(parts):
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
        if tree.entry(tree.inode_of(ref)).kind is EntryKind.SYMLINK and (index < last or follow_last):
            leads = yield here
            if leads is None:
                return None
            here = leads
        real = here
    return real


def _follow(tree: Tree, here: ImagePath, depth: int, memo: Memo | None) -> tuple[ImagePath | None, int]:
    """Return where the symlink ``here`` leads, as ``_walk`` does, itself counted."""
    if depth < 1:
        return None, 0
    if memo is not None:
        leads, used = memo.get(here) or _remembered(tree, here, memo)
        return (leads, used) if used <= depth else (None, 0)
    target = _target(tree, here)
    if target is None:
        return None, 0
    tree.link_steps += target.count("/") + 1
    leads, used = _walk(tree, parent_of(here), target, depth - 1, True, None)
    return leads, used + 1


def _target(tree: Tree, here: ImagePath) -> str | None:
    """Return the text of the symlink ``here``, None where Linux does not follow it."""
    target = tree.entry(tree.inode_of(tree.live[here])).link_target or ""
    return target if len(target) <= MAX_TARGET else None


class _Waiting:
    """A symlink that is being followed, and waits for where another one on its way leads."""

    __slots__ = ("answer", "here", "links", "steps")

    def __init__(self, tree: Tree, here: ImagePath) -> None:
        self.here = here
        target = _target(tree, here)
        self.steps = _steps(tree, parent_of(here), target, True) if target is not None else _nowhere()
        self.answer: ImagePath | None = None  # nothing is sent to begin
        self.links = 1

    def take(self, result: tuple[ImagePath | None, int]) -> None:
        self.answer = result[0]
        self.links = min(self.links + result[1], _MAX_LINKS + 1)


def _nowhere() -> Generator[ImagePath, ImagePath | None, ImagePath | None]:
    return None
    yield ""  # a generator, as the others


def _remembered(tree: Tree, link: ImagePath, memo: Memo) -> tuple[ImagePath | None, int]:
    """Put into ``memo`` where a symlink leads, and all those on its way, each followed once; return the first.

    Without recursion, and without all links of a hostile chain at once: one that waits for more than may be followed
    leads nowhere, whatever they say.
    """
    waiting = deque([_Waiting(tree, link)])
    open_links = {link}
    while waiting:
        last = waiting[-1]
        try:
            here = last.steps.send(last.answer)
        except StopIteration as end:
            waiting.pop()
            open_links.discard(last.here)
            result = memo[last.here] = (end.value, last.links)
            if waiting:
                waiting[-1].take(result)
            continue
        known = memo.get(here)
        if known is not None or here in open_links:  # one that waits for itself is a loop: nowhere
            last.take(known or (None, 0))
            continue
        waiting.append(_Waiting(tree, here))
        open_links.add(here)
        if len(waiting) > _MAX_LINKS + 1:
            first = waiting.popleft()
            memo[first.here] = (None, _MAX_LINKS + 1)
            open_links.discard(first.here)
    return memo[link]


def resolve_parent(tree: Tree, path: ImagePath, link_depth: int) -> ImagePath | None:
    """Return ``path`` with the symlinks of its directory followed, not its own; None when that is missing."""
    return path if path in tree.live else resolve(tree, path, link_depth, follow_last=False)
