"""One member of one layer."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

ImagePath: TypeAlias = str
"""A path relative to the image root: no leading slash, no ``.``, ``..`` or ``//``; the root itself is ``""``.

Decoded from UTF-8 with ``surrogateescape``: ``os.fsencode`` gives the bytes back.
"""


class EntryKind(StrEnum):
    """What an entry is; the values are those of the listing (``imgscan ls -f jsonl``)."""

    FILE = "file"
    DIRECTORY = "dir"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHAR = "char"
    BLOCK = "block"
    FIFO = "fifo"
    SOCKET = "socket"


# A layer makes 10^5 of these, and a msgspec Struct builds ten times faster than a frozen dataclass.
class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One tar entry of one layer, as its header states it, before any merge.

    Units: ``size`` (of a sparse file: expanded) and ``offset`` in bytes, ``offset`` being where the content
    starts in the uncompressed layer; ``mode`` is the low 12 bits of st_mode; ``mtime_ns`` in nanoseconds since
    the Unix epoch. ``link_target`` is a symlink's text as written, or a hardlink's cleaned path; ``device`` the
    major and minor number of a device node; ``xattrs`` the extended attributes of pax records.
    Source: OCI image-spec 1.1, layer.md, "File Attributes".
    """

    path: ImagePath
    kind: EntryKind
    mode: int
    uid: int
    gid: int
    size: int
    offset: int
    mtime_ns: int
    link_target: str | None = None
    device: tuple[int, int] | None = None
    xattrs: dict[str, bytes] | None = None
