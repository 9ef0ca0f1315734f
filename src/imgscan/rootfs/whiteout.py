"""What a name that begins with ``.wh.`` means. Source: OCI image-spec 1.1, layer.md, "Whiteouts"; CASES 17-20."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from imgscan.model.entry import ImagePath

PREFIX = ".wh."
OPAQUE = ".wh..wh..opq"
META_PREFIX = ".wh..wh."
_AUFS = frozenset({".wh..wh.aufs", ".wh..wh.orph", ".wh..wh.plnk"})


class Kind(Enum):
    """The meanings."""

    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    META = "metadata"
    INVALID = "invalid"
    BELOW = "below a whiteout"


class Marker(NamedTuple):
    """``target`` is the path hidden (WHITEOUT), the directory emptied (OPAQUE), or the marker's own path."""

    kind: Kind
    target: ImagePath
    known: bool = True


def marker_of(path: ImagePath) -> Marker | None:
    """Return what ``path`` marks, or None for an ordinary path."""
    if PREFIX not in path:
        return None
    parent, _, name = path.rpartition("/")
    for part in parent.split("/"):
        if part.startswith(META_PREFIX):
            return Marker(Kind.META, path, part in _AUFS)
        if part.startswith(PREFIX):
            return Marker(Kind.BELOW, path)
    if not name.startswith(PREFIX):
        return None
    if name == OPAQUE:
        return Marker(Kind.OPAQUE, parent)
    if name.startswith(META_PREFIX):
        return Marker(Kind.META, path, name in _AUFS)
    hidden = name[len(PREFIX) :]
    if hidden in ("", ".", ".."):
        return Marker(Kind.INVALID, path)
    return Marker(Kind.WHITEOUT, f"{parent}/{hidden}" if parent else hidden)
