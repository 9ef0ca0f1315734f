"""The packages that the layers' databases, put together, say are installed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from imgscan.formats.packages.dpkg import Diversion, StatOverride
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.dpkg_history import dpkg_packages
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage, gathered_facts
from imgscan.system.packages.language import language_packages
from imgscan.system.packages.snapshots import pacman_packages, snapshot_packages

_DATABASES = ("dpkg-status", "dpkg-status.d", "apk", "rpm", "pacman-desc")


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
    facts = view.derived(gathered_facts)
    system = (*dpkg_packages(facts), *snapshot_packages(facts), *pacman_packages(facts))
    diversions = facts.last("dpkg-diversions")
    return Installed(
        system=system,
        language=tuple(language_packages(facts)),
        databases=tuple(sorted({fact.path for what in _DATABASES for fact in facts.of(what)})),
        errors=tuple(sorted({(fact.path, fact.data["message"]) for fact in facts.of("error")})),
        diversions=tuple(Diversion(*item) for item in diversions.data["diversions"]) if diversions else (),
        overrides=tuple(
            _overrides((fact.layer.index, fact.data["overrides"]) for fact in facts.of("dpkg-statoverride"))
        ),
    )


def packaged_files(view: ImageView) -> tuple[str, ...]:
    """Return the files of each package as its database recorded them, packed (``records.unpack_files``).

    They are in the order of the inventory's section ``packages``, from which they are kept apart: they are many.
    None where no analyzer needed the package databases.
    """
    if not view.observed(PackageFiles):
        return ()
    installed = view.derived(installed_packages)
    return tuple(package.files for package in (*installed.system, *installed.language))


def _overrides(history: Iterable[tuple[int, list[list[object]]]]) -> list[tuple[StatOverride, int]]:
    """Return the overrides of the last file; each with the first layer since which it has stood there."""
    since: dict[tuple[object, ...], int] = {}
    for layer, items in history:
        keys = [tuple(item) for item in items]
        since = {key: since.get(key, layer) for key in keys}
    return [(_override(key), layer) for key, layer in since.items()]


def _override(key: tuple[object, ...]) -> StatOverride:
    path, mode, owner, group = key
    return StatOverride(str(owner), str(group), mode if isinstance(mode, int) else 0, str(path))
