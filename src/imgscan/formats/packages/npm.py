"""npm packages: package.json. Source: npm docs, "package.json"."""

from __future__ import annotations

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import parse_record_json, text_of
from imgscan.formats.packages.relations import bounded
from imgscan.formats.path import parent_of
from imgscan.model.package import PackageRecord, PackageType

_MAX_LENGTH = 300
_MAX_LICENSES = 5


def parse_package_json(data: bytes) -> PackageRecord:
    """Return the package that a package.json describes; a scope is its namespace.

    Raises:
        PackageDataError: not JSON, or without name and version (a marker file of a module, not a package).
    """
    document = parse_record_json(data, "package.json")
    document = document if isinstance(document, dict) else {}
    name, version = text_of(document, "name"), clean_version(text_of(document, "version"))
    if not name or not version:
        raise PackageDataError("a package.json without a name and version", Position(offset=0))
    scope, slash, plain = name.partition("/")
    return PackageRecord(
        type=PackageType.NPM,
        name=plain if slash else name,
        version=version,
        namespace=scope if slash else "",
        license=_license(document),
        depends=bounded(document["dependencies"] if isinstance(document.get("dependencies"), dict) else ()),
    )


def clean_version(text: str) -> str:
    """Return a version as npm takes it: without blanks around it and ``v`` or ``=`` before it (semver.clean)."""
    return text.strip().lstrip("=v \t")


def _license(document: dict[str, object]) -> str:
    """Return the licence: an expression, or the names in the objects that older packages have."""
    result = document.get("license") or document.get("licenses")
    items = result[:_MAX_LICENSES] if isinstance(result, list) else [result]
    names = [item.get("type") if isinstance(item, dict) else item for item in items]
    text = " OR ".join(name for name in names if isinstance(name, str) and name)
    return text if len(text) <= _MAX_LENGTH else ""


def is_installed_package(path: str) -> bool:
    """Whether a package.json at ``path`` is that of a package, not of a part or test of one."""
    folder = parent_of(path)
    _, result, inside = ("/" + folder).rpartition("/node_modules/")
    if not result:
        return True
    parts = inside.split("/")
    return len(parts) == (2 if inside.startswith("@") else 1)


def is_json(data: bytes) -> bool:
    """Whether a package.json is JSON, be it that of no package."""
    try:
        parse_record_json(data, "package.json")
    except PackageDataError:
        return False
    return True
