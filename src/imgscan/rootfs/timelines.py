"""What each layer did to each path: added, changed, hid or removed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from imgscan.model.entry import Entry, ImagePath
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import LayerPoint, State
from imgscan.rootfs.tree import Ref, Tree, layer_of, make_ref
from imgscan.rootfs.whiteout import marker_of


class Event(msgspec.Struct, frozen=True):
    """One step of a path's timeline: what ``layer`` did (added, changed, removed), and the entry if it has one."""

    layer: int
    action: str
    entry: Entry | None


class Timelines:
    """The events of all layers, those on entries that are no longer visible too."""

    def __init__(self, tree: Tree, layers: Sequence[LayerFacts], points: Sequence[LayerPoint]) -> None:
        self._tree = tree
        self._layers = layers
        self._points = points

    def hidden(self) -> Iterator[tuple[ImagePath, Entry, Ref, LayerPoint, State]]:
        """Yield each entry that a later layer deleted or overwrote: where it was, its reference, by which layer, how.

        A hardlink's content may still be visible by another name; ``names`` of its inode tells.
        """
        tree = self._tree
        for ref, end in tree.ended.items():
            if not tree.is_implicit(ref):
                yield tree.path_of(ref), tree.entry(ref), ref, self._points[end.layer], end.state

    def all_entries(self) -> Iterator[tuple[Entry, int, str, int | None, str | None]]:
        """Yield every entry of every layer, bottom up: entry, layer, state, layer that removed it, SHA-256.

        ``state`` is that of a finding, or ``whiteout`` for markers and ``left out`` for what could not be merged.
        """
        tree = self._tree
        for layer, facts in enumerate(self._layers):
            for index, entry in enumerate(facts.entries):
                ref = make_ref(layer, index)
                end = tree.ended.get(ref)
                digest = facts.sha256[index] if facts.sha256 is not None else None
                if end is not None:
                    yield entry, layer, str(end.state), end.layer, digest
                elif tree.live.get(tree.path_of(ref)) == ref:
                    yield entry, layer, str(State.VISIBLE), None, digest
                else:
                    yield entry, layer, "whiteout" if marker_of(entry.path) else "left out", None, digest

    def timeline(self, path: str) -> tuple[Event, ...]:
        """Return what the layers did to ``path``, from the first that added it."""
        tree = self._tree
        clean = path.strip("/")
        ref = tree.live.get(clean, tree.gone.get(clean))
        events: list[Event] = []
        while ref is not None:
            end = tree.ended.get(ref)
            if end is not None and end.state is State.DELETED:
                events.append(Event(end.layer, "removed", None))
            before = tree.before.get(ref)
            again = before is not None and tree.ended[before].state is State.OVERWRITTEN
            events.append(Event(layer_of(ref), "changed" if again else "added", tree.entry(ref)))
            ref = before
        return tuple(reversed(events))

    def event_until(self, path: str, layer: int) -> Event | None:
        """Return the last event up to a layer that put an entry at ``path``, None where none did."""
        result = [event for event in self.timeline(path) if event.entry is not None and event.layer <= layer]
        return result[-1] if result else None
