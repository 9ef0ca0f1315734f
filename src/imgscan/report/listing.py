"""Listings: the merged filesystem, or every layer's entries with what became of them (docs/report.md)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson

from imgscan.formats.capability import parse_capability
from imgscan.model.entry import Entry, EntryKind
from imgscan.printable import printable
from imgscan.rootfs.view import ImageView

_CAPABILITY = "security.capability"


def merged_rows(view: ImageView, below: str | None = None) -> Iterator[dict[str, object]]:
    """Yield one row for each visible path, sorted; with ``below`` that path and what lies under it."""
    known: dict[int, tuple[str, int]] = {}
    for node in view.walk():
        if below and node.path != below and not node.path.startswith(below + "/"):
            continue
        row = _row(node.path or ".", node.entry)
        if node.kind is EntryKind.FILE:
            digest = view.sha256(node)
            if digest is not None:
                row["sha256"] = digest
        if node.ref != node.inode or node.inode in view.linked:
            if node.inode not in known:  # all names of an inode are sorted once
                names = view.names(node.inode)
                known[node.inode] = names[0], len(names)
            leader, count = known[node.inode]
            if count > 1:
                row["nlink"] = count
                if leader != node.path:
                    row["hardlink_of"] = leader
        _attributes(row, node.entry)
        row["layer"] = node.layer
        yield row


def layer_rows(view: ImageView, below: str | None = None) -> Iterator[dict[str, object]]:
    """Yield one row for each entry of each layer, sorted by path and layer, with its state and who removed it."""
    rows = []
    for entry, layer, state, removed_in, digest in view.all_entries():
        if below and entry.path != below and not entry.path.startswith(below + "/"):
            continue
        row = _row(entry.path or ".", entry)
        if entry.kind is EntryKind.HARDLINK:
            row["linkname"] = entry.link_target or ""
        if digest is not None:
            row["sha256"] = digest
        _attributes(row, entry)
        row["layer"] = layer
        row["state"] = state
        row["removed_in"] = removed_in
        rows.append(row)
    rows.sort(key=lambda row: (row["path"], row["layer"]))
    yield from rows


def _row(path: str, entry: Entry) -> dict[str, object]:
    kind = entry.kind
    row: dict[str, object] = {"path": path}
    if not path.isascii() and any(0xDC80 <= ord(char) <= 0xDCFF for char in path):
        row["path_bytes"] = base64.b64encode(path.encode("utf-8", "surrogateescape")).decode()
    row |= {
        "type": str(kind),
        # Linux keeps no mode of a symlink: whatever the header says, it shows 0777.
        "mode": "0777" if kind is EntryKind.SYMLINK else f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "mtime": entry.mtime_ns // 10**9,
    }
    if kind is EntryKind.FILE:
        row["size"] = entry.size
    elif kind is EntryKind.SYMLINK:
        row["linkname"] = entry.link_target or ""
    elif entry.device is not None:
        row["rdev"] = list(entry.device)
    return row


def _attributes(row: dict[str, object], entry: Entry) -> None:
    if entry.xattrs:
        row["xattrs"] = {name: value.hex() for name, value in sorted(entry.xattrs.items())}
        if _CAPABILITY in entry.xattrs:
            result = parse_capability(entry.xattrs[_CAPABILITY])
            row["capabilities"] = result.text() if result else "malformed"


def jsonl_line(row: dict[str, object]) -> bytes:
    """Return a row as one line of JSON, in ASCII, so that no name can act on a terminal.

    Undecodable bytes of names are lone surrogates, as ``os.fsdecode`` has them.
    """
    with suppress(TypeError):  # orjson writes no lone surrogate
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        if line.isascii():
            return line
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def text_line(row: dict[str, Any]) -> str:
    """Return a row as one line for people: mode, type, owner, size, path, and where a link leads."""
    size = str(row["size"]) if "size" in row else ",".join(map(str, row["rdev"])) if "rdev" in row else "-"
    line = f"{row['mode']} {row['type']:<8} {row['uid']}:{row['gid']:<6} {size:>12} {shown_path(row['path'])}"
    if "linkname" in row:
        arrow = "=>" if row["type"] == EntryKind.HARDLINK else "->"
        line += f" {arrow} {printable(row['linkname'])}"
    elif "hardlink_of" in row:
        line += f" => {shown_path(row['hardlink_of'])}"
    if "capabilities" in row:
        line += f"  [{row['capabilities']}]"
    if "state" in row:
        where = f" in layer {row['removed_in']}" if row["removed_in"] is not None else ""
        line += f"  (layer {row['layer']}, {row['state']}{where})"
    return line


def shown_path(path: str) -> str:
    """Return a path as people read it: absolute, safe to print."""
    return "/" if path == "." else "/" + printable(path)
