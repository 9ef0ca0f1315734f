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
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.installed import Installed, installed_packages
from imgscan.system.packages.language import owned_folder
from imgscan.system.packages.records import unpack_files
from imgscan.system.packages.sources import DPKG

_INFO = f"{DPKG}/info/"
_TRACES = ("var/lib/dpkg/status", "var/lib/dpkg/status.d", "lib/apk/db/installed", "usr/lib/apk/db/installed")
_RPM_TRACES = ("var/lib/rpm", "usr/lib/sysimage/rpm")


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
        self._overrides = {self.real(item.path): (item.mode, layer) for item, layer in installed.overrides}

    @property
    def known(self) -> bool:
        """Whether a system package database was read, so that "no owner" means something."""
        return bool(self.installed.system)

    def unknown_reason(self) -> str:
        """Return why ownership is unknown, for a reader of the report."""
        if self._reason is None:
            self._reason = self._why_unknown()
        return self._reason

    def _why_unknown(self) -> str:
        if any(path.startswith(_TRACES) or path.startswith(_RPM_TRACES) for path, _ in self.installed.errors):
            return "the package database could not be read"
        traces = [*_TRACES, *(f"{folder}/{name}" for folder in _RPM_TRACES for name in _RPM_FILES)]
        if any(path in self._view for path in traces):
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
        found = self.packages[number] if number is not None else None
        return found if found is not None and found.record.type in SYSTEM_TYPES else None

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
        found = self._overrides.get(path)
        return found[0] if found is not None else None

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
        for found in (self._modules.get(path), self._info_owner(path), self._source_owner(path)):
            if found is not None:
                return found
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


_RPM_FILES = ("rpmdb.sqlite", "Packages.db", "Packages")


def _diversions(items: tuple[Diversion, ...]) -> dict[ImagePath, tuple[ImagePath, str]]:
    return {item.path: (item.target, item.by) for item in items}


def owners(view: ImageView) -> Owners:
    """Return the index of owners; made to be used through ``view.derived(owners)``."""
    return Owners(view, view.derived(installed_packages))


def package_of(view: ImageView, path: ImagePath) -> str | None:
    """Return the name of the package that ``path`` belongs to, None without one or without a database."""
    found = view.derived(owners).package(path)
    return found.record.name if found is not None else None
