"""Installed packages of R: DESCRIPTION. Source: R Core, "Writing R Extensions", 1.1.1; installation adds "Built"."""

from __future__ import annotations

from imgscan.formats.packages.control import parse_paragraphs
from imgscan.model.package import PackageRecord, PackageType

_FIELDS = frozenset("package version license built maintainer".split())


def parse_description(data: bytes) -> PackageRecord | None:
    """Return the package; None for a file of that name that no installation of R wrote."""
    fields = next(parse_paragraphs(data, _FIELDS), {})
    if not all(fields.get(key) for key in ("package", "version", "built")):
        return None
    return PackageRecord(
        type=PackageType.CRAN,
        name=fields["package"],
        version=fields["version"],
        license=" ".join(fields.get("license", "").split()),
        supplier=" ".join(fields.get("maintainer", "").split()),
    )
