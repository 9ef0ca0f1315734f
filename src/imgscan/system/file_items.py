"""Facts as plain values for findings and inventory items, the same keys in every section."""

from __future__ import annotations

import shlex

from imgscan.rootfs.view import LocatedFact, Node


def absolute(path: str) -> str:
    """Return a path as the report writes it."""
    return "/" + path


def shell_word(path: str) -> str:
    """Return a path as one word of a shell command, whatever a hostile image put into its name."""
    return shlex.quote(absolute(path))


def item_of(fact: LocatedFact, **more: object) -> dict[str, object]:
    """Return the inventory item of a fact: where, who, which layer, and ``more``."""
    entry = fact.entry
    return {
        "path": absolute(fact.name),
        "names": [absolute(name) for name in fact.names],
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "layer": fact.layer.index,
        "created_by": fact.layer.created_by,
        "state": str(fact.state),
        "removed_in": fact.removed_in.index if fact.removed_in else None,
        "package": None,
        **more,
    }


def node_item(node: Node, names: list[str], created_by: str | None, **more: object) -> dict[str, object]:
    """Return the inventory item of a visible file."""
    entry = node.entry
    return {
        "path": absolute(node.path),
        "names": [absolute(name) for name in names],
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "layer": node.content_layer,
        "created_by": created_by,
        "package": None,
        **more,
    }
