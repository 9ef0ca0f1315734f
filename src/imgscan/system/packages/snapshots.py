"""What apk's, rpm's and pacman's databases of all layers say is installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from imgscan.formats.path import parent_of
from imgscan.model.finding import State
from imgscan.rootfs.view import LocatedFact
from imgscan.system.packages.facts import (
    ApkInstalled,
    ChiselManifest,
    FileList,
    ListedPackages,
    PacmanDesc,
    PacmanFiles,
    PacmanMtree,
    PortageContents,
    RecordedPackage,
    RpmDatabase,
    RpmManifest,
    RpmNames,
)
from imgscan.system.packages.gathered import Facts, InstalledPackage, digests_of, first_of_run, rewrites
from imgscan.system.packages.records import pack_files, unpack_files

_NO_PACKAGES = frozenset({"gpg-pubkey"})
"""What rpm keeps in its database for want of another place: trusted keys."""

_Key = tuple[str, str, str, str, str]
_Snapshot = tuple[int, dict[_Key, RecordedPackage]]
_Database = LocatedFact[ListedPackages]


def snapshot_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the packages of databases that are one file, written whole: apk's, rpm's and lists of packages."""
    # The second manifest of Azure Linux says more of the same packages than the first.
    names: list[LocatedFact[RpmNames]] = []
    if not facts.of(RpmManifest) and not facts.of(RpmDatabase):
        names = facts.of(RpmNames)
    for files in (
        facts.of(ApkInstalled),
        facts.of(RpmDatabase),
        facts.of(RpmManifest),
        facts.of(ChiselManifest),
        names,
    ):
        for databases in _databases(files):
            yield from _of_snapshots(_snapshots(databases), databases[-1])


def _databases(facts: Sequence[_Database]) -> Iterator[list[_Database]]:
    """Yield the facts of each database, by layer; one that moved to another directory, as rpm's did, is one.

    Where several show at once, each is another one; packages that both have are put together later.
    """
    folders: dict[str, list[_Database]] = {}
    for fact in facts:
        folders.setdefault(parent_of(fact.path), []).append(fact)
    shown = [history for history in folders.values() if any(fact.state is State.VISIBLE for fact in history)]
    if len(shown) > 1:
        yield from shown
    elif facts:
        # The last is the one that shows: what moved on is in it.
        yield sorted(facts, key=lambda fact: (fact.layer.index, fact.state is State.VISIBLE))


def _key(package: RecordedPackage) -> _Key:
    record = package.record
    return record.name, record.version, record.arch, record.epoch, record.build


def _is_log(data: ListedPackages) -> bool:
    return isinstance(data, RpmDatabase) and data.log


def _snapshots(databases: list[_Database]) -> list[_Snapshot]:
    """Return one snapshot a layer; what a write-ahead log holds is added to what its database does."""
    result: list[_Snapshot] = []
    for fact in databases:
        layer = fact.layer.index
        packages = {_key(package): package for package in fact.data.packages}
        same_layer = bool(result) and result[-1][0] == layer
        if result and (same_layer or _is_log(fact.data)):
            packages = {**result[-1][1], **packages}
        if same_layer:
            result.pop()
        result.append((layer, packages))
    return result


def _of_snapshots(snapshots: list[_Snapshot], last: _Database) -> Iterator[InstalledPackage]:
    for key, package in snapshots[-1][1].items():
        if key[0] in _NO_PACKAGES:
            continue
        layer, installed = first_of_run(snapshots, lambda item, key=key: key in item[1])  # type: ignore[misc]  # bound
        files = installed[key].files
        later = [
            (where, packages[key].files)
            for where, packages in snapshots
            if where > layer and packages[key].files is not files
        ]
        yield InstalledPackage(
            record=package.record,
            database=last.path,
            layer=layer,
            files=files,
            visible=last.state is State.VISIBLE,
            rewritten=rewrites(digests_of(files), ((where, digests_of(text)) for where, text in later)),
            file_lists=bool(files),
        )


def pacman_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the packages of pacman's database, which has a directory for each version of each package."""
    lists = facts.by(PacmanFiles, lambda fact: parent_of(fact.path))
    trees = facts.by(PacmanMtree, lambda fact: parent_of(fact.path))
    for folder, history in facts.by(PacmanDesc, lambda fact: parent_of(fact.path)).items():
        last = history[-1]
        if last.state is not State.VISIBLE and facts.last(PacmanDesc) is not None:
            continue  # removed or upgraded; where none is visible, the whole database was stripped from the image
        file_lists: Sequence[LocatedFact[FileList]] = trees.get(folder) or lists.get(folder) or ()
        files = file_lists[0].data.files if file_lists else ""
        if folder in trees and folder in lists:
            files = _with_configuration(files, lists[folder][0].data.files)
        later = [(fact.layer.index, digests_of(fact.data.files)) for fact in file_lists[1:]]
        yield InstalledPackage(
            record=last.data.package.record,
            database=folder,
            layer=history[0].layer.index,
            files=files,
            visible=last.state is State.VISIBLE,
            rewritten=rewrites(digests_of(files), later),
            file_lists=bool(file_lists),
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
    visible = facts.last(PortageContents) is not None
    for path, history in facts.by(PortageContents, lambda fact: fact.path).items():
        last = history[-1]
        if last.state is not State.VISIBLE and visible:
            continue
        first = history[0]
        files = first.data.package.files
        later = [(fact.layer.index, digests_of(fact.data.package.files)) for fact in history[1:]]
        yield InstalledPackage(
            record=last.data.package.record,
            database=path,
            layer=first.layer.index,
            files=files,
            visible=last.state is State.VISIBLE,
            rewritten=rewrites(digests_of(files), later),
        )
