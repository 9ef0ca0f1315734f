"""What Maven leaves in an archive: pom.properties and pom.xml. Source: Maven Archiver, "addMavenDescriptor"."""

from __future__ import annotations

import re

import msgspec

from imgscan.formats.text_lines import split_lines

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}", re.ASCII)
_PARENT = re.compile(r"<parent\b.*?</parent>", re.DOTALL)
_REST = re.compile(
    r"<(?:dependencies|dependencyManagement|build|profiles|properties|repositories|distributionManagement)\b"
)
_VERSION = re.compile(r"<version>\s*([^<\s$]{1,100})\s*</version>")
_LICENSE = re.compile(r"<license>\s*<name>\s*([^<]{1,200}?)\s*</name>")
_HEAD = 64 * 1024


class PomName(msgspec.Struct, frozen=True):
    """Group, artifact, version and licence of a project; the last may be empty."""

    group: str
    artifact: str
    version: str
    license: str = ""


def parse_pom_properties(data: bytes) -> PomName | None:
    """Return what a pom.properties names; None where it has no artifact."""
    lines = (line.partition("=") for line in split_lines(data.decode("utf-8", "replace")))
    fields = {key.strip(): value.strip() for key, equals, value in lines if equals}
    group, artifact, version = (fields.get(key, "") for key in ("groupId", "artifactId", "version"))
    if not _NAME.fullmatch(artifact) or not version or "${" in version:
        return None
    return PomName(group[:300], artifact, version[:100])


def parse_pom_xml(data: bytes, group: str, artifact: str) -> PomName | None:
    """Return what a pom.xml of this group and artifact says; None where it has no version, nor its parent.

    The document is not parsed as XML: what is wanted stands at its start, and entities have no part in it.
    """
    text = data[:_HEAD].decode("utf-8", "replace")
    rest = _REST.search(text)
    head = text[: rest.start()] if rest else text
    parent = _PARENT.search(head)
    project = head.replace(parent[0], "") if parent else head
    version = _VERSION.search(project) or (_VERSION.search(parent[0]) if parent else None)
    if version is None or not _NAME.fullmatch(artifact):
        return None
    license_ = _LICENSE.search(project)
    return PomName(group[:300], artifact, version[1], license_[1] if license_ else "")
