"""Which package a Java archive is, out of all that names it: its file, its manifest, the poms that it holds.

An archive that was put together of several holds the poms of all of them and is still a package of its own.
"""

from __future__ import annotations

import msgspec

from imgscan.formats.packages.java.file_name import FileName, parse_file_name, without_classifier
from imgscan.formats.packages.java.groups import known_group
from imgscan.formats.packages.java.manifest import (
    group_by_bundle,
    stated_group,
    symbolic_name,
    title_of,
    version_of,
)
from imgscan.formats.packages.java.pom import PomName
from imgscan.model.package import PackageRecord, PackageType

_ANY_PROGRAM = frozenset(
    "app application server service main root target run runner boot web webapp api backend program java".split()
)
"""Names that images give to whatever they run: they say nothing of the artifact."""


class JavaNames(msgspec.Struct, frozen=True):
    """What an archive says of itself: its manifest, and the projects whose poms it holds."""

    manifest: dict[str, str]
    poms: tuple[PomName, ...] = ()


def packages_of(names: JavaNames, path: str) -> list[PackageRecord]:
    """Return the package that an archive at ``path`` is, then the others whose poms it holds."""
    named = parse_file_name(path)
    matching_pom = _own_pom(names, named)
    others = [_by_pom(pom, names.manifest, False) for pom in names.poms if pom is not matching_pom]
    first = (
        _by_pom(matching_pom, names.manifest, True)
        if matching_pom is not None
        else _by_name(names.manifest, named, path)
    )
    return [first, *others] if first is not None else others


def _own_pom(names: JavaNames, named: FileName) -> PomName | None:
    """Return the pom of the archive itself; None where all are of what was put into it."""
    poms = names.poms
    candidates = [named.artifact.lower(), symbolic_name(names.manifest).lower(), title_of(names.manifest).lower()]
    for candidate in candidates:
        for pom in poms:
            if candidate and pom.artifact.lower() in (candidate, candidate.rpartition("_")[0]):
                return pom
    for pom in poms:
        if f"{pom.group}.{pom.artifact}" in (named.artifact, symbolic_name(names.manifest)):
            return pom
    if len(poms) != 1:
        return None
    # One pom under another name: an archive that was renamed, unless the name states another version.
    version = named.version or version_of(names.manifest)
    titled = bool(title_of(names.manifest) and version_of(names.manifest))
    unnamed = _is_any_program(named) and not titled
    return poms[0] if not version or version == poms[0].version or unnamed else None


def _is_any_program(named: FileName) -> bool:
    return not named.version and named.artifact.lower() in _ANY_PROGRAM


def _by_pom(pom: PomName, manifest: dict[str, str], matching_pom: bool) -> PackageRecord:
    return PackageRecord(
        type=PackageType.MAVEN,
        name=pom.artifact,
        namespace=pom.group,
        version=pom.version,
        license=pom.license or (_license(manifest) if matching_pom else ""),
        supplier=manifest.get("implementation-vendor", "")[:200] if matching_pom else "",
    )


def _by_name(manifest: dict[str, str], named: FileName, path: str) -> PackageRecord | None:
    """Return the package by the file's name, its version if need be by the manifest; None without a version."""
    artifact = named.artifact
    if _is_any_program(named):
        artifact = title_of(manifest) or symbolic_name(manifest).rpartition(".")[2] or artifact
    version = _version(manifest, named)
    if not version or not artifact:
        return None
    stated = stated_group(manifest, artifact)
    if stated and artifact.startswith(f"{stated}."):
        artifact = artifact.removeprefix(f"{stated}.")  # as sbt names the archives of an application
    # A bundle's name need not begin with the group of a well-known artifact.
    group = stated or known_group(artifact, version) or group_by_bundle(symbolic_name(manifest), artifact)
    return PackageRecord(
        type=PackageType.MAVEN,
        name=artifact,
        namespace=group or _default_group(artifact, path),
        version=version[:100],
        license=_license(manifest),
        supplier=manifest.get("implementation-vendor", "")[:200],
    )


def _version(manifest: dict[str, str], named: FileName) -> str:
    stated = version_of(manifest)
    if not named.version:
        return stated
    # What the file's name has behind the version that the manifest states is a classifier, whatever word it is.
    if stated and named.version.startswith(f"{stated}-") and not named.version.startswith(f"{stated}-SNAPSHOT"):
        rest = named.version[len(stated) + 1 :]
        return stated if without_classifier(f"{stated}-{rest}") == stated or rest.isalpha() else named.version
    return named.version


def _default_group(artifact: str, path: str) -> str:
    """Return the group of a plugin of Jenkins, or that of ``org.eclipse.osgi``: an artifact named as its bundle."""
    if path.endswith((".hpi", ".jpi")):
        return "org.jenkins-ci.plugins"
    return artifact.rpartition(".")[0] if artifact.count(".") >= 2 else ""


def _license(manifest: dict[str, str]) -> str:
    text = manifest.get("bundle-license", "").partition(";")[0].partition(",")[0].strip()
    return "" if text.startswith("<<") else text[:200]
