"""Device nodes, named pipes and sockets. Source: Linux, Documentation/admin-guide/devices.txt."""

from __future__ import annotations

import re

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Severity

_USUAL = {
    "dev/null": (1, 3),
    "dev/zero": (1, 5),
    "dev/full": (1, 7),
    "dev/random": (1, 8),
    "dev/urandom": (1, 9),
    "dev/tty": (5, 0),
    "dev/console": (5, 1),
    "dev/ptmx": (5, 2),
    "dev/pts/ptmx": (5, 2),
    "dev/net/tun": (10, 200),
    "dev/fuse": (10, 229),
}
_TERMINAL = re.compile(r"dev/tty(\d{1,2})")
_MEMORY = {(1, 1), (1, 2), (1, 4)}  # mem, kmem, port


def device_class(path: str, entry: Entry) -> Severity | None:
    """Return how odd a device node is, None for one that every root filesystem has (or that the merge has told of)."""
    device = entry.device
    if entry.kind is EntryKind.CHAR and (device is None or device == (0, 0) or _USUAL.get(path) == device):
        return None
    terminal = _TERMINAL.fullmatch(path)
    if terminal and entry.kind is EntryKind.CHAR and device == (4, int(terminal[1])):
        return None
    if entry.kind is EntryKind.BLOCK or device in _MEMORY or path in _USUAL:
        return Severity.HIGH  # a disk, memory, or a node that is not what its name says
    return Severity.MEDIUM


def describe_device(entry: Entry) -> str:
    """Return kind and numbers of a device node: ``block 8:0``."""
    major, minor = entry.device or (0, 0)
    return f"{entry.kind} {major}:{minor}"
