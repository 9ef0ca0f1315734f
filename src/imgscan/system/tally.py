"""Many paths of one cause as one thing to tell: how many, where they have in common, the first of them, the layers."""

from __future__ import annotations

from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import LayerPoint
from imgscan.rootfs.tree import Ref, layer_of
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.wording import EXAMPLES


class Tally:
    """Counts paths of one cause; keeps the first ``EXAMPLES`` and the directory that all have in common.

    ``size`` is the bytes of the files among them.
    """

    def __init__(self) -> None:
        self.count = 0
        self.directories = 0
        self.size = 0
        self.common = ""
        self._inside = "/"
        self.first: list[tuple[str, Entry]] = []
        self._layers: dict[int, int] = {}

    def add(self, path: str, entry: Entry, inode: Ref) -> None:
        """Take one more path."""
        if not path.startswith(self._inside) and path != self.common:
            self.common = _common(self.common, path) if self.count else path
            self._inside = f"{self.common}/" if self.common else ""
        self.count += 1
        if entry.kind is EntryKind.FILE:
            self.size += entry.size
        elif entry.kind is EntryKind.DIRECTORY:
            self.directories += 1
        layer = layer_of(inode)
        self._layers[layer] = self._layers.get(layer, 0) + 1
        if len(self.first) < EXAMPLES:
            self.first.append((path, entry))

    def what(self) -> str:
        """Return how many of what there are: ``2 files and 1 directory``."""
        files = self.count - self.directories
        parts = [f"{files} file{'s' * (files != 1)}"] if files else []
        if self.directories:
            parts.append(f"{self.directories} director{'y' if self.directories == 1 else 'ies'}")
        return " and ".join(parts)

    def layer(self, view: ImageView) -> LayerPoint:
        """Return the layer that most of them come from."""
        return view.points[max(self._layers.items(), key=lambda item: (item[1], item[0]))[0]]

    def evidence(self) -> dict[str, object]:
        """Return count, layers and examples as plain values."""
        return {
            "count": self.count,
            "layers": sorted(self._layers),
            "examples": [
                {"path": absolute(path), "mode": f"{entry.mode:04o}", "uid": entry.uid, "gid": entry.gid}
                for path, entry in self.first
            ],
        }


def _common(one: str, other: str) -> str:
    """Return the deepest directory that holds both paths."""
    while one and not (other == one or other.startswith(f"{one}/")):
        one = parent_of(one)
    return one
