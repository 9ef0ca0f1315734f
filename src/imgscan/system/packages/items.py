"""Packages as the inventory lists them."""

from __future__ import annotations

from imgscan.formats.packages.os_release import OsRelease
from imgscan.formats.packages.purl import make_purl
from imgscan.model.observer import Data
from imgscan.model.package import SYSTEM_TYPES, PackageRecord, PackageType
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.system.packages.gathered import InstalledPackage


def package_item(
    view: ImageView, package: InstalledPackage, release: OsRelease | None, owner: InstalledPackage | None = None
) -> Data:
    """Return the inventory item of a package; ``owner`` is the system package that a language package came in."""
    record = package.record
    item: Data = {
        "type": str(record.type),
        "name": f"{record.namespace}/{record.name}" if record.namespace else record.name,
        "version": full_version(record),
        "arch": record.arch or None,
        "source": record.source or None,
        "source_version": record.source_version or None,
        "license": record.license or None,
        "supplier": record.supplier or None,
        "purl": purl_of(package, release),
        "path": absolute(package.database),
        "layer": package.layer,
        "created_by": view.points[package.layer].created_by,
        "database": "visible" if package.visible else "deleted",
        "package": owner.record.name if owner is not None else None,
    }
    rare: Data = {"module": record.module, "also_in": [absolute(path) for path in package.also_in]}
    return item | {name: value for name, value in rare.items() if value}


def full_version(record: PackageRecord) -> str:
    """Return the version that its package manager compares: rpm's begins with the epoch where that is not 0."""
    return f"{record.epoch}:{record.version}" if record.epoch not in ("", "0") else record.version


_QUALIFIERS = {
    PackageType.GEM: {"platform": "arch"},
    PackageType.CONDA: {"subdir": "arch", "build": "build", "channel": "supplier"},
    PackageType.NIX: {"output": "arch", "outputhash": "build"},
    PackageType.JULIA: {"uuid": "build"},
}
"""Qualifiers of package URLs that are not the usual ``arch``, by the field of the record (purl-spec, PURL-TYPES)."""


def purl_of(package: InstalledPackage, release: OsRelease | None) -> str:
    """Return a package's URL; the distribution is namespace and qualifier of a system package's."""
    record = package.record
    if record.type not in SYSTEM_TYPES or record.type is PackageType.EBUILD:
        fields = _QUALIFIERS.get(record.type, {"arch": "arch"})
        given = {key: str(getattr(record, field)) for key, field in fields.items()}
        return make_purl(record.type, record.name, record.version, record.namespace, given)
    distro = release.id if release is not None and release.id != "linux" else ""
    version = release.version_id if release is not None else ""
    qualifiers = {
        "arch": record.arch,
        "epoch": record.epoch,
        "distro": f"{distro}-{version}" if distro and version else distro,
    }
    return make_purl(record.type, record.name, record.version, distro, qualifiers)
