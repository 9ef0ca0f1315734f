"""The facts on packages of all layers, sorted by what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from imgscan.model.finding import State
from imgscan.model.package import PackageRecord
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.packages.facts import PackageFact
from imgscan.system.packages.files import PackageFiles

_Item = TypeVar("_Item")
FactT = TypeVar("FactT", bound=PackageFact)


class InstalledPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One installed package.

    ``layer`` is the first layer whose database has this very version, and has it up to the top: the layer that
    installed it. ``files`` (packed) are those that the database named *there*: later layers may have rewritten the
    list, but not what was installed. ``rewritten`` are the layers that changed or added to the list without changing
    the version, each with the paths. ``visible`` is false when the database itself was deleted by a later layer.
    ``file_lists`` is whether the database names the package's files at all: where it does not, whose a file is remains
    unknown. ``root`` is the directory of the system that the package is installed in, empty for the image's own;
    ``also_in`` are further databases that have the same package.
    """

    record: PackageRecord
    database: str
    layer: int
    files: str = ""
    visible: bool = True
    rewritten: tuple[tuple[int, tuple[str, ...]], ...] = ()
    file_lists: bool = True
    root: str = ""
    also_in: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.record.name} {self.record.version}"


class Facts:
    """Facts by the kind of file that they are of, each list in the order of the layers."""

    def __init__(self, facts: Iterable[LocatedFact[PackageFact]]) -> None:
        self._facts: dict[type[PackageFact], list[LocatedFact[PackageFact]]] = defaultdict(list)
        for fact in facts:
            self._facts[type(fact.data)].append(fact)

    @property
    def roots(self) -> tuple[str, ...]:
        """The directories of all systems that the facts are about, the image's own first."""
        result = {fact.data.root for facts in self._facts.values() for fact in facts}
        return tuple(sorted(result | {""}))

    def within(self, root: str) -> Facts:
        """Return the facts on one system."""
        return Facts(fact for facts in self._facts.values() for fact in facts if fact.data.root == root)

    def of(self, shape: type[FactT]) -> list[LocatedFact[FactT]]:
        """Return all facts of one kind."""
        return self._facts.get(shape, [])  # type: ignore[return-value]  # by the key

    def everything(self) -> Iterator[LocatedFact[PackageFact]]:
        """Yield the facts of all kinds."""
        for facts in self._facts.values():
            yield from facts

    def last(self, shape: type[FactT]) -> LocatedFact[FactT] | None:
        """Return the topmost fact of one kind whose file is visible, None when there is none."""
        return next((fact for fact in reversed(self.of(shape)) if fact.state is State.VISIBLE), None)

    def by(self, shape: type[FactT], key: Callable[[LocatedFact[FactT]], str]) -> dict[str, list[LocatedFact[FactT]]]:
        """Return the facts of one kind grouped by ``key``."""
        result: dict[str, list[LocatedFact[FactT]]] = defaultdict(list)
        for fact in self.of(shape):
            result[key(fact)].append(fact)
        return result


def gathered_facts(view: ImageView) -> Facts:
    """Return the facts on packages; made to be used through ``view.derived``."""
    return Facts(view.facts(PackageFiles))


def first_of_run(items: Sequence[_Item], same: Callable[[_Item], bool]) -> _Item:
    """Return the first of the unbroken run of items at the end that ``same`` takes; the last is taken as one."""
    first = items[-1]
    for item in reversed(items):
        if not same(item):
            break
        first = item
    return first


def rewrites(
    pristine: dict[str, str], later: Iterable[tuple[int, dict[str, str]]]
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the layers whose list of files and digests differs from the one installed, with the paths.

    What a later list lacks is no difference: a package that replaces a file of another takes it out of its list.
    """
    result: list[tuple[int, tuple[str, ...]]] = []
    for layer, files in later:
        changed = tuple(sorted(path for path, value in files.items() if pristine.get(path) != value))
        if changed:
            result.append((layer, changed))
    return tuple(result)


def digests_of(text: str) -> dict[str, str]:
    """Return path to digest of packed files."""
    parts = text.split("\0")
    return dict(zip(parts[::5], parts[1::5], strict=False)) if text else {}
