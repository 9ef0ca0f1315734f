"""One path of the merged filesystem, as those who ask for it get it."""

from __future__ import annotations

import msgspec

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.rootfs.tree import Ref, layer_of


class Node(msgspec.Struct, frozen=True):
    """One path of the merged filesystem.

    ``entry`` holds the attributes and content place of its inode (for a hardlink, those of the first name);
    ``ref`` and ``inode`` are the tree's references of the path's own entry and of the inode.
    """

    path: ImagePath
    entry: Entry
    ref: Ref
    inode: Ref
    implicit: bool = False

    @property
    def kind(self) -> EntryKind:
        """What the inode is; never HARDLINK."""
        return self.entry.kind

    @property
    def layer(self) -> int:
        """The index of the layer whose entry the path shows."""
        return layer_of(self.ref)

    @property
    def content_layer(self) -> int:
        """The index of the layer that has the inode: for a hardlink into a lower layer another than ``layer``."""
        return layer_of(self.inode)
