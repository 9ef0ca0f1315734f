"""How much of an image one directory or one large file holds."""

from __future__ import annotations

import msgspec

from imgscan.model.entry import EntryKind


class PathUsage(msgspec.Struct, frozen=True, kw_only=True):
    """A visible directory with the regular files anywhere below it, or one such file.

    ``path`` is relative to the image root. ``size`` is in bytes, a file of several names counted once, at the first of
    them; ``files`` counts the same files. ``layer`` is the one that holds the most of these bytes, ``layer_size`` of
    them.
    """

    path: str
    kind: EntryKind
    size: int
    files: int
    layer: int
    layer_size: int
