"""Packages that bring along all they need and say so in a file of settings: snap, flatpak, Julia, Swift.

Sources: snapcraft.io, "Snap format" (meta/snap.yaml); flatpak-metadata(5); Julia, Pkg.jl "Project.toml"; Swift Package
Manager, Package.resolved.
"""

from __future__ import annotations

import re

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import objects_of, record_object, text_of
from imgscan.formats.path import base_name, parent_of
from imgscan.formats.toml import parse_toml
from imgscan.model.package import PackageRecord, PackageType

_MAX_BYTES = 1024 * 1024
_YAML = re.compile(r"^(name|version|license|type):[ \t]{0,20}['\"]?([^'\"\n#]{1,200})", re.MULTILINE)
_FLATPAK_NAME = re.compile(r"^\[(?:Application|Runtime)\]\s{0,20}^name=([A-Za-z0-9._-]{1,255})", re.MULTILINE)


def parse_snap_yaml(data: bytes) -> PackageRecord | None:
    """Return the snap that ``meta/snap.yaml`` describes: its keys at the start of a line."""
    fields = {match[1]: match[2].strip() for match in _YAML.finditer(data[:_MAX_BYTES].decode("utf-8", "replace"))}
    if not fields.get("name") or not fields.get("version"):
        return None
    return PackageRecord(
        type=PackageType.SNAP, name=fields["name"], version=fields["version"], license=fields.get("license", "")
    )


def parse_flatpak_metadata(data: bytes, path: str) -> PackageRecord | None:
    """Return what is deployed at ``flatpak/(app|runtime)/ID/ARCH/BRANCH/COMMIT/metadata``; a branch is a version."""
    match = _FLATPAK_NAME.search(data[:_MAX_BYTES].decode("utf-8", "replace"))
    parts = path.split("/")
    if match is None or len(parts) < 6 or parts[-6] not in ("app", "runtime"):
        return None
    return PackageRecord(type=PackageType.FLATPAK, name=parts[-5], version=parts[-3], arch=parts[-4])


def parse_julia_project(data: bytes) -> PackageRecord | None:
    """Return the package of a ``Project.toml``; None for a project that is no package.

    Raises:
        PackageDataError: not TOML.
    """
    try:
        document = parse_toml(data[:_MAX_BYTES].decode("utf-8", "replace"))
    except ValueError as error:
        raise PackageDataError(f"a Project.toml that is not TOML ({error})", Position(offset=0)) from None
    name, version = text_of(document, "name"), text_of(document, "version")
    if not name or not version:
        return None
    return PackageRecord(
        type=PackageType.JULIA,
        name=name,
        version=version,
        license=text_of(document, "license"),
        build=text_of(document, "uuid"),
    )


def parse_package_resolved(data: bytes) -> list[PackageRecord]:
    """Return the packages that a Package.resolved of Swift (versions 1 to 3) pins.

    Raises:
        PackageDataError: not JSON, or no object.
    """
    document = record_object(data, "Package.resolved")
    inner = document.get("object")
    result = []
    for pin in objects_of(inner, "pins") or objects_of(document, "pins"):
        url = text_of(pin, "location") or text_of(pin, "repositoryURL")
        version = text_of(pin.get("state"), "version")
        path = url.partition("://")[2].removesuffix(".git") or text_of(pin, "identity")
        if path and version:
            result.append(
                PackageRecord(type=PackageType.SWIFT, name=base_name(path), namespace=parent_of(path), version=version)
            )
    return result
