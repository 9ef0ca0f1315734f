"""What a name that begins with ``.wh.`` means. Source: OCI image-spec 1.1, layer.md, "Whiteouts"; CASES 17-20.

As runtimes have it, the last component of a path decides, and it alone: what lies in a folder of such a name is put on
disk like anything else (umoci, containerd, the overlay drivers of Docker and podman).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from imgscan.model.entry import ImagePath

PREFIX = ".wh."
OPAQUE = ".wh..wh..opq"
META_PREFIX = ".wh..wh."
_AUFS = frozenset({".wh..wh.aufs", ".wh..wh.orph", ".wh..wh.plnk"})


class MarkerType(Enum):
    """The meanings."""

    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    META = "metadata"
    INVALID = "invalid"


class Marker(NamedTuple):
    """``target`` is the path hidden, the directory emptied (OPAQUE), or the marker's own path (INVALID).

    AUFS's names (META) are whiteouts to runtimes that do not know AUFS: ``.wh..wh.aufs`` hides ``.wh.aufs``.
    """

    type: MarkerType
    target: ImagePath
    known: bool = True


def marker_of(path: ImagePath) -> Marker | None:
    """Return what ``path`` marks, or None for an ordinary path."""
    if PREFIX not in path:
        return None
    parent, slash, name = path.rpartition("/")
    if not name.startswith(PREFIX):
        return None
    if name == OPAQUE:
        return Marker(MarkerType.OPAQUE, parent)
    hidden = name[len(PREFIX) :]
    if hidden in ("", ".", ".."):
        return Marker(MarkerType.INVALID, path)
    target = f"{parent}{slash}{hidden}"
    if name.startswith(META_PREFIX):
        return Marker(MarkerType.META, target, name in _AUFS)
    return Marker(MarkerType.WHITEOUT, target)


def lies_below_marker(path: ImagePath) -> bool:
    """Whether a directory on the way to ``path`` has the name of a whiteout: no layer's maker writes such an entry."""
    return path.startswith(PREFIX, 0, path.rfind("/") + 1) or path.rfind("/" + PREFIX, 0, path.rfind("/")) >= 0
