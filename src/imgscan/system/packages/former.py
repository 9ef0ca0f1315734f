"""Packages that only lower layers have: later ones removed them, or put another version in their place."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.package import PackageRecord
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.packages.facts import LanguagePackage, ListedPackages, OnePackage, PackageFact, PacmanDesc
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage, gathered_facts
from imgscan.system.packages.installed import installed_packages

_Version = tuple[str, str, str]
_NO_PACKAGES = "gpg-pubkey"
"""What rpm keeps in its database for want of another place: a trusted key."""


def former_packages(view: ImageView) -> tuple[InstalledPackage, ...]:
    """Return each version once, with the first layer that has it; made to be used through ``view.derived``.

    Nothing where nobody needed the package databases.
    """
    if not view.observed(PackageFiles):
        return ()
    installed = view.derived(installed_packages)
    known = {_version(package.record) for package in (*installed.system, *installed.language)}
    result: dict[_Version, InstalledPackage] = {}
    for fact in view.derived(gathered_facts).everything():
        for record in _records(fact):
            version = _version(record)
            if version not in known and version not in result and record.name != _NO_PACKAGES:
                result[version] = InstalledPackage(
                    record=record, database=fact.path, layer=fact.layer.index, visible=False, root=fact.data.root
                )
    return tuple(result.values())


def _version(record: PackageRecord) -> _Version:
    return str(record.type), f"{record.namespace}/{record.name}", f"{record.epoch}:{record.version}"


def _records(fact: LocatedFact[PackageFact]) -> Iterator[PackageRecord]:
    data = fact.data
    if isinstance(data, ListedPackages):
        yield from (package.record for package in data.packages)
    elif isinstance(data, LanguagePackage | PacmanDesc) and isinstance(data, OnePackage):
        yield data.package.record
