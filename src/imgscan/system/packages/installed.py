"""The packages that the layers' databases, put together, say are installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from imgscan.formats.packages.dpkg import Diversion, StatOverride
from imgscan.formats.path import base_name, parent_of
from imgscan.model.package import PackageType
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.packages.dpkg_history import dpkg_packages
from imgscan.system.packages.facts import (
    ApkInstalled,
    ChiselManifest,
    Copyright,
    Diversions,
    DpkgStatus,
    DpkgStatusD,
    OpkgStatus,
    PackageFact,
    PacmanDesc,
    PortageContents,
    ReadError,
    RpmDatabase,
    RpmManifest,
    RpmNames,
    StatOverrides,
)
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import Facts, InstalledPackage, gathered_facts
from imgscan.system.packages.language import language_packages
from imgscan.system.packages.snapshots import pacman_packages, portage_packages, snapshot_packages
from imgscan.system.packages.store import store_packages

_DATABASES: tuple[type[PackageFact], ...] = (
    DpkgStatus,
    DpkgStatusD,
    ApkInstalled,
    RpmDatabase,
    PacmanDesc,
    OpkgStatus,
    PortageContents,
    RpmManifest,
    RpmNames,
    ChiselManifest,
)


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """All packages of an image.

    ``errors`` are what could not be read: path and why. ``overrides`` are dpkg's, each with the layer that has had
    it first.
    """

    system: tuple[InstalledPackage, ...]
    language: tuple[InstalledPackage, ...]
    databases: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    diversions: tuple[Diversion, ...]
    overrides: tuple[tuple[StatOverride, int], ...]


def installed_packages(view: ImageView) -> Installed:
    """Return what is installed; made to be used through ``view.derived``."""
    everywhere = view.derived(gathered_facts)
    roots = everywhere.roots
    facts = everywhere.within("") if len(roots) > 1 else everywhere
    result: list[InstalledPackage] = []
    for root in roots:
        result += _of_system(view, everywhere.within(root) if root else facts, root)
    diversions = facts.last(Diversions)
    return Installed(
        system=tuple(result),
        language=(*language_packages(facts), *store_packages(view)),
        databases=tuple(sorted({fact.path for shape in _DATABASES for fact in everywhere.of(shape)})),
        errors=tuple(sorted({(fact.path, fact.data.message) for fact in everywhere.of(ReadError)})),
        diversions=diversions.data.diversions if diversions else (),
        overrides=tuple(_overrides((fact.layer.index, fact.data.overrides) for fact in facts.of(StatOverrides))),
    )


def _of_system(view: ImageView, facts: Facts, root: str) -> Iterator[InstalledPackage]:
    """Yield the packages of one system, each once though several databases have it."""
    result = [*dpkg_packages(facts), *snapshot_packages(facts), *pacman_packages(facts), *portage_packages(facts)]
    licenses = {fact.data.package: fact for fact in facts.of(Copyright)}
    merged: dict[tuple[str, ...], InstalledPackage] = {}
    for package in result:
        record = package.record
        key = (record.type, record.namespace, record.name, record.version, record.arch, record.epoch, record.build)
        before = merged.get(key)
        merged[key] = package if before is None else _same_package(before, package)
    for package in merged.values():
        text = "" if package.record.license else _license(view, licenses, package, root)
        record = replace(package.record, license=text) if text else package.record
        yield replace(package, record=record, root=root) if text or root else package


def _same_package(one: InstalledPackage, other: InstalledPackage) -> InstalledPackage:
    """Return a package that two databases have: what the one with the files says, and where the other is.

    dpkg's status and status.d, or two paths of which one was a link when the layer was made.
    """
    first, second = (other, one) if (other.file_lists, other.visible) > (one.file_lists, one.visible) else (one, other)
    paths = dict.fromkeys((*first.also_in, second.database, *second.also_in))
    paths.pop(first.database, None)
    return replace(first, also_in=tuple(paths), layer=min(one.layer, other.layer) if first.visible else first.layer)


def _license(view: ImageView, licenses: dict[str, LocatedFact[Copyright]], package: InstalledPackage, root: str) -> str:
    """Return what the copyright file of a package says; that of another where its documentation is a link to it."""
    name = package.record.name
    if package.record.type is PackageType.EBUILD:
        name = base_name(parent_of(package.database))
    fact = licenses.get(name)
    if fact is None and licenses:
        folder = view.resolve(f"{root}/usr/share/doc/{name}".lstrip("/"))
        fact = licenses.get(base_name(folder)) if folder else None
    return fact.data.license if fact is not None else ""


def packaged_files(view: ImageView) -> tuple[str, ...]:
    """Return the files of each package as its database recorded them, packed (``records.unpack_files``).

    They are in the order of the inventory's section ``packages``, from which they are kept apart: they are many.
    None where no analyzer needed the package databases.
    """
    if not view.observed(PackageFiles):
        return ()
    installed = view.derived(installed_packages)
    return tuple(package.files for package in (*installed.system, *installed.language))


def _overrides(history: Iterable[tuple[int, tuple[StatOverride, ...]]]) -> list[tuple[StatOverride, int]]:
    """Return the overrides of the last file; each with the first layer since which it has stood there."""
    since: dict[StatOverride, int] = {}
    for layer, items in history:
        since = {item: since.get(item, layer) for item in items}
    return list(since.items())
