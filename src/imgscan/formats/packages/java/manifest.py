"""The manifest of a Java archive, and the names that it gives to the archive.

Sources: Oracle, "JAR File Specification", "JAR Manifest"; OSGi Core 8, 3.2.1; Maven Archiver; Jenkins, "Plugin
structure" (Short-Name, Group-Id, Plugin-Version).
"""

from __future__ import annotations

import re

from imgscan.formats.text_lines import split_lines

_MAX_VALUE = 300
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}", re.ASCII)
_GROUP = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]*(?:\.[a-zA-Z0-9_-]+)+", re.ASCII)
_VERSION = re.compile(r"[vV]?(\d[A-Za-z0-9_.+-]{0,99})", re.ASCII)
_VERSIONS = ("plugin-version", "implementation-version", "bundle-version", "specification-version")
_COMMON_VENDORS = frozenset(
    {"org.apache", "com.sun", "com.oracle", "org.eclipse", "com.google", "com.ibm", "org.jboss"}
)
"""Vendor ids that name a maker of many groups, never a group."""


def parse_manifest(data: bytes) -> dict[str, str]:
    """Return the main attributes, names in lower case; a line that begins with a space continues the one before."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace("\n ", "")
    main = text.lstrip("\n").partition("\n\n")[0]
    pairs = (line.partition(":") for line in split_lines(main))
    return {key.strip().lower(): value.strip()[:_MAX_VALUE] for key, colon, value in pairs if colon}


def version_of(manifest: dict[str, str]) -> str:
    """Return the version that a manifest states, empty for none: a placeholder that was never filled is none."""
    for key in _VERSIONS:
        match = _VERSION.match(manifest.get(key, ""))
        if match:
            return match[1]
    return ""


def symbolic_name(manifest: dict[str, str]) -> str:
    """Return OSGi's name of the bundle, without its parameters."""
    name = manifest.get("bundle-symbolicname", "").partition(";")[0].strip()
    return name if _NAME.fullmatch(name) else ""


def title_of(manifest: dict[str, str]) -> str:
    """Return the title, or the short name of a plugin, where it is a name and not a sentence."""
    for key in ("short-name", "implementation-title", "specification-title"):
        name = manifest.get(key, "")
        if _NAME.fullmatch(name):
            return name
    return ""


def stated_group(manifest: dict[str, str], artifact: str) -> str:
    """Return the Maven group that a manifest names, empty for none."""
    for key in ("group-id", "implementation-vendor-id"):
        vendor = manifest.get(key, "")
        if vendor and vendor not in _COMMON_VENDORS and (_GROUP.fullmatch(vendor) or vendor == artifact):
            return vendor
    return ""


def group_by_bundle(bundle: str, artifact: str) -> str:
    """Return the group of an artifact by its bundle's name, the reverse of what the maven-bundle-plugin does.

    It writes group and artifact, what the end of one and the start of the other have in common once. Source: Apache
    Felix, "Bundle Plugin for Maven", default of ``Bundle-SymbolicName``.
    """
    if "." not in bundle:
        return ""
    if bundle == artifact:
        return bundle.rpartition(".")[0]
    parts = bundle.split(".")
    for size in range(len(parts) - 1, 1, -1):
        group, rest = ".".join(parts[:size]), ".".join(parts[size:])
        overlap = parts[size - 1]
        if rest == artifact or artifact in (
            f"{overlap}-{rest}",
            f"{overlap}.{rest}",
            f"{overlap}-{rest.replace('.', '-')}",
        ):
            return group
        if artifact.endswith((f"-{rest}", f".{rest}")):
            return group
    return ""
