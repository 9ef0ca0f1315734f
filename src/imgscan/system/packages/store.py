"""Packages of nix, whose store has a directory for each; its names are the record."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.formats.packages.store_path import parse_store_path
from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.gathered import InstalledPackage

STORE = "nix/store"


def store_packages(view: ImageView) -> Iterator[InstalledPackage]:
    """Yield the packages of the store: directories alone, since files in it are sources, scripts and patches."""
    if STORE not in view.directories:
        return
    for node in view.children(STORE):
        if node.kind is EntryKind.DIRECTORY:
            record = parse_store_path(node.path)
            if record is not None:
                yield InstalledPackage(record=record, database=node.path, layer=max(node.layer, 0))
