"""Packages of programming languages: each says of itself what it is, where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from imgscan.formats.path import base_name, parent_of
from imgscan.model.finding import State
from imgscan.model.package import PackageRecord, PackageType
from imgscan.rootfs.view import LocatedFact
from imgscan.system.packages.facts import LanguagePackage, PerlList, PerlModule, PythonFiles
from imgscan.system.packages.gathered import Facts, InstalledPackage, digests_of, rewrites


def language_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the visible packages, with the files that a Python distribution records."""
    yield from _perl_packages(facts)
    lists = facts.by(PythonFiles, lambda fact: parent_of(fact.path))
    for history in facts.by(LanguagePackage, lambda fact: fact.path).values():
        last = history[-1]
        since: dict[tuple[str, str], int] = {}
        for version in _versions(history):
            since = {key: since.get(key, layer) for key, layer in version.items()}
        for fact in history:
            if fact.ref == last.ref and fact.state is State.VISIBLE:  # an archive may hold several
                yield _package(fact, since[_identity(fact)], lists.get(parent_of(fact.path), []))


def _versions(history: list[LocatedFact[LanguagePackage]]) -> Iterator[dict[tuple[str, str], int]]:
    """Yield what each layer's file at a path names, with the layer: a file may name ten thousand packages."""
    for _, facts in groupby(history, key=lambda fact: fact.ref):
        yield {_identity(fact): fact.layer.index for fact in facts}


def _identity(fact: LocatedFact[LanguagePackage]) -> tuple[str, str]:
    record = fact.data.package.record
    return record.name, record.version


def _package(fact: LocatedFact[LanguagePackage], layer: int, lists: list[LocatedFact[PythonFiles]]) -> InstalledPackage:
    """Return a package that has been as it is since ``layer``."""
    data = fact.data.package
    since = [item for item in lists if item.layer.index >= layer] or lists[-1:]
    files = since[0].data.files if since else data.files
    later = [(item.layer.index, digests_of(item.data.files)) for item in since[1:]]
    return InstalledPackage(
        record=data.record,
        database=fact.path,
        layer=layer,
        files=files,
        rewritten=rewrites(digests_of(files), later),
    )


def owned_folder(package: InstalledPackage) -> str | None:
    """Return the directory all of which is a package's, None for a package that lists its files or is one file."""
    kind, path = package.record.type, package.database
    if kind is PackageType.NPM:
        return parent_of(path) if "node_modules/" in path else None
    if kind is PackageType.GEM and base_name(parent_of(path)) == "specifications":
        title = base_name(path).removesuffix(".gemspec")
        return f"{parent_of(parent_of(path))}/gems/{title}".lstrip("/")
    if kind is PackageType.PYPI and path.endswith((".egg-info/PKG-INFO", ".dist-info/METADATA")):
        return parent_of(path)
    return None


def _perl_packages(facts: Facts) -> Iterator[InstalledPackage]:
    """Yield the distributions of Perl that have a list of their files; the version is that of their main module."""
    versions = {fact.path: fact for fact in facts.of(PerlModule) if fact.state is State.VISIBLE}
    for fact in facts.of(PerlList):
        if fact.state is not State.VISIBLE:
            continue
        module = fact.data.module
        library = fact.path.rpartition(f"/auto/{module}/")[0]
        # Lists of compiled modules stand in a directory of the machine's, below that of the modules.
        folders = (library, parent_of(library), parent_of(parent_of(library)))
        result = next(
            (versions[path] for path in (f"{folder}/{module}.pm" for folder in folders) if path in versions), None
        )
        if result is not None:
            record = PackageRecord(type=PackageType.CPAN, name=module.replace("/", "-"), version=result.data.version)
            yield InstalledPackage(record=record, database=fact.path, layer=fact.layer.index)
