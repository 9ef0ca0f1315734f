"""Where the bytes of an image are: its directories that hold much, by size."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from imgscan.model.entry import EntryKind, ImagePath
from imgscan.model.usage import DirectoryUsage
from imgscan.rootfs.view import ImageView

DEPTH = 4
"""How many directories below the root are told apart."""

SHARE = 0.005
"""What part of all bytes a directory must hold to be told."""

MOST = 300

_Sums: TypeAlias = dict[ImagePath, list[int]]
"""Bytes and files by directory."""


def directory_usage(view: ImageView) -> tuple[DirectoryUsage, ...]:
    """Return the root and the directories that hold at least ``SHARE`` of all bytes, sorted by path.

    They are at most ``DEPTH`` deep and at most ``MOST``, the largest; with each its parents are there.
    """
    layers = {layer: _with_parents(sums) for layer, sums in _by_directory(view).items()}
    totals: defaultdict[ImagePath, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for layer in sorted(layers):
        for path, (size, files) in layers[layer].items():
            total = totals[path]
            total[0] += size
            total[1] += files
            if size > total[3] or total[1] == files:  # of equals the lowest layer; the first is taken as it is
                total[2:] = layer, size
    least = max(totals[""][0] * SHARE, 1)
    # A parent holds what its directories hold and sorts before them: it is kept whenever one of them is.
    kept = sorted(
        (path for path in totals if totals[path][0] >= least or not path), key=lambda path: (-totals[path][0], path)
    )
    return tuple(_usage(path, *totals[path]) for path in sorted(kept[:MOST]))


def _usage(path: ImagePath, size: int, files: int, layer: int, layer_size: int) -> DirectoryUsage:
    return DirectoryUsage(path=path, size=size, files=files, layer=layer, layer_size=layer_size)


def _by_directory(view: ImageView) -> dict[int, dict[ImagePath, list[int]]]:
    """Return by layer the sizes of the files that each directory itself holds; one pass over all paths."""
    regular = EntryKind.FILE
    leaders = {inode: view.names(inode)[0] for inode in view.linked}
    tables: defaultdict[int, defaultdict[ImagePath, list[int]]] = defaultdict(lambda: defaultdict(list))
    for path, entry, inode in view.places():
        if entry.kind is regular and leaders.get(inode, path) == path:
            tables[inode >> 32][path[: path.rfind("/") + 1]].append(entry.size)
    return dict(tables)


def _with_parents(held: dict[ImagePath, list[int]]) -> _Sums:
    """Return bytes and files of each directory down to ``DEPTH``, with all that is below it."""
    found: defaultdict[ImagePath, list[int]] = defaultdict(lambda: [0, 0])
    for folder, sizes in held.items():
        deepest = folder[:-1] if folder.count("/") <= DEPTH else "/".join(folder.split("/", DEPTH)[:DEPTH])
        sums = found[deepest]
        sums[0] += sum(sizes)
        sums[1] += len(sizes)
    for depth in range(DEPTH, 0, -1):
        for path in [path for path in found if path and path.count("/") == depth - 1]:
            parent = found[path.rpartition("/")[0]]
            parent[0] += found[path][0]
            parent[1] += found[path][1]
    return found
