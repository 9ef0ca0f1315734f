"""Java archives: what they say of themselves and of the archives inside them.

Sources: Oracle, "JAR File Specification" (manifest); Maven Archiver, pom.properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgscan.errors import PackageDataError
from imgscan.formats.archives.zip import ZipMember, read_content, read_members
from imgscan.formats.path import base_name
from imgscan.model.package import PackageRecord, PackageType

_MOST_TEXT = 1024 * 1024
_MOST_NESTED = 32 * 1024 * 1024
_MOST_DEPTH = 3
_MOST_PACKAGES = 5000
_SUFFIXES = (".jar", ".war", ".ear")
_FILE_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,150}?)-(\d[A-Za-z0-9_.+-]{0,80})\.[jwe]ar")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")


class _Budget:
    """Bytes that may still be unpacked from one outermost archive."""

    def __init__(self, size: int) -> None:
        self.left = size

    def content(self, data: bytes, member: ZipMember, most: int) -> bytes | None:
        if member.size > min(most, self.left):
            return None
        try:
            found = read_content(data, member, most)
        except PackageDataError:
            return None
        self.left -= len(found)
        return found


def parse_jar(data: bytes, path: str) -> list[PackageRecord]:
    """Return the package that an archive at ``path`` is, then those inside it, at most 5,000 and three levels deep.

    Pom.properties name group, artifact and version; without them the manifest or the file's name do, and the group
    is unknown. At most four times the archive's bytes (and 64 MiB) are unpacked.

    Raises:
        PackageDataError: not a zip archive.
    """
    return list(_packages(data, path, 0, _Budget(min(4 * len(data) + _MOST_TEXT, 2 * _MOST_NESTED))))[:_MOST_PACKAGES]


def _packages(data: bytes, path: str, depth: int, budget: _Budget) -> Iterator[PackageRecord]:
    manifest: dict[str, str] = {}
    poms: list[PackageRecord] = []
    nested: list[ZipMember] = []
    for member in read_members(data):
        if member.name == "META-INF/MANIFEST.MF":
            manifest = _manifest(budget.content(data, member, _MOST_TEXT) or b"")
        elif member.name.endswith("/pom.properties") and member.name.startswith("META-INF/maven/"):
            poms += _pom(budget.content(data, member, _MOST_TEXT) or b"")
        elif member.name.endswith(_SUFFIXES):
            nested.append(member)
    yield from poms or _named(manifest, path)
    for member in nested if depth < _MOST_DEPTH else ():
        inner = budget.content(data, member, _MOST_NESTED)
        if inner is not None:
            try:
                yield from _packages(inner, member.name, depth + 1, budget)
            except PackageDataError:
                continue  # a file of that name that is no archive


def _manifest(data: bytes) -> dict[str, str]:
    """Return the main attributes; a line that begins with a space continues the one before."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
    main = text.partition("\n\n")[0]
    pairs = (line.partition(": ") for line in main.split("\n"))
    return {key.lower(): value.strip() for key, colon, value in pairs if colon}


def _pom(data: bytes) -> list[PackageRecord]:
    lines = (line.partition("=") for line in data.decode("utf-8", "replace").split("\n"))
    fields = {key.strip(): value.strip() for key, equals, value in lines if equals}
    group, name, version = (fields.get(key, "") for key in ("groupId", "artifactId", "version"))
    if not _NAME.fullmatch(name):
        return []
    return [PackageRecord(type=PackageType.MAVEN, name=name, namespace=group[:300], version=version[:100])]


def _named(manifest: dict[str, str], path: str) -> Iterator[PackageRecord]:
    """Yield the package by the file's name, the version if need be by the manifest."""
    match = _FILE_NAME.fullmatch(base_name(path))
    version = match[2] if match else manifest.get("implementation-version") or manifest.get("bundle-version", "")
    bundle = manifest.get("bundle-symbolicname", "").partition(";")[0]
    name = match[1] if match else bundle or manifest.get("implementation-title", "")
    if _NAME.fullmatch(name) and version:
        supplier = manifest.get("implementation-vendor", "")[:200]
        yield PackageRecord(type=PackageType.MAVEN, name=name, version=version[:100], supplier=supplier)
