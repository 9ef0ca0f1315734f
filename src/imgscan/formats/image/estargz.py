"""The table of contents of an eStargz layer. Source: stargz-snapshotter, docs/estargz.md, "TOC"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from imgscan.errors import ManifestError
from imgscan.formats.json import parse_json
from imgscan.formats.path import clean_path
from imgscan.model.entry import Entry, EntryKind

TOC_NAME = "stargz.index.json"

_TYPES = {
    "reg": EntryKind.FILE,
    "dir": EntryKind.DIRECTORY,
    "symlink": EntryKind.SYMLINK,
    "hardlink": EntryKind.HARDLINK,
    "char": EntryKind.CHAR,
    "block": EntryKind.BLOCK,
    "fifo": EntryKind.FIFO,
}
_LANDMARKS = frozenset({".prefetch.landmark", ".no.prefetch.landmark", TOC_NAME})


def compare_toc(toc: bytes, entries: Sequence[Entry], limit: int) -> Iterator[str]:
    """Yield at most ``limit`` ways in which a TOC and the tar it stands in disagree: lazy pullers believe the TOC."""
    return islice(_differences(toc, entries), limit)


def _differences(toc: bytes, entries: Sequence[Entry]) -> Iterator[str]:
    try:
        document = parse_json(toc, TOC_NAME)
    except ManifestError as error:
        yield f"the TOC of the layer cannot be read: {error.message}"
        return
    listed = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        yield "the TOC of the layer has no entries"
        return
    promised: dict[str, tuple[object, ...]] = {}
    for item in listed:
        description = item.get("type") if isinstance(item, dict) else None
        kind = _TYPES.get(description) if isinstance(description, str) else None
        if kind is not None and isinstance(item.get("name"), str):
            size = item.get("size", 0) if kind is EntryKind.FILE else 0
            promised[clean_path(item["name"])] = (kind, size if isinstance(size, int) else -1)
    present = {
        entry.path: (entry.kind, entry.size if entry.kind is EntryKind.FILE else 0)
        for entry in entries
        if entry.path not in _LANDMARKS
    }
    for path in sorted(promised.keys() | present.keys()):
        if path in _LANDMARKS:
            continue
        in_toc, in_tar = promised.get(path), present.get(path)
        if in_toc == in_tar or (not path and in_tar is None) or (in_tar is None and in_toc == (EntryKind.DIRECTORY, 0)):
            continue
        if in_toc is None or in_tar is None:
            yield f"/{path} is in the {'tar' if in_toc is None else 'TOC'} alone"
        else:
            yield f"/{path} is a {in_toc[0]} of {in_toc[1]} bytes in the TOC, a {in_tar[0]} of {in_tar[1]} in the tar"
