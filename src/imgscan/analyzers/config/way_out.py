"""Paths that lead out of a container: through an open file, a directory or a root of a process.

Source: CVE-2024-21626; proc(5), /proc/pid/fd, /proc/pid/cwd, /proc/pid/root.
"""

from __future__ import annotations

import re

from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.view import ImageView

_OUT = re.compile(r"(?:proc/(?:self|thread-self|\d+)(?:/task/\d+)?/(?:fd|cwd|root)|dev/fd)(?:/|\Z)")
_MOUNTED = ("proc", "dev", "sys")
"""What the image has below is hidden by mounts, when the container runs."""
_MAX_LINKS = 40
"""Linux, include/linux/namei.h, MAXSYMLINKS."""
_MAX_PARTS = 10_000
_MAX_LENGTH = 4096
"""PATH_MAX: of a longer path or link nothing is ever opened."""


def way_out(view: ImageView, path: str) -> ImagePath | None:
    """Return the place, as far as it was followed, where a path leaves the container; None where it stays inside.

    Links of the image are followed, and what the image lacks is taken as written. A way that leaves does so
    whatever comes behind, ``..`` too: it goes up from the other side.
    """
    ahead = path[:_MAX_LENGTH].split("/")[::-1]
    real: list[str] = []
    links = 0
    for _ in range(_MAX_PARTS):
        if not ahead:
            return None
        name = ahead.pop()
        if name in ("", "."):
            continue
        if name == "..":
            real = real[:-1]
            continue
        here = "/".join((*real, name))
        result = view.at(here) if not real or real[0] not in _MOUNTED else None
        if result is not None and result[0].kind is EntryKind.SYMLINK and links < _MAX_LINKS:
            links += 1
            target = result[0].link_target or ""
            real = [] if target.startswith("/") else real
            ahead += target[:_MAX_LENGTH].split("/")[::-1]
            continue
        real.append(name)
        if real[0] in _MOUNTED and _OUT.match(here):
            # The number of the open file, where there is one.
            return f"{here}/{ahead[-1]}" if ahead and ahead[-1].isdecimal() else here
    return None
