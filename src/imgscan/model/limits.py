"""Every bound on the work that hostile input can ask for."""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds with defaults that serve real images; hitting one is a problem that names the field.

    Sizes in bytes. ``layer_ratio`` is uncompressed to stored; all layers of a scan together
    may have ``layer_ratio_floor`` bytes beyond it. ``path_bytes`` is PATH_MAX of Linux: no runtime
    creates a longer path.
    """

    layer_bytes: int = 256 * GIB
    layer_ratio: int = 250
    layer_ratio_floor: int = 1 * GIB
    layer_entries: int = 10_000_000
    image_entries: int = 10_000_000
    repeated_entries: int = 500_000
    layers: int = 4096
    pax_bytes: int = 1 * MIB
    sparse_map_bytes: int = 1 * MIB
    sparse_hash_bytes: int = 4 * GIB
    path_bytes: int = 4096
    path_depth: int = 512
    names_bytes: int = 128 * MIB
    implicit_bytes: int = 64 * MIB
    link_depth: int = 40
    link_steps: int = 2_000_000
    json_bytes: int = 4 * MIB
    json_total_bytes: int = 128 * MIB
    index_depth: int = 8
    images: int = 10_000
    reports: int = 500
    archive_members: int = 1_000_000
    content_bytes: int = 64 * MIB
    hashed_bytes: int = 1 * GIB
    window_bytes: int = 1 * MIB
    pattern_hits: int = 10_000
    layer_hits: int = 50_000
    layer_facts: int = 100_000
    facts_bytes: int = 64 * MIB
    unpacked_bytes: int = 256 * MIB
    linked_bytes: int = 256 * MIB
    aside_bytes: int = 64 * MIB
    zstd_window_bytes: int = 128 * MIB
    xz_memory_bytes: int = 128 * MIB
    problems_per_kind: int = 20
    findings_per_rule: int = 10_000
    items_per_section: int = 50_000
