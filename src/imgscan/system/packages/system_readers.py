"""What the files of package databases say, as facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from imgscan.errors import InputError, PackageDataError, Position
from imgscan.formats.packages import apk, dpkg, pacman, store_path
from imgscan.formats.packages.chisel import parse_manifest_wall
from imgscan.formats.packages.copyright import parse_copyright
from imgscan.formats.packages.os_release import parse_os_release
from imgscan.formats.packages.rpm_db import read_header_blobs
from imgscan.formats.packages.rpm_digest import is_as_packaged
from imgscan.formats.packages.rpm_header import parse_rpm_header
from imgscan.formats.packages.rpm_manifest import parse_rpm_manifest, parse_rpm_names
from imgscan.formats.path import base_name, parent_of
from imgscan.model.package import PackageFile, PackageRecord, PackageType
from imgscan.system.packages.databases import APK, CHISEL, DPKG, OPKG, PACMAN, PORTAGE, RPM, RPM_MANIFEST, RPM_NAMES
from imgscan.system.packages.databases import STATUS_D as _STATUS_D
from imgscan.system.packages.facts import (
    ApkInstalled,
    ChiselManifest,
    Copyright,
    Diversions,
    DpkgList,
    DpkgMd5sums,
    DpkgStatus,
    DpkgStatusD,
    OpkgStatus,
    PackageFact,
    PacmanDesc,
    PacmanFiles,
    PacmanMtree,
    PortageContents,
    ReadError,
    RecordedPackage,
    ReleaseFile,
    RpmAltered,
    RpmDatabase,
    RpmManifest,
    RpmNames,
    StatOverrides,
    recorded,
)
from imgscan.system.packages.records import pack_digests, pack_files

Reader = Callable[[str, str, bytes], Iterator[PackageFact]]
"""Yields the facts on a file, given the root of its system, its path below that and its content."""

_DOCUMENTATION = "usr/share/doc"
_DOCUMENTATION_DEPTH = 2


def system_reader(inner: str) -> Reader | None:
    """Return what reads the file at ``inner``, a path below the root of a system; None for no database's file."""
    name, folder = base_name(inner), parent_of(inner)
    if folder in _INFO:
        return _DPKG_INFO.get(name.rpartition(".")[2])
    result = _BY_FOLDER.get(folder, {}).get(name)
    if result is not None:
        return result
    if folder == _STATUS_D:
        return _DPKG_INFO.get(name.rpartition(".")[2], _status_d)
    if name in RPM_NAMES:
        return _rpm if folder in RPM else None
    if name in _PACMAN_FILES and inner.startswith(f"{PACMAN}/"):
        return _PACMAN_FILES[name]
    if name in _PORTAGE_FILES and inner.startswith(f"{PORTAGE}/"):
        return _PORTAGE_FILES[name]
    if name == "copyright" and parent_of(folder) == _DOCUMENTATION:
        return _copyright
    return None


# dpkg and opkg


def _collected(
    root: str, records: Iterator[PackageRecord]
) -> tuple[tuple[RecordedPackage, ...], tuple[ReadError, ...]]:
    """Return the records of a database, and a fact on its damage: what precedes it counts all the same."""
    packages: list[RecordedPackage] = []
    try:
        packages.extend(recorded(_rooted(root, record)) for record in records)
    except InputError as error:
        return tuple(packages), (ReadError(message=error.message),)
    return tuple(packages), ()


def _rooted(root: str, record: PackageRecord) -> PackageRecord:
    return replace(record, files=tuple(_rooted_files(root, record.files))) if root else record


def _rooted_files(root: str, files: Iterable[PackageFile]) -> Iterable[PackageFile]:
    """Return files as the image has them: their paths begin at the root of their system."""
    return (replace(file, path=f"{root}/{file.path}") for file in files) if root else files


def _dpkg_status(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    packages, faults = _collected(root, dpkg.parse_status(content))
    yield DpkgStatus(packages=packages)
    yield from faults


def _status_d(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    packages, faults = _collected(root, dpkg.parse_status(content))
    yield DpkgStatusD(packages=packages)
    yield from faults


def _opkg_status(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    packages, faults = _collected(root, dpkg.parse_status(content, PackageType.OPKG))
    yield OpkgStatus(packages=packages)
    yield from faults


def _opkg_control(_root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    """Yield the licence, which the status of opkg leaves out."""
    for record in dpkg.parse_status(content, PackageType.OPKG):
        if record.license:
            yield Copyright(package=record.name, license=record.license)


def _dpkg_list(root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    paths = dpkg.parse_list(content)
    if not paths and content.strip().strip(b"/."):
        raise PackageDataError("a list of files without one path", Position(offset=0))
    listed = [f"{root}/{item}" for item in paths] if root else paths
    yield DpkgList(package=base_name(path).removesuffix(".list"), paths="\0".join(listed))


def _dpkg_md5sums(root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    sums = dpkg.parse_md5sums(content)
    if not sums and content.strip():
        raise PackageDataError("a list of checksums without one", Position(offset=0))
    if root:
        sums = {f"{root}/{name}": digest for name, digest in sums.items()}
    packed = pack_digests((name for name in sums if "\0" not in name), sums, {})
    yield DpkgMd5sums(package=base_name(path).removesuffix(".md5sums"), files=packed)


def _dpkg_diversions(_root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield Diversions(diversions=tuple(dpkg.parse_diversions(content)))


def _dpkg_statoverride(_root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield StatOverrides(overrides=tuple(dpkg.parse_statoverride(content)))


def _copyright(_root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    result = parse_copyright(content)
    if result:
        yield Copyright(package=base_name(parent_of(path)), license=result)


# apk, rpm, pacman, portage, chisel


def _apk(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    packages, faults = _collected(root, apk.parse_installed(content))
    yield ApkInstalled(packages=packages)
    yield from faults


def _rpm(root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    if not content:
        return  # an empty log, as a database that was closed leaves it
    packages, altered, faults = [], list[str](), list[str]()
    damaged, log = 0, path.endswith("-wal")
    blobs = read_header_blobs(content)
    while True:
        try:
            blob = next(blobs)
        except StopIteration:
            break
        except InputError as error:
            faults.append(error.message)
            break
        try:
            record = parse_rpm_header(blob)
        except PackageDataError:
            damaged += 1
            continue
        if not record.version:
            damaged += 1
            continue
        packages.append(recorded(_rooted(root, record)))
        if is_as_packaged(blob) is False:
            altered.append(f"{record.name} {record.version}")
    if packages or not faults:
        yield RpmDatabase(packages=tuple(packages), log=log)
    if altered:
        yield RpmAltered(names=tuple(altered))
    if damaged and not log:
        faults.append(f"{damaged} headers are damaged")
    for fault in faults:
        yield ReadError(message=fault)


def _rpm_manifest(_root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield RpmManifest(packages=tuple(map(recorded, parse_rpm_manifest(content))))


def _rpm_names(_root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield RpmNames(packages=tuple(map(recorded, parse_rpm_names(content))))


def _chisel(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    records = parse_manifest_wall(content)
    yield ChiselManifest(packages=tuple(recorded(_rooted(root, record)) for record in records))


def _pacman_desc(_root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield PacmanDesc(package=recorded(pacman.parse_desc(content)))


def _pacman_files(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield PacmanFiles(files=pack_files(_rooted_files(root, pacman.parse_files(content))))


def _pacman_mtree(root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield PacmanMtree(files=pack_files(_rooted_files(root, pacman.parse_mtree(content))))


def _portage_contents(root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    record = store_path.parse_ebuild_folder(parent_of(path))
    if record is not None:
        files = tuple(_rooted_files(root, store_path.parse_contents(content)))
        yield PortageContents(package=recorded(replace(record, files=files)))


def _portage_license(_root: str, path: str, content: bytes) -> Iterator[PackageFact]:
    text = " ".join(content[:2000].decode("utf-8", "replace").split())
    yield Copyright(package=base_name(parent_of(path)), license=text)


def _os_release(_root: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    yield ReleaseFile(release=parse_os_release(content))


_INFO = frozenset({f"{DPKG}/info", *(f"{folder}/info" for folder in OPKG)})
_DPKG_INFO: dict[str, Reader] = {"list": _dpkg_list, "md5sums": _dpkg_md5sums, "control": _opkg_control}
_BY_FOLDER: dict[str, dict[str, Reader]] = {
    DPKG: {"status": _dpkg_status, "diversions": _dpkg_diversions, "statoverride": _dpkg_statoverride},
    **{folder: {"status": _opkg_status} for folder in OPKG},
    **{folder: {"installed": _apk} for folder in APK},
    RPM_MANIFEST: {"container-manifest-1": _rpm_names, "container-manifest-2": _rpm_manifest},
    CHISEL: {"manifest.wall": _chisel},
    "etc": {"os-release": _os_release},
    "usr/lib": {"os-release": _os_release},
}
_PACMAN_FILES: dict[str, Reader] = {"desc": _pacman_desc, "files": _pacman_files, "mtree": _pacman_mtree}
_PORTAGE_FILES: dict[str, Reader] = {"CONTENTS": _portage_contents, "LICENSE": _portage_license}
