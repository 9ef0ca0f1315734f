"""Facts on packages: what one file of a layer says, a struct for each file of a package manager."""

from __future__ import annotations

import sys

import msgspec
from msgspec.structs import replace

from imgscan.formats.packages.dpkg import Diversion, StatOverride
from imgscan.formats.packages.os_release import OsRelease
from imgscan.model.package import PackageRecord
from imgscan.system.packages.records import pack_files

_TEXTS = (
    *("name", "version", "arch", "namespace", "source", "source_version", "license", "supplier", "epoch", "build"),
    "module",
)
_MAX_LENGTH = 500
"""Characters of a field: what is longer was not written by a package manager."""


class RecordedPackage(msgspec.Struct, frozen=True):
    """A package as a database records it, its files packed (``records.unpack_files``)."""

    record: PackageRecord
    files: str = ""


def recorded(record: PackageRecord) -> RecordedPackage:
    """Return a record as facts keep it: bounded, its texts shared among layers, its files as one text."""
    texts = {name: sys.intern(text[:_MAX_LENGTH]) for name in _TEXTS if (text := getattr(record, name))}
    # Names that many packages need are one text, of all layers.
    depends, provides = (tuple(map(sys.intern, names)) for names in (record.depends, record.provides))
    return RecordedPackage(
        replace(record, files=(), depends=depends, provides=provides, **texts),
        pack_files(record.files) if record.files else "",
    )


class PackageFact(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What one file says; ``root`` is the directory of the system that it is of, empty for the image's own."""

    root: str = ""


class ReadError(PackageFact, frozen=True, kw_only=True, tag=True):
    """Why a file, or the rest of it, was not read."""

    message: str


class ListedPackages(PackageFact, frozen=True, kw_only=True, tag=True):
    """A file that records many packages."""

    packages: tuple[RecordedPackage, ...]


class DpkgStatus(ListedPackages, frozen=True, kw_only=True, tag=True):
    """dpkg's ``status``."""


class DpkgStatusD(ListedPackages, frozen=True, kw_only=True, tag=True):
    """A file of dpkg's ``status.d``, as images without dpkg have them."""


class OpkgStatus(ListedPackages, frozen=True, kw_only=True, tag=True):
    """opkg's ``status``."""


class ApkInstalled(ListedPackages, frozen=True, kw_only=True, tag=True):
    """apk's ``installed``."""


class RpmDatabase(ListedPackages, frozen=True, kw_only=True, tag=True):
    """One of rpm's databases; ``log`` for SQLite's write-ahead log, whose packages are added to the database's."""

    log: bool = False


class RpmManifest(ListedPackages, frozen=True, kw_only=True, tag=True):
    """Azure Linux's second manifest, ``container-manifest-2``."""


class RpmNames(ListedPackages, frozen=True, kw_only=True, tag=True):
    """Azure Linux's first manifest, ``container-manifest-1``."""


class ChiselManifest(ListedPackages, frozen=True, kw_only=True, tag=True):
    """chisel's ``manifest.wall``."""


class OnePackage(PackageFact, frozen=True, kw_only=True, tag=True):
    """A file that records one package, or an archive that holds several (a fact each)."""

    package: RecordedPackage


class PacmanDesc(OnePackage, frozen=True, kw_only=True, tag=True):
    """pacman's ``desc`` of one package."""


class PortageContents(OnePackage, frozen=True, kw_only=True, tag=True):
    """portage's ``CONTENTS`` of one package."""


class LanguagePackage(OnePackage, frozen=True, kw_only=True, tag=True):
    """What a package of a language, or an application, says of itself."""


class FileList(PackageFact, frozen=True, kw_only=True, tag=True):
    """The files of a package, packed, in a file of their own."""

    files: str


class PacmanFiles(FileList, frozen=True, kw_only=True, tag=True):
    """pacman's ``files``."""


class PacmanMtree(FileList, frozen=True, kw_only=True, tag=True):
    """pacman's ``mtree``."""


class PythonFiles(FileList, frozen=True, kw_only=True, tag=True):
    """RECORD or installed-files.txt of a Python distribution."""


class DpkgMd5sums(FileList, frozen=True, kw_only=True, tag=True):
    """dpkg's ``md5sums`` of a package."""

    package: str


class DpkgList(PackageFact, frozen=True, kw_only=True, tag=True):
    """dpkg's ``list`` of a package: its paths, NUL between them."""

    package: str
    paths: str


class Copyright(PackageFact, frozen=True, kw_only=True, tag=True):
    """The licence of a package, in a file of its own."""

    package: str
    license: str


class Diversions(PackageFact, frozen=True, kw_only=True, tag=True):
    """dpkg's ``diversions``."""

    diversions: tuple[Diversion, ...]


class StatOverrides(PackageFact, frozen=True, kw_only=True, tag=True):
    """dpkg's ``statoverride``."""

    overrides: tuple[StatOverride, ...]


class RpmAltered(PackageFact, frozen=True, kw_only=True, tag=True):
    """Names with versions of the rpm packages whose headers are not what was signed."""

    names: tuple[str, ...]


class PerlList(PackageFact, frozen=True, kw_only=True, tag=True):
    """A ``.packlist``, by the module that it is of."""

    module: str


class PerlModule(PackageFact, frozen=True, kw_only=True, tag=True):
    """The version that a module of Perl has."""

    version: str


class ReleaseFile(PackageFact, frozen=True, kw_only=True, tag=True):
    """os-release(5)."""

    release: OsRelease
