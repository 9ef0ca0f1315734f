"""The parts of an image that decide what runs: a path belongs to the nearest region at or above it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from imgscan.analyzers.permissions.files import PermissionFiles
from imgscan.analyzers.permissions.targets import scheduled, start_libraries
from imgscan.formats.path import clean_path, parent_of
from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView
from imgscan.system.programs.command_files import working_dir
from imgscan.system.programs.entrypoint import start_steps
from imgscan.system.programs.lookup import STANDARD_PATH, search_path
from imgscan.system.programs.services import served


class Region(StrEnum):
    """What a part of the image is to what runs in it."""

    PROGRAMS = "programs"
    LIBRARIES = "libraries"
    START = "start"
    CODE = "code"
    SCHEDULE = "schedule"
    SERVICES = "services"
    ACCOUNTS = "accounts"
    TRUST = "trust"


WHAT = {
    Region.PROGRAMS: "directories of PATH and the programs in them",
    Region.LIBRARIES: "libraries and what programs load beside them",
    Region.START: "what the container starts",
    Region.CODE: "application code",
    Region.SCHEDULE: "what cron runs",
    Region.SERVICES: "service definitions and start scripts",
    Region.ACCOUNTS: "accounts, sudo and login files",
    Region.TRUST: "certificates and package sources",
}

_FIXED = (
    (Region.LIBRARIES, "/lib /lib32 /lib64 /libx32 /usr/lib /usr/lib32 /usr/lib64 /usr/libx32 /usr/local/lib"),
    (Region.LIBRARIES, "/usr/local/lib64 /etc/ld.so.conf /etc/ld.so.conf.d /etc/ld.so.cache /etc/ld.so.preload"),
    (Region.SCHEDULE, "/etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly"),
    # Of the spool root's own table alone: others' run as their owners.
    (Region.SCHEDULE, "/var/spool/cron/crontabs/root /var/spool/cron/root /var/spool/cron/tabs/root /etc/anacrontab"),
    (Region.SCHEDULE, "/etc/periodic /etc/crontabs/root"),
    (Region.SERVICES, "/etc/systemd /usr/lib/systemd /lib/systemd /etc/init.d /etc/rc.local /etc/inittab /etc/rc.d"),
    (Region.SERVICES, "/etc/s6-overlay /etc/s6 /etc/services.d /etc/cont-init.d /etc/sv /etc/service /etc/runit"),
    (Region.SERVICES, "/etc/supervisor /etc/supervisord.conf /etc/supervisord.d /etc/supervisor.d /etc/xinetd.d"),
    (Region.SERVICES, "/docker-entrypoint.d /docker-entrypoint-initdb.d /etc/my_init.d"),
    (Region.ACCOUNTS, "/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/sudoers /etc/sudoers.d /etc/pam.d"),
    (Region.ACCOUNTS, "/etc/ssh /root/.ssh /root/.bashrc /root/.profile /root/.bash_profile /etc/nsswitch.conf"),
    (Region.ACCOUNTS, "/etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/environment /etc/security"),
    (Region.TRUST, "/etc/ssl /etc/pki /usr/local/share/ca-certificates /etc/ca-certificates /etc/ca-certificates.conf"),
    (Region.TRUST, "/etc/apt /etc/apk /etc/yum.repos.d /etc/yum.conf /etc/dnf /etc/zypp /etc/pip.conf"),
)
_MAX_FOLDERS = 200
_MAX_LINKS = 5000
_RUN = frozenset({Region.PROGRAMS, Region.SCHEDULE, Region.SERVICES})
"""Regions in which a link is run, whoever owns what it leads to."""
_CODE_VARIABLES = frozenset("PYTHONPATH NODE_PATH PERL5LIB RUBYLIB GOPATH CLASSPATH".split())


class Regions:
    """The regions of one image, by the real paths of their roots.

    ``above`` are the directories on the way to a root: who may write there replaces what lies below.
    """

    def __init__(self, view: ImageView) -> None:
        self.roots: dict[str, Region] = {}
        self.above: dict[str, Region] = {}
        self._near: dict[str, Region | None] = {"": None}
        for region, path in _roots(view):
            real = view.resolve(path)
            if real:
                self.roots.setdefault(real, region)
        for path, region in list(self._led_to(view)):
            self.roots.setdefault(path, region)
        self._near = {"": None}
        for path, region in self.roots.items():
            while path:
                path = parent_of(path)
                self.above.setdefault(path, region)

    def _led_to(self, view: ImageView) -> Iterator[tuple[str, Region]]:
        """Yield what links inside a region lead to outside of all: who may change that changes what the link runs."""
        left = _MAX_LINKS
        for path, entry, _ in view.rows():
            if entry.kind is not EntryKind.SYMLINK:
                continue
            folder = parent_of(path)
            region = self.of(folder)
            if region not in _RUN or not left:
                continue
            target = entry.link_target or ""
            if self.of(parent_of(clean_path(target if target.startswith("/") else f"{folder}/{target}"))) is not None:
                continue
            left -= 1
            real = view.resolve(path)
            if real is not None and self.of(parent_of(real)) is None:
                yield real, region

    def of(self, path: str) -> Region | None:
        """Return the region of what lies in the directory ``path``, None outside all of them."""
        near = self._near
        missing = []
        while path not in near:
            if path in self.roots:
                near[path] = self.roots[path]
                break
            missing.append(path)
            path = parent_of(path)
        result = near[path]
        for lower in reversed(missing):
            # Of a directory of PATH the programs in it count, not what lies below.
            result = None if result is Region.PROGRAMS else result
            near[lower] = result
        return result

    def touched(self, path: str, directory: bool) -> Region | None:
        """Return the region that a change of ``path`` changes: its own, or one that lies below it."""
        result = self.roots.get(path) or self.of(parent_of(path))
        return self.above.get(path) if result is None and directory else result


def regions_of(view: ImageView) -> Regions:
    """Return the regions of an image; call it through ``view.derived``."""
    return Regions(view)


def _roots(view: ImageView) -> Iterator[tuple[Region, str]]:
    """Yield each region's roots; the first region of a path is the one that counts."""
    for step in view.derived(start_steps):
        if step.node is not None:
            yield Region.START, step.node.path
    for region, paths in _FIXED:
        for path in paths.split():
            yield region, path
    for path in (*search_path(view), *STANDARD_PATH):
        if path.startswith("/"):
            yield Region.PROGRAMS, path
    for path in scheduled(view):
        yield Region.SCHEDULE, path
    for path in served(view):
        yield Region.SERVICES, path
    for path in start_libraries(view):
        yield Region.LIBRARIES, path
    for name, value in (item.partition("=")[::2] for item in view.config.env):
        linked = name == "LD_LIBRARY_PATH"
        for path in value.split(":", _MAX_FOLDERS)[:_MAX_FOLDERS] if linked or name in _CODE_VARIABLES else ():
            if path.startswith("/"):
                yield Region.LIBRARIES if linked else Region.CODE, path
    for fact in view.visible(PermissionFiles):
        for path in fact.data.folders or ():
            yield Region.LIBRARIES, path
    folder = working_dir(view)
    if folder:
        yield Region.CODE, folder
