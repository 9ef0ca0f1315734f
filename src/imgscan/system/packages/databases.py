"""Where package managers keep their databases, below the root of a system: the one table of it.

Sources: dpkg(1) FILES; distroless (status.d); apk-tools, APK_INSTALLED; rpm, "%_dbpath" (var/lib/rpm, since Fedora 36
usr/lib/sysimage/rpm, in ostree images usr/share/rpm); pacman(8); opkg, "OPKG_STATE_DIR"; Gentoo PMS; Azure Linux,
container-manifest-2; canonical/chisel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

DPKG = "var/lib/dpkg"
STATUS_D = f"{DPKG}/status.d"
OPKG = ("var/lib/opkg", "usr/lib/opkg")
APK = ("lib/apk/db", "usr/lib/apk/db")
RPM = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
PACMAN = "var/lib/pacman/local"
PORTAGE = "var/db/pkg"
RPM_MANIFEST = "var/lib/rpmmanifest"
CHISEL = "var/lib/chisel"

RPM_NAMES = frozenset({"rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"})
RPM_LOG = "rpmdb.sqlite-wal"


class DatabaseLocation(msgspec.Struct, frozen=True):
    """A manager's database: the whole of it in one of ``files``, or spread below ``folders``."""

    manager: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


LOCATIONS = (
    DatabaseLocation("dpkg", (f"{DPKG}/status",), (STATUS_D, f"{DPKG}/info")),
    DatabaseLocation("apk", tuple(f"{folder}/installed" for folder in APK)),
    DatabaseLocation("rpm", tuple(f"{folder}/{name}" for folder in RPM for name in sorted(RPM_NAMES)), RPM),
    DatabaseLocation("pacman", (), (PACMAN,)),
    DatabaseLocation("opkg", tuple(f"{folder}/status" for folder in OPKG), tuple(f"{folder}/info" for folder in OPKG)),
    DatabaseLocation("portage", (), (PORTAGE,)),
    DatabaseLocation("rpm manifest", tuple(f"{RPM_MANIFEST}/container-manifest-{number}" for number in (1, 2))),
    DatabaseLocation("chisel", (f"{CHISEL}/manifest.wall",)),
)
_RELEASES = ("etc/os-release", "usr/lib/os-release")
_TOPS = (DPKG, *OPKG, *APK, *RPM, PACMAN, PORTAGE, RPM_MANIFEST, CHISEL, *_RELEASES)
FOLLOWED = (DPKG, *OPKG, *APK, *RPM, PACMAN, PORTAGE, RPM_MANIFEST, CHISEL, "etc", "usr/lib")
"""Directories of databases, to be found behind links, too."""
# The shortest beginning that leaves one of them: "lib/apk/db" is the end of "usr/lib/apk/db", too.
_BELOW_ROOT = re.compile(rf"(?:(.*?)/)??((?:{'|'.join(_TOPS)}|usr/share/doc)(?:/.*)?)", re.DOTALL)


def below_root(path: str) -> tuple[str, str]:
    """Return the root of the system that ``path`` is of, and the path below it.

    The root is empty for the image's own, ``rootfs`` for ``rootfs/var/lib/dpkg/status``: a system in a directory, as
    builders, chroots and ostree deployments have it.
    """
    match = _BELOW_ROOT.fullmatch(path)
    return (match[1] or "", match[2]) if match else ("", path)


def database_files() -> tuple[str, ...]:
    """Return the paths of files that record all packages of a system, those of logs left out."""
    files = (path for location in LOCATIONS for path in location.files)
    return tuple(path for path in files if not path.endswith(RPM_LOG))


def is_of_database(path: str) -> bool:
    """Whether a path is of a system's database, the image's own or that of a system in a directory."""
    starts = (item for location in LOCATIONS for item in (*location.files, *location.folders))
    return below_root(path)[1].startswith(tuple(starts))


def starts_of(manager: str) -> tuple[str, ...]:
    """Return how paths begin at which a manager writes when it installs something."""
    return tuple(_starts(manager))


def _starts(manager: str) -> Iterator[str]:
    for location in LOCATIONS:
        if location.manager == manager:
            yield from (path for path in location.files if not path.startswith(location.folders or ("\0",)))
            yield from (f"{folder}/" for folder in location.folders)
