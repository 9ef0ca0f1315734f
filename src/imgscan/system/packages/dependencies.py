"""Which installed package needs which: the names in their records, looked up among what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from imgscan.formats.path import parent_of
from imgscan.model.package import SYSTEM_TYPES, PackageType
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.owners import Owners, owners

_MAX_LINKS = 1_000_000
"""Of an image; a distribution's 2,000 packages have 10,000."""
_MODULES = "node_modules/"


def package_dependencies(view: ImageView) -> tuple[tuple[int, ...], ...]:
    """Return for each package, in the order of the inventory, the positions of those that it needs.

    What is needed and not installed is left out; of alternatives the first that is installed counts. Made to be used
    through ``view.derived``.
    """
    index = view.derived(owners)
    search = _Search(index)
    result: list[tuple[int, ...]] = []
    room = _MAX_LINKS
    for number, package in enumerate(index.packages):
        needed = dict.fromkeys(search.of(package)) if room > 0 else {}
        needed.pop(number, None)
        room -= len(needed)
        result.append(tuple(needed))
    return tuple(result)


class _Search:
    """The installed packages by what they are called."""

    def __init__(self, index: Owners) -> None:
        self._index = index
        self._names: dict[tuple[str, str], int] = {}
        self._provided: dict[tuple[str, str], int] = {}
        self._modules: dict[str, int] = {}
        self._sites: dict[tuple[str, str], int] = {}
        self._distributions: dict[str, int] = {}
        self._numbers = {id(package): number for number, package in enumerate(index.packages)}
        for number, package in enumerate(index.packages):
            self._add(number, package)

    def _add(self, number: int, package: InstalledPackage) -> None:
        record = package.record
        if record.type in SYSTEM_TYPES:
            self._names.setdefault((package.root, record.name), number)
            for name in record.provides:
                self._provided.setdefault((package.root, name), number)
        elif record.type is PackageType.NPM:
            self._modules.setdefault(parent_of(package.database), number)
        elif record.type is PackageType.PYPI:
            name = _normal(record.name)
            self._sites.setdefault((_site(package), name), number)
            self._distributions.setdefault(name, number)

    def of(self, package: InstalledPackage) -> Iterator[int]:
        """Yield the positions of what a package needs."""
        kind = package.record.type
        for text in package.record.depends:
            if kind in SYSTEM_TYPES:
                number = next(
                    (
                        package_of_name
                        for name in text.split("|")
                        if (package_of_name := self._system(package, name)) is not None
                    ),
                    None,
                )
            elif kind is PackageType.NPM:
                number = self._module(parent_of(package.database), text)
            else:
                name = _normal(text)
                number = self._sites.get((_site(package), name), self._distributions.get(name))
            if number is not None:
                yield number

    def _system(self, package: InstalledPackage, name: str) -> int | None:
        key = (package.root, name)
        number = self._names.get(key, self._provided.get(key))
        if number is None and name.startswith("/"):
            owner = self._index.system(name.lstrip("/"))
            number = None if owner is None else self._numbers.get(id(owner))
        return number

    def _module(self, folder: str, name: str) -> int | None:
        """Source: Node.js, "Loading from node_modules folders": from the package's own folder upwards."""
        while True:
            prefix = f"{folder}/{_MODULES}" if folder else _MODULES
            number = self._modules.get(prefix + name)
            if number is not None or not folder:
                return number
            folder = parent_of(folder)


def _site(package: InstalledPackage) -> str:
    return parent_of(parent_of(package.database))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # PEP 503


def dependencies_of_packages(view: ImageView) -> tuple[tuple[int, ...], ...]:
    """Return ``package_dependencies``, nothing where nobody needed the package databases."""
    return view.derived(package_dependencies) if view.observed(PackageFiles) else ()


def dependency_names(packages: Sequence[InstalledPackage], numbers: Sequence[int]) -> list[str]:
    """Return the names of packages at these positions, sorted."""
    records = (packages[number].record for number in numbers)
    return sorted({f"{record.namespace}/{record.name}" if record.namespace else record.name for record in records})
