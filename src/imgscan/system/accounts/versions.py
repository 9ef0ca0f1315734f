"""Every layer's version of a file that was observed, so that a finding can name the layer that brought it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from imgscan.model.finding import LayerPoint
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.accounts.observed import AccountFile

FileT = TypeVar("FileT", bound=AccountFile)

Holds: TypeAlias = Callable[[FileT], bool]
"""Whether a version of a file says what a finding is about."""

Versions: TypeAlias = Mapping[tuple[type[AccountFile], str], list[LocatedFact[AccountFile]]]
"""By what a file was read as and path, bottom up."""


def account_files(view: ImageView) -> tuple[LocatedFact[AccountFile], ...]:
    """Return what was observed of every version of every file on accounts, bottom up; call it through
    ``view.derived``.
    """
    return tuple(view.facts(AccountFiles))


def of_shape(view: ImageView, shape: type[FileT]) -> Iterator[LocatedFact[FileT]]:
    """Yield what was observed of every version of the files of one kind, bottom up."""
    for fact in view.derived(account_files):
        if type(fact.data) is shape:
            yield fact  # type: ignore[misc]  # by its data


def file_versions(view: ImageView) -> Versions:
    """Return what was observed of each file on accounts; call it through ``view.derived``.

    A hardlink may give one file names of several kinds: it was read as one kind, and answers for that one alone.
    """
    result: dict[tuple[type[AccountFile], str], list[LocatedFact[AccountFile]]] = {}
    for fact in view.derived(account_files):
        for path in {fact.path, *fact.names}:
            result.setdefault((type(fact.data), path), []).append(fact)
    return result


def visible_version(view: ImageView, path: str, shape: type[FileT]) -> LocatedFact[FileT] | None:
    """Return what was observed of the file that ``path`` leads to in the merged image, None for nothing.

    What was read as another kind of file than ``shape`` is not returned.
    """
    real = view.resolve(path)
    if real is None:
        return None
    result = view.derived(file_versions).get((shape, real), ())
    return result[-1] if result and real in result[-1].names else None  # type: ignore[return-value]  # by the key


def origin(view: ImageView, path: str, fact: LocatedFact[FileT], holds: Holds[FileT]) -> LayerPoint | None:
    """Return the layer since which the visible version of ``path`` has said something without a break."""
    result: LayerPoint | None = None
    for version in reversed(view.derived(file_versions).get((type(fact.data), path), ())):
        if not holds(version.data):  # type: ignore[arg-type]  # by the key
            break
        result = version.layer
    return result
