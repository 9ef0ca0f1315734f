"""Bytes, files and layers of two images."""

from __future__ import annotations

from collections import Counter

import msgspec

from imgscan.compare.side import Side


class Amount(msgspec.Struct, frozen=True):
    """One measure of both images; ``unit`` is ``bytes`` or empty for a plain number."""

    name: str
    unit: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """By how much it grew."""
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        """By how much it grew in percent, to one decimal; None where it was zero before."""
        return round(100 * self.change / self.before, 1) if self.before > 0 else None


class SharedLayers(msgspec.Struct, frozen=True):
    """Layers of the same content (diff_id) in both images.

    ``shared`` counts them wherever they stand, ``at_the_bottom`` those that both begin with: what both are built on.
    ``shared_bytes`` is what a registry or host that has the first image need not store again.
    """

    before: int
    after: int
    shared: int
    at_the_bottom: int
    shared_bytes: int


def compare_sizes(a: Side, b: Side) -> tuple[Amount, ...]:
    """Return the measures of the size comparison, in the order of the report."""
    one, other = a.image, b.image
    return (
        Amount("stored", "bytes", one.stored_bytes, other.stored_bytes),
        Amount("unpacked", "bytes", one.uncompressed_bytes, other.uncompressed_bytes),
        Amount("merged", "bytes", one.merged_bytes, other.merged_bytes),
        Amount("files", "", one.files, other.files),
        Amount("layers", "", len(a.layers), len(b.layers)),
    )


def compare_layers(a: Side, b: Side) -> SharedLayers:
    """Return which layers both images have; a layer that one has twice is shared as often as both have it."""
    bottom = 0
    for one, other in zip(a.layers, b.layers, strict=False):
        if one.diff_id is None or one.diff_id != other.diff_id:
            break
        bottom += 1
    known = Counter(layer.diff_id for layer in a.layers if layer.diff_id)
    shared = shared_bytes = 0
    for layer in b.layers:
        if layer.diff_id and known[layer.diff_id] > 0:
            known[layer.diff_id] -= 1
            shared += 1
            shared_bytes += layer.stored_bytes
    return SharedLayers(len(a.layers), len(b.layers), shared, bottom, shared_bytes)
