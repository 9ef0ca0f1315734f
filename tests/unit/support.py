"""How the merge tests write down what they expect."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from imgscan.model.problem import Problem
from imgscan.rootfs.view import ImageView
from imgscan.testing import listing, merged
from imgscan.testing.image import LayerSource


def file_of(content: bytes, mode: int = 0o644) -> str:
    """Return how ``listing`` shows a regular file."""
    return f"file {mode:04o} {sha256(content).hexdigest()[:8]}"


def codes(problems: Iterable[Problem]) -> list[str]:
    """Return problems as sorted ``level code``."""
    return sorted(f"{problem.level} {problem.code}" for problem in problems)


def seen(*layers: LayerSource) -> tuple[dict[str, str], list[str]]:
    """Return the listing of the merged layers and the problems on the way."""
    view, problems = merged(*layers)
    return listing(view), codes(problems)


def same_inode(view: ImageView, one: str, other: str) -> bool:
    """Whether two paths are names of one file."""
    first, second = view.stat(one, follow=False), view.stat(other, follow=False)
    return first is not None and second is not None and first.inode == second.inode


def problem(problems: Iterable[Problem], code: str) -> Problem:
    """Return the one problem of a code."""
    (found,) = (item for item in problems if item.code == code)
    return found
