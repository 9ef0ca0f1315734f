"""Where the bytes of an image are: its directories and files that hold much, by size."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple, TypeAlias

from imgscan.model.entry import EntryKind, ImagePath
from imgscan.model.usage import PathUsage
from imgscan.rootfs.tree import layer_of
from imgscan.rootfs.view import ImageView

DEPTH = 4
"""How many directories below the root are told apart."""

SHARE = 0.005
"""What part of all bytes a directory or file must hold to be told."""

MAX_PATHS = 300

_Sums: TypeAlias = dict[ImagePath, list[int]]
"""Bytes and files by directory."""


class _Swept(NamedTuple):
    """All paths in one pass: by layer the sizes of the files that each directory itself holds, and the large files."""

    held: dict[int, dict[ImagePath, list[int]]]
    large: list[tuple[ImagePath, int, int]]


def usage(view: ImageView) -> tuple[PathUsage, ...]:
    """Return the root, and the directories and files that hold at least ``SHARE`` of all bytes, sorted by path.

    Directories are at most ``DEPTH`` deep, files in one of these; there are at most ``MAX_PATHS``, the largest, and
    with each the directories above it.
    """
    least = max(view.totals()[1] * SHARE, 1)
    swept = _sweep(view, least)
    result = [
        PathUsage(path=path, kind=EntryKind.FILE, size=size, files=1, layer=layer, layer_size=size)
        for path, size, layer in swept.large
    ]
    result += [item for item in _directories(swept) if item.size >= least or not item.path]
    # A directory holds what is in it and sorts before it: it is kept whenever something in it is.
    result.sort(key=lambda item: (-item.size, item.path))
    return tuple(sorted(result[:MAX_PATHS], key=lambda item: item.path))


def _sweep(view: ImageView, least: float) -> _Swept:
    regular = EntryKind.FILE
    leaders = {inode: view.names(inode)[0] for inode in view.linked}
    held: defaultdict[int, defaultdict[ImagePath, list[int]]] = defaultdict(lambda: defaultdict(list))
    large = []
    for path, entry, inode in view.rows():
        if entry.kind is regular and leaders.get(inode, path) == path:
            size = entry.size
            layer = layer_of(inode)
            held[layer][path[: path.rfind("/") + 1]].append(size)
            if size >= least and path.count("/") <= DEPTH:
                large.append((path, size, layer))
    return _Swept(dict(held), large)


def _directories(swept: _Swept) -> list[PathUsage]:
    """Return every directory down to ``DEPTH``; of layers that hold as much of it the lowest."""
    totals: dict[ImagePath, list[int]] = {"": [0, 0, 0, 0]}
    for layer in sorted(swept.held):
        for path, (size, files) in _with_parents(swept.held[layer]).items():
            total = totals.setdefault(path, [0, 0, layer, size])
            total[0] += size
            total[1] += files
            if size > total[3]:
                total[2:] = layer, size
    return [
        PathUsage(path=path, kind=EntryKind.DIRECTORY, size=size, files=files, layer=layer, layer_size=layer_size)
        for path, (size, files, layer, layer_size) in totals.items()
    ]


def _with_parents(held: dict[ImagePath, list[int]]) -> _Sums:
    """Return bytes and files of each directory down to ``DEPTH``, with all that is below it."""
    result: defaultdict[ImagePath, list[int]] = defaultdict(lambda: [0, 0])
    for folder, sizes in held.items():
        deepest = folder[:-1] if folder.count("/") <= DEPTH else "/".join(folder.split("/", DEPTH)[:DEPTH])
        sums = result[deepest]
        sums[0] += sum(sizes)
        sums[1] += len(sizes)
    for depth in range(DEPTH, 0, -1):
        for path in [path for path in result if path and path.count("/") == depth - 1]:
            parent = result[path.rpartition("/")[0]]
            parent[0] += result[path][0]
            parent[1] += result[path][1]
    return result
