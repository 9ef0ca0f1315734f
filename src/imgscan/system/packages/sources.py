"""Where packages are recorded in an image, and what reads each of these files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imgscan.errors import InputError, PackageDataError
from imgscan.formats.packages import apk, dpkg, gemspec, pacman
from imgscan.formats.packages import npm as npm_package
from imgscan.formats.packages import python as python_package
from imgscan.formats.packages.java.archive import parse_jar
from imgscan.formats.packages.java.file_name import SUFFIXES as JAVA_SUFFIXES
from imgscan.formats.packages.os_release import parse_os_release
from imgscan.formats.packages.rpm_db import read_header_blobs
from imgscan.formats.packages.rpm_digest import is_as_packaged
from imgscan.formats.packages.rpm_header import parse_rpm_header
from imgscan.formats.path import base_name, parent_of
from imgscan.model.observer import Data
from imgscan.model.package import PackageRecord
from imgscan.system.packages.records import pack_digests, pack_files, record_data

DPKG = "var/lib/dpkg"
STATUS_D = f"{DPKG}/status.d"
PATHS = frozenset(
    {
        f"{DPKG}/status",
        f"{DPKG}/diversions",
        f"{DPKG}/statoverride",
        "lib/apk/db/installed",
        "usr/lib/apk/db/installed",
        "etc/os-release",
        "usr/lib/os-release",
    }
)
FOLDERS = frozenset({STATUS_D})
SUFFIXES = frozenset({".list", ".md5sums", ".gemspec", ".egg-info", *JAVA_SUFFIXES})
RPM_NAMES = frozenset({"rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"})
NAMES = RPM_NAMES | {"METADATA", "RECORD", "PKG-INFO", "installed-files.txt", "package.json", "desc", "files", "mtree"}
_RPM_FOLDERS = frozenset({"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"})
DATABASES = (
    f"{DPKG}/status",
    "lib/apk/db/installed",
    "usr/lib/apk/db/installed",
    *(f"{folder}/{name}" for folder in sorted(_RPM_FOLDERS) for name in sorted(RPM_NAMES)),
)
"""Files that record all packages of a system."""
_PACMAN = "var/lib/pacman/local/"

Reader = Callable[[str, bytes], Iterator[Data]]
"""Yields the data of facts on the file at a path, given its content."""


def reader_of(path: str) -> Reader | None:
    """Return what reads the file at ``path``, None when it records no package."""
    name, folder = base_name(path), parent_of(path)
    if folder == f"{DPKG}/info":
        return {"list": _dpkg_list, "md5sums": _dpkg_md5sums}.get(name.rpartition(".")[2])
    if path in PATHS:
        return _BY_PATH[name]
    if folder == STATUS_D:
        return _dpkg_md5sums if name.endswith(".md5sums") else _status_d
    if name in RPM_NAMES:
        return _rpm if folder in _RPM_FOLDERS else None
    if name in ("desc", "files", "mtree"):
        return _PACMAN_FILES[name] if path.startswith(_PACMAN) else None
    return _language_reader(name, folder, path)


def _language_reader(name: str, folder: str, path: str) -> Reader | None:
    if name in ("METADATA", "RECORD"):
        return _PYTHON_FILES[name] if folder.endswith(".dist-info") else None
    if name in ("PKG-INFO", "installed-files.txt"):
        return _PYTHON_FILES[name] if folder.endswith(".egg-info") else None
    if name == "package.json":
        return _npm if npm_package.is_installed_package(path) else None
    if name.endswith(".egg-info"):
        return _metadata
    if name.endswith(".gemspec"):
        return (
            _gem if base_name(folder) == "specifications" or base_name(parent_of(folder)) == "specifications" else None
        )
    return _jar if name.endswith(JAVA_SUFFIXES) else None


# dpkg


def _collected(records: Iterator[PackageRecord]) -> tuple[list[Data], list[Data]]:
    """Return the records of a database, and a fact on its damage: what precedes it counts all the same."""
    packages: list[Data] = []
    try:
        packages.extend(record_data(record) for record in records)
    except InputError as error:
        return packages, [{"what": "error", "message": error.message}]
    return packages, []


def _dpkg_status(_path: str, content: bytes) -> Iterator[Data]:
    packages, faults = _collected(dpkg.parse_status(content))
    yield {"what": "dpkg-status", "packages": packages}
    yield from faults


def _status_d(path: str, content: bytes) -> Iterator[Data]:
    packages, faults = _collected(dpkg.parse_status(content))
    yield {"what": "dpkg-status.d", "file": base_name(path), "packages": packages}
    yield from faults


def _dpkg_list(path: str, content: bytes) -> Iterator[Data]:
    paths = "\0".join(dpkg.parse_list(content))
    yield {"what": "dpkg-list", "package": base_name(path).removesuffix(".list"), "paths": paths}


def _dpkg_md5sums(path: str, content: bytes) -> Iterator[Data]:
    sums = dpkg.parse_md5sums(content)
    packed = pack_digests((name for name in sums if "\0" not in name), sums, {})
    yield {"what": "dpkg-md5sums", "package": base_name(path).removesuffix(".md5sums"), "files": packed}


def _dpkg_diversions(_path: str, content: bytes) -> Iterator[Data]:
    found = [[item.path, item.target, item.by] for item in dpkg.parse_diversions(content)]
    yield {"what": "dpkg-diversions", "diversions": found}


def _dpkg_statoverride(_path: str, content: bytes) -> Iterator[Data]:
    found = [[item.path, item.mode, item.owner, item.group] for item in dpkg.parse_statoverride(content)]
    yield {"what": "dpkg-statoverride", "overrides": found}


# apk, rpm, pacman


def _apk(_path: str, content: bytes) -> Iterator[Data]:
    packages, faults = _collected(apk.parse_installed(content))
    yield {"what": "apk", "packages": packages}
    yield from faults


def _rpm(path: str, content: bytes) -> Iterator[Data]:
    if not content:
        return  # an empty log, as a database that was closed leaves it
    packages, altered, damaged = [], list[str](), 0
    for blob in read_header_blobs(content):
        try:
            record = parse_rpm_header(blob)
            packages.append(record_data(record))
            if is_as_packaged(blob) is False:
                altered.append(f"{record.name} {record.version}")
        except PackageDataError:
            damaged += 1
    yield {"what": "rpm", "log": path.endswith("-wal"), "packages": packages}
    if altered:
        yield {"what": "rpm-altered", "packages": altered}
    if damaged and not path.endswith("-wal"):
        yield {"what": "error", "message": f"{damaged} headers are damaged"}


def _pacman_desc(_path: str, content: bytes) -> Iterator[Data]:
    yield {"what": "pacman-desc", "package": record_data(pacman.parse_desc(content))}


def _pacman_files(_path: str, content: bytes) -> Iterator[Data]:
    yield {"what": "pacman-files", "files": pack_files(pacman.parse_files(content))}


def _pacman_mtree(_path: str, content: bytes) -> Iterator[Data]:
    yield {"what": "pacman-mtree", "files": pack_files(pacman.parse_mtree(content))}


# Languages


def _metadata(_path: str, content: bytes) -> Iterator[Data]:
    yield {"what": "package", "package": record_data(python_package.parse_metadata(content))}


def _record(path: str, content: bytes) -> Iterator[Data]:
    yield {"what": "python-files", "files": pack_files(python_package.parse_record(content, parent_of(path)))}


def _installed_files(path: str, content: bytes) -> Iterator[Data]:
    folder = parent_of(path)
    names = content.decode("utf-8", "surrogateescape").split("\n")[: python_package.MOST_FILES]
    lines = "\n".join(f"{base_name(folder)}/{name.strip()},," for name in names if name.strip() and "," not in name)
    listed = python_package.parse_record(lines.encode("utf-8", "surrogateescape"), folder)
    yield {"what": "python-files", "files": pack_files(listed)}


def _npm(_path: str, content: bytes) -> Iterator[Data]:
    try:
        record = npm_package.parse_package_json(content)
    except PackageDataError:
        return  # modules have such files for themselves, to say how they are to be loaded
    yield {"what": "package", "package": record_data(record)}


def _gem(_path: str, content: bytes) -> Iterator[Data]:
    yield {"what": "package", "package": record_data(gemspec.parse_gemspec(content))}


def _jar(path: str, content: bytes) -> Iterator[Data]:
    found = parse_jar(content, path)
    for record in found.packages:
        yield {"what": "package", "package": record_data(record)}
    for name, why in found.skipped:
        yield {"what": "error", "message": f"{name}: {why}"}


def _os_release(_path: str, content: bytes) -> Iterator[Data]:
    found = parse_os_release(content)
    yield {
        "what": "os-release",
        "id": found.id,
        "like": list(found.like),
        "version_id": found.version_id,
        "codename": found.codename,
        "pretty_name": found.pretty_name,
        "variant_id": found.variant_id,
    }


_BY_PATH: dict[str, Reader] = {
    "status": _dpkg_status,
    "diversions": _dpkg_diversions,
    "statoverride": _dpkg_statoverride,
    "installed": _apk,
    "os-release": _os_release,
}
_PACMAN_FILES: dict[str, Reader] = {"desc": _pacman_desc, "files": _pacman_files, "mtree": _pacman_mtree}
_PYTHON_FILES: dict[str, Reader] = {
    "METADATA": _metadata,
    "RECORD": _record,
    "PKG-INFO": _metadata,
    "installed-files.txt": _installed_files,
}
