"""Files that say what root runs or who may log in: keys, login files, the linker's lists, cron tables."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from imgscan.formats.path import base_name, clean_path
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.interest import Interest, Links
from imgscan.model.observed import Content
from imgscan.shell.crontab import run_as_root

_MAX_BYTES = 1 << 16
_MAX_PROGRAMS = 50
PRIVATE_KEYS = frozenset(
    "id_rsa id_dsa id_ecdsa id_ed25519 id_ecdsa_sk id_ed25519_sk identity ssh_host_rsa_key ssh_host_dsa_key "
    "ssh_host_ecdsa_key ssh_host_ed25519_key".split()
)
LOGIN_FILES = frozenset({".ssh", "authorized_keys", "authorized_keys2"})
# Tables of cron that have commands of root; whether each line names its user.
_TABLES = {
    "etc/crontab": True,
    "var/spool/cron/crontabs/root": False,
    "var/spool/cron/root": False,
    "var/spool/cron/tabs/root": False,
    "etc/crontabs/root": False,
}


def read_as(path: str) -> str | None:
    """Return what of root's a path says, None for nothing."""
    if is_library_list(path):
        return "libraries"
    if path in _TABLES or path.startswith("etc/cron.d/"):
        return "cron"
    return base_name(path) if base_name(path) in PRIVATE_KEYS | LOGIN_FILES else None


class PermissionFact(msgspec.Struct, frozen=True, kw_only=True):
    """One file: a key or login file says nothing but that it is there."""

    folders: tuple[str, ...] | None = None
    """The directories that a list of the linker names; None for another file."""
    runs: tuple[str, ...] = ()
    """What a table of cron has root run."""


class PermissionFiles:
    """Observes private keys and login files by name, the linker's lists of directories, and root's cron tables."""

    id = "permissions"
    version = 2
    fact = PermissionFact
    interest = Interest(
        links=Links(read_as, ("etc", "etc/cron.d", "etc/ld.so.conf.d", "var/spool/cron", "root/.ssh")),
        names=PRIVATE_KEYS | LOGIN_FILES | {"ld.so.conf"},
        globs=("etc/ld.so.conf.d/*", "etc/ld-musl-*", "etc/cron.d/*"),
        paths=frozenset(_TABLES),
        kinds=frozenset({EntryKind.FILE, EntryKind.DIRECTORY}),
        max_content_bytes=_MAX_BYTES,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[PermissionFact]:
        """Yield one fact for each key and login file, the directories of linker lists, what cron has root run."""
        if is_library_list(entry.path):
            yield PermissionFact(folders=tuple(library_folders(content.data)))
        elif entry.path in _TABLES or entry.path.startswith("etc/cron.d/"):
            text = content.data.decode("utf-8", "surrogateescape")
            runs = run_as_root(text, system=_TABLES.get(entry.path, True))
            if runs:
                yield PermissionFact(runs=tuple(runs[:_MAX_PROGRAMS]))
        elif base_name(entry.path) in PRIVATE_KEYS | LOGIN_FILES:
            yield PermissionFact()


def library_folders(data: bytes) -> list[str]:
    """Return the directories that a file of ld.so.conf (or musl's ld-musl-*.path) names. Source: ldconfig(8)."""
    text = data.decode("utf-8", "surrogateescape")
    result = [word for line in text.split("\n") for word in line.partition("#")[0].replace(":", " ").split()]
    return [f"/{clean_path(word)}" for word in result if word.startswith("/") and not word.endswith(".conf")][:1000]


def is_library_list(path: str) -> bool:
    """Whether a path is a file that lists directories of libraries."""
    return path == "etc/ld.so.conf" or any(
        fnmatchcase(path, glob) for glob in ("etc/ld.so.conf.d/*.conf", "etc/ld-musl-*.path")
    )
