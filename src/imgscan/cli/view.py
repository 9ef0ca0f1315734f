"""What a confined process may read: the interpreter, its libraries, a few files of the system, what the user named."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

_SYSTEM = (
    # Libraries that are loaded late, their cache and tables; nix and guix have theirs elsewhere.
    *("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/ld-musl-x86_64.path", "/etc/ld-musl-aarch64.path"),
    # What Python, the C library and imgscan ask of the machine and of themselves.
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/proc/sys/kernel/seccomp"),
    *("/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
)
_OPEN_FILE = re.compile(r"/(?:dev|proc/self|proc/\d+)/fd/(\d+)")
_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")


def readable_paths(named: Iterable[str]) -> tuple[str, ...]:
    """Return what may be read, given the sources, rules and databases that the user named."""
    paths = [f"{path}{end}" for path in named for end in ("", *_BESIDE_A_DATABASE)]
    return tuple(dict.fromkeys((*_SYSTEM, *_of_python(), *filter(_exists, paths))))


def open_files(named: Iterable[str]) -> frozenset[int]:
    """Return the descriptors that are named as paths: ``/dev/fd/63`` is what a shell makes of ``<(command)``."""
    matches = map(_OPEN_FILE.fullmatch, named)
    return frozenset(int(match[1]) for match in matches if match is not None)


def _exists(path: str) -> bool:
    with suppress(OSError, ValueError):
        return bool(path) and os.path.exists(path)
    return False


def _of_python() -> Iterator[str]:
    """Yield where modules come from: folders to look in, and packages and files that were loaded from elsewhere.

    Python puts the current folder first where it is started with ``-m``. It can be the user's home, and is nothing that
    anybody named; with ``PYTHONPATH`` it is.
    """
    folders = {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    asked = {os.path.realpath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path}
    current = os.path.realpath(os.curdir) if os.path.exists(os.curdir) else ""
    folders |= {os.path.realpath(path) for path in sys.path if path}
    folders |= {os.path.realpath(path) for path in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if path}
    known = (*sorted(folders - ({current} - asked)),)
    yield from known
    below = tuple(f"{folder}{os.sep}" for folder in (*known, *_SYSTEM))
    for module in tuple(sys.modules.values()):
        with suppress(Exception):  # a module may be anything
            paths = getattr(module, "__path__", None) or filter(None, (getattr(module, "__file__", None),))
            yield from (path for path in map(str, paths) if not path.startswith(below))
