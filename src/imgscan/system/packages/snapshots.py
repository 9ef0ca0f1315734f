"""What apk's, rpm's and pacman's databases of all layers say is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from imgscan.formats.path import parent_of
from imgscan.model.finding import State
from imgscan.rootfs.view import PlacedFact
from imgscan.system.packages.gathered import Facts, InstalledPackage, digests_of, first_of_run, rewrites
from imgscan.system.packages.records import pack_files, record_from, unpack_files

_NO_PACKAGES = frozenset({"gpg-pubkey"})
"""What rpm keeps in its database for want of another place: trusted keys."""

_Key = tuple[str, str, str, str, str]
_Snapshot = tuple[int, dict[_Key, dict[str, Any]]]


def snapshot_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the packages of databases that are one file, written whole: apk's, rpm's and lists of packages."""
    # The second manifest of Azure Linux says more of the same packages than the first.
    names = () if facts.of("rpm-manifest") or facts.of("rpm") else ("rpm-names",)
    for what in ("apk", "rpm", "rpm-manifest", "chisel", *names):
        for databases in _databases(facts.of(what)):
            yield from _of_snapshots(_snapshots(databases), databases[-1])


def _databases(facts: list[PlacedFact]) -> Iterator[list[PlacedFact]]:
    """Yield the facts of each database, by layer; one that moved to another directory, as rpm's did, is one.

    Where several show at once, each is another one; packages that both have are put together later.
    """
    folders: dict[str, list[PlacedFact]] = {}
    for fact in facts:
        folders.setdefault(parent_of(fact.path), []).append(fact)
    shown = [history for history in folders.values() if any(fact.state is State.VISIBLE for fact in history)]
    if len(shown) > 1:
        yield from shown
    elif facts:
        # The last is the one that shows: what moved on is in it.
        yield sorted(facts, key=lambda fact: (fact.layer.index, fact.state is State.VISIBLE))


def _key(package: dict[str, Any]) -> _Key:
    name, version, arch, epoch, build = (package.get(k, "") for k in ("name", "version", "arch", "epoch", "build"))
    return name, version, arch, epoch, build


def _snapshots(databases: list[PlacedFact]) -> list[_Snapshot]:
    """Return one snapshot a layer; what a write-ahead log holds is added to what its database does."""
    found: list[_Snapshot] = []
    for fact in databases:
        layer = fact.layer.index
        packages = {_key(package): package for package in fact.data["packages"]}
        same_layer = bool(found) and found[-1][0] == layer
        if found and (same_layer or fact.data.get("log")):
            packages = {**found[-1][1], **packages}
        if same_layer:
            found.pop()
        found.append((layer, packages))
    return found


def _of_snapshots(snapshots: list[_Snapshot], last: PlacedFact) -> Iterator[InstalledPackage]:
    for key, package in snapshots[-1][1].items():
        if key[0] in _NO_PACKAGES:
            continue
        layer, installed = first_of_run(snapshots, lambda item, key=key: key in item[1])  # type: ignore[misc]  # bound
        files = installed[key].get("files", "")
        later = [
            (where, packages[key].get("files", ""))
            for where, packages in snapshots
            if where > layer and packages[key].get("files", "") is not files
        ]
        yield InstalledPackage(
            record=record_from(package),
            database=last.path,
            layer=layer,
            files=files,
            visible=last.state is State.VISIBLE,
            rewritten=rewrites(digests_of(files), ((where, digests_of(text)) for where, text in later)),
            file_lists=bool(files),
        )


def pacman_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the packages of pacman's database, which has a directory for each version of each package."""
    lists = facts.by("pacman-files", lambda fact: parent_of(fact.path))
    trees = facts.by("pacman-mtree", lambda fact: parent_of(fact.path))
    for folder, history in facts.by("pacman-desc", lambda fact: parent_of(fact.path)).items():
        last = history[-1]
        if last.state is not State.VISIBLE and facts.last("pacman-desc") is not None:
            continue  # removed or upgraded; where none is visible, the whole database was stripped from the image
        own = trees.get(folder) or lists.get(folder) or []
        files = own[0].data["files"] if own else ""
        if folder in trees and folder in lists:
            files = _with_configuration(files, lists[folder][0].data["files"])
        later = [(fact.layer.index, digests_of(fact.data["files"])) for fact in own[1:]]
        yield InstalledPackage(
            record=record_from(last.data["package"]),
            database=folder,
            layer=history[0].layer.index,
            files=files,
            visible=last.state is State.VISIBLE,
            rewritten=rewrites(digests_of(files), later),
            file_lists=bool(own),
        )


def _with_configuration(files: str, listed: str) -> str:
    """Return the files of an mtree, which does not tell configuration, marked as the list of the package has them."""
    kept = {file.path for file in unpack_files(listed) if "c" in file.flags}
    if not kept:
        return files
    return pack_files(
        replace(file, flags=file.flags + "c") if file.path in kept else file for file in unpack_files(files)
    )


def portage_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the packages of portage's database, which has a directory for each version of each package."""
    visible = facts.last("portage") is not None
    for path, history in facts.by("portage", lambda fact: fact.path).items():
        last = history[-1]
        if last.state is not State.VISIBLE and visible:
            continue
        first = history[0]
        files = first.data["package"].get("files", "")
        later = [(fact.layer.index, digests_of(fact.data["package"].get("files", ""))) for fact in history[1:]]
        yield InstalledPackage(
            record=record_from(last.data["package"]),
            database=path,
            layer=first.layer.index,
            files=files,
            visible=last.state is State.VISIBLE,
            rewritten=rewrites(digests_of(files), later),
        )
