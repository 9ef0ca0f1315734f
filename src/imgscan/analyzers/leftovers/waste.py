"""Bytes that layers carry and nobody sees: files that a later layer deleted or overwrote.

Efficiency is the share of the bytes of all regular files of all layers, as unpacked, that the merged filesystem shows:
``1 - wasted / total``. A file that is still visible by another hardlink is not wasted; directories, headers and padding
are not counted. (Other tools' scores of that name differ: dive weighs each path by its smallest version.)
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item, Severity, State
from imgscan.rootfs.tree import Ref, layer_of
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.wording import counted, human_bytes

_MIN_COUNT = 1_000_000
_MUCH = 100_000_000
_MAX_ITEMS = 100
_MAX_TOLD = 10


class Wasted(msgspec.Struct, frozen=True):
    """One hidden file: how many bytes, which layer has it, which one took it away and how."""

    path: str
    size: int
    layer: int
    removed_in: int
    state: State
    entry: Entry
    ref: Ref

    def fields(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "path": absolute(self.path),
            "bytes": self.size,
            "layer": self.layer,
            "removed_in": self.removed_in,
            "state": str(self.state),
        }


def wasted_files(view: ImageView) -> tuple[Wasted, ...]:
    """Return all hidden files that have bytes, the largest first. Call it through ``view.derived``."""
    result = [
        Wasted(path, entry.size, layer_of(ref), point.index, state, entry, ref)
        for path, entry, ref, point, state in view.hidden()
        if entry.kind is EntryKind.FILE and entry.size and not view.names(ref)
    ]
    return tuple(sorted(result, key=lambda item: (-item.size, item.path, item.layer)))


def waste(view: ImageView, analyzer: str) -> Iterator[Finding | Item]:
    """Yield the score, the largest wasted files as items, and one finding where it is much."""
    files = view.derived(wasted_files)
    wasted = sum(item.size for item in files)
    total = view.totals()[1] + wasted
    efficiency = round(1 - wasted / total, 4) if total else 1.0
    yield Item(
        "efficiency",
        {"file_bytes": total, "wasted_bytes": wasted, "wasted_files": len(files), "efficiency": efficiency},
    )
    yield from (Item("waste", item.fields()) for item in files[:_MAX_ITEMS])
    if wasted < _MIN_COUNT:
        return
    share = wasted / total
    layers = sorted({item.layer for item in files})
    yield Finding(
        rule=f"{analyzer}.wasted-bytes",
        analyzer=analyzer,
        severity=Severity.LOW if share >= 0.1 or wasted >= _MUCH else Severity.INFO,
        message=(
            f"{counted(len(files), 'file')} of {human_bytes(wasted)} that later layers deleted or overwrote: "
            f"{share:.1%} of the bytes of all files"
        ),
        state=State.ARCHIVE,
        evidence={
            "wasted_bytes": wasted,
            "file_bytes": total,
            "efficiency": efficiency,
            "layers": layers,
            "largest": [item.fields() for item in files[:_MAX_TOLD]],
        },
        remediation="RUN <what makes the files> && <what removes them>  # in one instruction, or in a build stage",
    )
