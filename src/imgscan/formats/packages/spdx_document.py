"""Packages that an SPDX document in JSON names, as Bitnami's images have one for each component.

Source: SPDX 2.3, "Package Information" (versionInfo, licenseConcluded, externalRefs); package-url/purl-spec.
"""

from __future__ import annotations

from urllib.parse import unquote

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import objects_of, record_object, text_of
from imgscan.model.package import PackageRecord, PackageType

_MAX_PACKAGES = 20_000
_NO_LICENSE = frozenset({"", "NOASSERTION", "NONE"})
_TYPES = {str(kind): kind for kind in PackageType}


def parse_spdx_packages(data: bytes) -> list[PackageRecord]:
    """Return the packages that have a version and a package URL of a type that is known here.

    Raises:
        PackageDataError: not JSON, or no SPDX document.
    """
    document = record_object(data, "SPDX document")
    if not text_of(document, "spdxVersion"):
        raise PackageDataError("no SPDX document", Position(offset=0))
    result = (_record(row) for row in objects_of(document, "packages")[:_MAX_PACKAGES])
    return [record for record in result if record is not None]


def _record(row: dict[str, object]) -> PackageRecord | None:
    locators = [
        text_of(item, "referenceLocator", 1000)
        for item in objects_of(row, "externalRefs")
        if text_of(item, "referenceType") == "purl"
    ]
    parts = parse_purl(locators[0]) if locators else None
    version = text_of(row, "versionInfo")
    if parts is None or not version:
        return None
    kind, namespace, name, arch = parts
    said = (text_of(row, key, 500) for key in ("licenseConcluded", "licenseDeclared"))
    return PackageRecord(
        type=kind,
        name=name,
        namespace=namespace,
        version=version,
        arch=arch,
        license=next((text for text in said if text not in _NO_LICENSE), ""),
        supplier=text_of(row, "supplier").removeprefix("Organization:").strip(),
    )


def parse_purl(text: str) -> tuple[PackageType, str, str, str] | None:
    """Return type, namespace, name and architecture of a package URL; None for none of a known type."""
    rest = text.removeprefix("pkg:").partition("#")[0]
    rest, _, qualifiers = rest.partition("?")
    path = rest.rpartition("@")[0] if "@" in rest else rest
    kind, _, path = path.partition("/")
    namespace, _, name = path.rpartition("/")
    if not text.startswith("pkg:") or kind.lower() not in _TYPES or not name:
        return None
    pairs = dict(item.partition("=")[::2] for item in qualifiers.split("&"))
    return _TYPES[kind.lower()], unquote(namespace), unquote(name), unquote(pairs.get("arch", ""))
