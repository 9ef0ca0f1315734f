"""PHP packages that Composer installed: vendor/composer/installed.json. Source: Composer, FilesystemRepository."""

from __future__ import annotations

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import parse_record_json, text_of, texts_of
from imgscan.model.package import PackageRecord, PackageType

_MAX_PACKAGES = 20_000


def parse_installed_json(data: bytes) -> list[PackageRecord]:
    """Return the packages; version 1 of Composer writes a list, version 2 an object with one.

    Raises:
        PackageDataError: not JSON, or neither of the two.
    """
    document = parse_record_json(data, "installed.json")
    rows = document.get("packages") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise PackageDataError("an installed.json without a list of packages", Position(offset=0))
    result = []
    for row in rows[:_MAX_PACKAGES]:
        name, version = text_of(row, "name"), text_of(row, "version")
        if name and version:
            vendor, slash, plain = name.partition("/")
            result.append(
                PackageRecord(
                    type=PackageType.COMPOSER,
                    name=plain if slash else name,
                    namespace=vendor if slash else "",
                    version=version,
                    license=" OR ".join(texts_of(row, "license")[:5]),
                )
            )
    return result
