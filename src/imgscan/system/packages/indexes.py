"""Layers that fetch a package index and install nothing (CIS Docker 4.7), proved by their entries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView
from imgscan.rootfs.whiteout import marker_of
from imgscan.system.packages.databases import starts_of


class Manager(msgspec.Struct, frozen=True):
    """Where a package manager keeps its index and its database, as starts of paths."""

    name: str
    index: tuple[str, ...]
    database: tuple[str, ...]


MANAGERS = (
    Manager("apt", ("var/lib/apt/lists/",), starts_of("dpkg")),
    Manager("apk", ("var/cache/apk/APKINDEX", "etc/apk/cache/"), starts_of("apk")),
    Manager(
        "dnf",
        ("var/cache/dnf/", "var/cache/yum/", "var/cache/libdnf5/", "var/lib/dnf/repos/"),
        starts_of("rpm"),
    ),
    Manager("zypper", ("var/cache/zypp/raw/", "var/cache/zypp/solv/"), starts_of("rpm")),
)
_NOT_AN_INDEX = ("lock", "partial", "auxfiles", "expired_repos.json", "tempfiles.json")
_TOPS = frozenset({"var/", "etc/", "lib/", "usr/"})
_STARTS = tuple(start for manager in MANAGERS for start in (*manager.index, *manager.database))


class Fetched(msgspec.Struct, frozen=True):
    """An index that a layer fetched: whose, how many files and bytes."""

    manager: str
    files: int
    size: int


def index_only_layers(view: ImageView) -> Mapping[int, Fetched]:
    """Return the layers that add or change an index without a change of the package database.

    Call it through ``view.derived``.
    """
    seen = view.derived(_seen_by_layer)
    return MappingProxyType({layer: alone for layer, (alone, _) in seen.items() if alone is not None})


def installing_layers(view: ImageView) -> frozenset[int]:
    """Return the layers that change a package database. Call it through ``view.derived``."""
    return frozenset(layer for layer, (_, changed) in view.derived(_seen_by_layer).items() if changed)


def _seen_by_layer(view: ImageView) -> Mapping[int, tuple[Fetched | None, bool]]:
    return MappingProxyType({layer: _of_layer(view, layer) for layer in range(len(view.points))})


def _of_layer(view: ImageView, layer: int) -> tuple[Fetched | None, bool]:
    """Return the index that a layer fetched and installed nothing from, and whether it changed a database."""
    indexes: dict[str, list[int]] = {}
    changed: set[str] = set()
    for entry in view.layer_entries(layer):
        path = entry.path
        if (
            path[:4] not in _TOPS
            or not path.startswith(_STARTS)
            or entry.kind is EntryKind.DIRECTORY
            or marker_of(path)
        ):
            continue
        for manager in MANAGERS:
            if path.startswith(manager.database):
                changed.add(manager.name)
            elif path.startswith(manager.index) and not path.endswith(_NOT_AN_INDEX) and "/partial/" not in path:
                indexes.setdefault(manager.name, []).append(entry.size)
    for name, sizes in indexes.items():
        if name not in changed and any(sizes):
            return Fetched(name, len(sizes), sum(sizes)), bool(changed)
    return None, bool(changed)
