"""Which package a path belongs to, and what its database says that file should be.

Databases record paths as their packages name them, ``/bin/ls`` on a system whose ``/bin`` is a link to ``usr/bin``.
So every recorded path is taken through the image's own links before it becomes a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from imgscan.formats.packages.dpkg import Diversion
from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import ImagePath
from imgscan.model.package import SYSTEM_TYPES, PackageFile, PackageType
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.databases import DPKG, LOCATIONS, database_files
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.installed import Installed, installed_packages
from imgscan.system.packages.language import owned_folder
from imgscan.system.packages.records import unpack_files

_INFO = f"{DPKG}/info/"


# Not gc=False, as its like are: a chain of such values is freed by recursion, which 100,000 of them do not survive.
class Claim(msgspec.Struct, frozen=True, array_like=True):
    """A package's record of one file; ``also`` is the claim of another package on the same path, an older one."""

    package: int
    file: PackageFile
    also: Claim | None = None


class DeclaredMode(NamedTuple):
    """A mode that a database declares: low 12 bits, who says so, and whether that was said with the package.

    ``by_package`` is false for an override that a later layer than the package's own wrote.
    """

    mode: int
    source: str
    by_package: bool


class Owners:
    """Answers whose a path is. Paths are real paths of the merged filesystem, as ``ImageView`` gives them."""

    def __init__(self, view: ImageView, installed: Installed) -> None:
        self._view = view
        self.installed = installed
        self.packages: tuple[InstalledPackage, ...] = (*installed.system, *installed.language)
        self._folders: dict[str, str | None] = {}
        self._diverted = _diversions(installed.diversions)
        self._claims: dict[ImagePath, Claim] = {}
        self._trees: dict[ImagePath, int] = {}
        self._modules: dict[ImagePath, int] = {}
        for number in self._order():
            self._add(number)
        self._info = {
            name: number
            for number, package in enumerate(installed.system)
            for name in (package.record.name, f"{package.record.name}:{package.record.arch}")
        }
        self._reason: str | None = None
        self._covered = _covered_systems(installed.system)
        self._overrides = {self.real(item.path): (item.mode, layer) for item, layer in installed.overrides}

    @property
    def known(self) -> bool:
        """Whether a database of the image's own system names the files of its packages: "no owner" means something."""
        return self._covered.get("", False)

    def covers(self, path: ImagePath) -> bool:
        """Whether a database names the files of the system that ``path`` is in: its own root, or one in a directory."""
        if len(self._covered) > 1:
            for root, covered in self._covered.items():  # the deepest first
                if root and path.startswith(f"{root}/"):
                    return covered
        return self.known

    @property
    def without_lists(self) -> tuple[InstalledPackage, ...]:
        """The packages whose list of files is missing, though those of others in their system are there.

        Of managers that keep a list of each package apart: elsewhere a package without files is one that has none.
        """
        return tuple(
            package
            for package in self.installed.system
            if not package.file_lists and package.record.type in _LISTED_APART and self._covered[package.root]
        )

    def unknown_reason(self) -> str:
        """Return why ownership is unknown, for a reader of the report."""
        if self._reason is None:
            self._reason = self._why_unknown()
        return self._reason

    def _why_unknown(self) -> str:
        if self.installed.system:
            return "the package database does not name the files of its packages"
        starts = tuple(path for location in LOCATIONS for path in (*location.files, *location.folders))
        if any(path.startswith(starts) for path, _ in self.installed.errors):
            return "the package database could not be read"
        if any(path in self._view for path in (*database_files(), *_FOLDERS)):
            return "its package database names no package"
        return "the image has no package database"

    def package(self, path: ImagePath) -> InstalledPackage | None:
        """Return the package that ``path`` belongs to: a system package, else a language's."""
        number = self._number(path)
        return None if number is None else self.packages[number]

    def system(self, path: ImagePath) -> InstalledPackage | None:
        """Return the system package that ``path`` belongs to."""
        claim = self._claims.get(path)
        number = claim.package if claim is not None else self._info_owner(path)
        result = self.packages[number] if number is not None else None
        return result if result is not None and result.record.type in SYSTEM_TYPES else None

    def claims(self, path: ImagePath) -> Iterator[tuple[InstalledPackage, PackageFile]]:
        """Yield what packages record of ``path``, the latest installed first, system packages before others."""
        claim = self._claims.get(path)
        while claim is not None:
            yield self.packages[claim.package], claim.file
            claim = claim.also

    def recorded(self) -> Iterator[tuple[ImagePath, InstalledPackage, PackageFile]]:
        """Yield every recorded path, also those that the image does not have, with its strongest claim."""
        packages = self.packages
        for path, claim in self._claims.items():
            yield path, packages[claim.package], claim.file

    def declared_mode(self, path: ImagePath) -> DeclaredMode | None:
        """Return the mode that a database declares for ``path``; None where it declares none."""
        override = self._overrides.get(path)
        if override is not None:
            owner = self.system(path)
            return DeclaredMode(override[0], "dpkg-statoverride", owner is not None and override[1] <= owner.layer)
        for package, file in self.claims(path):
            if package.record.type in SYSTEM_TYPES and file.mode is not None:
                return DeclaredMode(file.mode, f"{package.record.type} database", True)
        return None

    def override(self, path: ImagePath) -> int | None:
        """Return the mode that dpkg-statoverride has for ``path``, None where it has none."""
        result = self._overrides.get(path)
        return result[0] if result is not None else None

    # Building

    def _order(self) -> list[int]:
        """Return the packages' numbers, the strongest claim last: languages, then the system, by layer."""
        count = len(self.installed.system)
        return sorted(range(len(self.packages)), key=lambda at: (at < count, self.packages[at].layer, -at))

    def _add(self, number: int) -> None:
        package = self.packages[number]
        kind = package.record.type
        diverted = self._diverted if kind is PackageType.DEB else {}
        python = kind is PackageType.PYPI
        claims, paths, directories = self._claims, self._view.paths, self._view.directories
        for file in unpack_files(package.files):
            path = file.path
            if path.rpartition("/")[0] not in directories:
                path = self.real(path)
            if path in diverted:
                path = self._landed(path, package.record.name)
            elif python and path not in claims and path not in paths:
                path = self._installed_elsewhere(path, package)
            older = claims.get(path)
            if older is not None and older.package == number:  # a list that has a path twice
                older = older.also
            claims[path] = Claim(number, file, older)
        tree = owned_folder(package)
        if tree is not None:
            self._trees[self.real(tree)] = number
        if package.record.type is PackageType.MAVEN:
            self._modules[self.real(package.database)] = number

    def real(self, path: ImagePath) -> ImagePath:
        """Return ``path`` with the links of its directory followed; as it is where the directory is gone."""
        folder, slash, name = path.rpartition("/")
        if not slash:
            return path
        if folder not in self._folders:
            self._folders[folder] = self._view.resolve(folder)
        real = self._folders[folder]
        return path if real is None or real == folder else f"{real}/{name}" if real else name

    def _landed(self, path: ImagePath, package: str) -> ImagePath:
        target, by = self._diverted[path]
        return path if by == package else self.real(target)

    def _installed_elsewhere(self, path: ImagePath, package: InstalledPackage) -> ImagePath:
        """Return where ``pip install --target`` put what its RECORD places in ``../../bin``."""
        site = parent_of(parent_of(package.database))
        other = f"{site}/{base_name(parent_of(path))}/{base_name(path)}"
        return other if other in self._view else path

    # Asking

    def _number(self, path: ImagePath) -> int | None:
        claim = self._claims.get(path)
        if claim is not None:
            return claim.package
        for result in (self._modules.get(path), self._info_owner(path), self._source_owner(path)):
            if result is not None:
                return result
        folder = parent_of(path) if self._trees else ""
        while folder:
            if folder in self._trees:
                return self._trees[folder]
            folder = parent_of(folder)
        return None

    def _info_owner(self, path: ImagePath) -> int | None:
        """Return whose maintainer script or list in dpkg's own directory ``path`` is."""
        return self._info.get(base_name(path).rpartition(".")[0]) if path.startswith(_INFO) else None

    def _source_owner(self, path: ImagePath) -> int | None:
        """Return whose source a compiled Python file comes from."""
        folder, _, name = path.rpartition("/")
        if not name.endswith(".pyc") or base_name(folder) != "__pycache__":
            return None
        claim = self._claims.get(f"{parent_of(folder)}/{name.partition('.')[0]}.py")
        return claim.package if claim is not None else None


_LISTED_APART = frozenset({PackageType.DEB, PackageType.OPKG})
_FOLDERS = tuple(folder for location in LOCATIONS if not location.files for folder in location.folders)


def _covered_systems(packages: tuple[InstalledPackage, ...]) -> dict[str, bool]:
    """Return by root, the deepest first, whether the databases of a system name the files of its packages.

    One list missing among many is no such case: dpkg takes the package to have no files, and deleting a list must not
    hide anything. Where most are missing, nobody can say whose a file is.
    """
    counts: dict[str, list[bool]] = {}
    for package in packages:
        counts.setdefault(package.root, []).append(package.file_lists)
    return {root: 2 * sum(lists) >= len(lists) for root, lists in sorted(counts.items(), reverse=True)}


def _diversions(items: tuple[Diversion, ...]) -> dict[ImagePath, tuple[ImagePath, str]]:
    return {item.path: (item.target, item.by) for item in items}


def owners(view: ImageView) -> Owners:
    """Return the index of owners; made to be used through ``view.derived(owners)``."""
    return Owners(view, view.derived(installed_packages))


def package_of(view: ImageView, path: ImagePath) -> str | None:
    """Return the name of the package that ``path`` belongs to, None without one or without a database."""
    result = view.derived(owners).package(path)
    return result.record.name if result is not None else None
