"""Every layer's version of a file that was observed, so that a finding can name the layer that brought it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from imgscan.model.finding import LayerPoint
from imgscan.rootfs.view import ImageView, PlacedFact
from imgscan.system.accounts.files import AccountFiles

Holds: TypeAlias = Callable[[dict[str, Any]], bool]
"""Whether a version of a file says what a finding is about."""

Versions: TypeAlias = Mapping[tuple[str, str], list[PlacedFact]]
"""By kind of file and path, bottom up."""


def account_files(view: ImageView) -> tuple[PlacedFact, ...]:
    """Return what was observed of every version of every file on accounts, bottom up; call it through
    ``view.derived``.
    """
    return tuple(view.facts(AccountFiles))


def file_versions(view: ImageView) -> Versions:
    """Return what was observed of each file on accounts; call it through ``view.derived``.

    A hardlink may give one file names of several kinds: it was read as one kind, and answers for that one alone.
    """
    found: dict[tuple[str, str], list[PlacedFact]] = {}
    for fact in view.derived(account_files):
        for path in {fact.path, *fact.names}:
            found.setdefault((fact.data["file"], path), []).append(fact)
    return found


def visible_version(view: ImageView, path: str, kind: str) -> PlacedFact | None:
    """Return what was observed of the file that ``path`` leads to in the merged image, None for nothing.

    ``kind`` is that of ``file_kind``; what was read as another kind of file is not returned.
    """
    real = view.resolve(path)
    if real is None:
        return None
    found = view.derived(file_versions).get((kind, real), ())
    return found[-1] if found and real in found[-1].names else None


def visible_data(view: ImageView, path: str, kind: str) -> dict[str, Any] | None:
    """Return the data of ``visible_version``."""
    fact = visible_version(view, path, kind)
    return fact.data if fact is not None else None


def origin(view: ImageView, path: str, kind: str, holds: Holds) -> LayerPoint | None:
    """Return the layer since which the visible version of ``path`` has said something without a break."""
    found: LayerPoint | None = None
    for fact in reversed(view.derived(file_versions).get((kind, path), ())):
        if not holds(fact.data):
            break
        found = fact.layer
    return found
