"""What dpkg's databases of all layers say is installed, and what each package's own files said when it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from imgscan.formats.path import base_name, parent_of
from imgscan.model.finding import State
from imgscan.model.package import PackageFile
from imgscan.rootfs.view import LocatedFact
from imgscan.system.packages.facts import (
    DpkgList,
    DpkgMd5sums,
    DpkgStatus,
    DpkgStatusD,
    ListedPackages,
    OpkgStatus,
    PackageFact,
    RecordedPackage,
)
from imgscan.system.packages.gathered import Facts, FactT, InstalledPackage, digests_of, first_of_run, rewrites
from imgscan.system.packages.records import pack_digests, unpack_files

_Key = tuple[str, str, str]
_Lists = dict[str, list[LocatedFact[DpkgList]]]
_Sums = dict[str, list[LocatedFact[DpkgMd5sums]]]


def dpkg_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the packages of ``status``, then those of ``status.d`` (images without dpkg)."""
    lists = facts.by(DpkgList, lambda fact: fact.data.package)
    sums = facts.by(DpkgMd5sums, lambda fact: f"{parent_of(fact.path)}/{fact.data.package}")
    for statuses in facts.by(DpkgStatus, lambda fact: fact.path).values():
        yield from _of_status(statuses, lists, sums)
    for opkg_statuses in facts.by(OpkgStatus, lambda fact: fact.path).values():
        yield from _of_status(opkg_statuses, lists, sums)
    for history in facts.by(DpkgStatusD, lambda fact: fact.path).values():
        yield from _of_status_d(history, lists, sums)


def _key(package: RecordedPackage) -> _Key:
    return package.record.name, package.record.arch, package.record.version


def _of_status(
    statuses: Sequence[LocatedFact[ListedPackages]], lists: _Lists, sums: _Sums
) -> Iterator[InstalledPackage]:
    """Yield the packages of the last ``status``: dpkg writes it whole, so each layer's is a snapshot."""
    snapshots = [
        (fact.layer.index, {_key(package): package.files for package in fact.data.packages}) for fact in statuses
    ]
    last = statuses[-1]
    folder = f"{parent_of(last.path)}/info/"
    for package in last.data.packages:
        key = _key(package)
        first = first_of_run(snapshots, lambda item, key=key: key in item[1])  # type: ignore[misc]  # bound now
        marked = [(layer, packages[key]) for layer, packages in snapshots if layer >= first[0]]
        stems = (f"{key[0]}:{key[1]}", key[0])
        own_lists = next((lists[stem] for stem in stems if stem in lists), [])
        own_sums = next((sums[folder + stem] for stem in stems if folder + stem in sums), [])
        yield _package(package, last, marked, own_lists, own_sums)


def _of_status_d(
    history: Sequence[LocatedFact[ListedPackages]], lists: _Lists, sums: _Sums
) -> Iterator[InstalledPackage]:
    """Yield the packages of a file in ``status.d``, whose lists stand beside it or where dpkg has them."""
    last = history[-1]
    folder = parent_of(last.path)
    info = f"{parent_of(folder)}/info"
    for package in last.data.packages:
        key = _key(package)
        first = first_of_run(
            history,
            lambda fact, key=key: key in map(_key, fact.data.packages),  # type: ignore[misc]  # bound now
        )
        marked = [
            (fact.layer.index, item.files)
            for fact in history[history.index(first) :]
            for item in fact.data.packages
            if _key(item) == key
        ]
        stems = dict.fromkeys((base_name(last.path), f"{key[0]}:{key[1]}", key[0]))
        own_lists = next((lists[stem] for stem in stems if stem in lists), [])
        known = [f"{where}/{stem}" for where in (folder, info) for stem in stems]
        own_sums = next((sums[path] for path in known if path in sums), [])
        yield _package(package, last, marked or [(first.layer.index, "")], own_lists, own_sums)


def _package(
    package: RecordedPackage,
    status: LocatedFact[PackageFact],
    marked: Sequence[tuple[int, str]],
    lists: list[LocatedFact[DpkgList]],
    sums: list[LocatedFact[DpkgMd5sums]],
) -> InstalledPackage:
    """Return a package; ``marked`` are its configuration files as each layer names them, from the installing one on.

    Those of the installing layer count: who changes a program could name it a configuration file afterwards.
    """
    layer, conffile_text = marked[0]
    own_list, later_lists = _since(lists, layer)
    own_sums, later_sums = _since(sums, layer)
    digests = digests_of(own_sums.data.files) if own_sums else {}
    conffiles = {file.path: file for file in unpack_files(conffile_text)}
    paths = own_list.data.paths.split("\0") if own_list else [*digests, *conffiles]
    known = dict.fromkeys(paths, "")
    changed = rewrites(digests, ((fact.layer.index, digests_of(fact.data.files)) for fact in later_sums))
    added = rewrites(
        known, ((fact.layer.index, dict.fromkeys(fact.data.paths.split("\0"), "")) for fact in later_lists)
    )
    return InstalledPackage(
        record=package.record,
        database=status.path,
        layer=layer,
        files=pack_digests(paths, digests, conffiles),
        visible=status.state is State.VISIBLE,
        rewritten=tuple(sorted({*changed, *added, *_named_later(conffiles, marked[1:])})),
        file_lists=bool(own_list or own_sums),
    )


def _named_later(
    conffiles: Mapping[str, PackageFile], later: Sequence[tuple[int, str]]
) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the layers that name more files of a package as configuration than the one that installed it."""
    pristine = dict.fromkeys(conffiles, "")
    texts = {text: dict.fromkeys(digests_of(text), "") for text in {text for _, text in later}}
    return rewrites(pristine, ((layer, texts[text]) for layer, text in later))


def _since(history: list[LocatedFact[FactT]], layer: int) -> tuple[LocatedFact[FactT] | None, list[LocatedFact[FactT]]]:
    """Return the fact of the layer that installed the package, or the nearest, and those after it."""
    if not history:
        return None, []
    at = next((at for at, fact in enumerate(history) if fact.layer.index >= layer), len(history) - 1)
    return history[at], [fact for fact in history[at + 1 :] if fact.data != history[at].data]
