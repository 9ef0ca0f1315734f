"""Java archives: what they say of themselves and of the archives inside them, bounded.

Sources: Oracle, "JAR File Specification" (manifest); Maven Archiver, pom.properties; Spring Boot, "The Executable Jar
Format" (archives inside are stored).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.errors import PackageDataError
from imgscan.formats.archives.zip import ZipMember, read_content, read_members
from imgscan.formats.packages.java.file_name import SUFFIXES
from imgscan.formats.packages.java.identity import JavaNames, packages_of
from imgscan.formats.packages.java.manifest import parse_manifest
from imgscan.formats.packages.java.pom import PomName, parse_pom_properties, parse_pom_xml
from imgscan.model.package import PackageRecord

MAX_DEPTH = 8
MAX_PACKAGES = 20_000
MAX_NESTED_BYTES = 64 * 1024 * 1024
_MAX_TEXT = 1024 * 1024
_MAX_TEXTS = 64
_MAX_UNPACKED = 256 * 1024 * 1024
_MAX_MEMBERS = 400_000
_MAX_SKIPPED = 50
_MAVEN = "META-INF/maven/"


class JavaPackages(msgspec.Struct, frozen=True):
    """The packages of an archive, its own first, and the archives inside that were not read: name and why."""

    packages: tuple[PackageRecord, ...]
    skipped: tuple[tuple[str, str], ...] = ()


class _Reader:
    """Reads one outermost archive; what it unpacks and walks is bounded all together."""

    def __init__(self) -> None:
        self.bytes = _MAX_UNPACKED
        self.members = _MAX_MEMBERS
        self.packages: list[PackageRecord] = []
        self.skipped: list[tuple[str, str]] = []

    def skip(self, name: str, why: str) -> None:
        if len(self.skipped) < _MAX_SKIPPED:
            self.skipped.append((name, why))

    def content(self, data: bytes, member: ZipMember, limit: int) -> bytes:
        """Return a member's content.

        Raises:
            PackageDataError: it is damaged, or a bound is reached. What it says of its size is paid even so.
        """
        limit = min(limit, self.bytes)
        if member.size > limit:
            raise PackageDataError(f"more than {limit} bytes unpacked")
        # A member that turns out to be damaged has cost as much as one that does not.
        self.bytes -= min(max(member.size, 1), limit)
        return read_content(data, member, min(limit, max(member.size, 1)))

    def read(self, data: bytes, path: str, depth: int) -> None:
        names, nested = self._names(data)
        self.packages += packages_of(names, path)
        for member in nested:
            self._read_nested(data, member, f"{path}!/{member.name}", depth + 1)

    def _read_nested(self, data: bytes, member: ZipMember, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            return self.skip(path, f"archives nested deeper than {MAX_DEPTH}")
        if len(self.packages) >= MAX_PACKAGES:
            return self.skip(path, f"more than {MAX_PACKAGES} packages in one archive")
        try:
            self.read(self.content(data, member, MAX_NESTED_BYTES), path, depth)
        except PackageDataError as error:
            self.skip(path, error.message)
        return None

    def _names(self, data: bytes) -> tuple[JavaNames, list[ZipMember]]:
        manifest: dict[str, str] = {}
        poms: dict[tuple[str, str], PomName] = {}
        xmls: list[ZipMember] = []
        nested: list[ZipMember] = []
        for member in read_members(data):
            self.members -= 1
            if self.members < 0:
                raise PackageDataError(f"more than {_MAX_MEMBERS} members in one archive and those inside")
            name = member.name
            if name.startswith("META-INF/"):
                if name == "META-INF/MANIFEST.MF":
                    manifest = parse_manifest(self._text(data, member))
                elif name.startswith(_MAVEN) and name.endswith("/pom.properties"):
                    pom = parse_pom_properties(self._text(data, member))
                    if pom is not None:
                        poms[pom.group, pom.artifact] = pom
                elif name.startswith(_MAVEN) and name.endswith("/pom.xml"):
                    xmls.append(member)
            if name.lower().endswith(SUFFIXES):
                nested.append(member)
        for member in xmls:
            group, _, artifact = member.name.removeprefix(_MAVEN).removesuffix("/pom.xml").partition("/")
            if (group, artifact) not in poms:  # some write the one file and not the other
                pom = parse_pom_xml(self._text(data, member), group, artifact)
                if pom is not None:
                    poms[group, artifact] = pom
        return JavaNames(manifest, tuple(poms.values())), nested

    def _text(self, data: bytes, member: ZipMember) -> bytes:
        try:
            return self.content(data, member, _MAX_TEXT)
        except PackageDataError as error:
            self.skip(member.name, error.message)
            return b""


def parse_jar(data: bytes, path: str) -> JavaPackages:
    """Return the package that an archive at ``path`` is, then those inside it.

    At most 256 MiB are unpacked, archives nested in eight others and no deeper are read, and 20,000 packages listed.

    Raises:
        PackageDataError: not a zip archive.
    """
    reader = _Reader()
    reader.read(data, path, 0)
    return JavaPackages(tuple(reader.packages), tuple(reader.skipped))


def read_text_members(data: bytes, wanted: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the small members of a zip archive (a Python egg) that have one of these names.

    Raises:
        PackageDataError: not a zip archive, such a member is damaged or larger than 1 MiB, or there are 64 of them.
    """
    left = _MAX_TEXTS  # a directory may name one member 60,000 times
    for member in read_members(data):
        if member.name in wanted:
            left -= 1
            if not left:
                raise PackageDataError(f"{_MAX_TEXTS} members where a few are expected")
            yield member.name, read_content(data, member, _MAX_TEXT)
