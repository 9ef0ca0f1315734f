"""Listings: the merged filesystem, or every layer's entries with what became of them (docs/report.md)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress

import msgspec
import orjson
from msgspec import UNSET, UnsetType

from imgscan.formats.capability import parse_capability
from imgscan.model.entry import Entry, EntryKind
from imgscan.printable import printable
from imgscan.rootfs.view import ImageView

_CAPABILITY = "security.capability"


class ListedRow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of a listing; the order of the fields is that of the JSON. Exact names: nothing is made safe to show."""

    path: str
    path_bytes: str | UnsetType = UNSET
    """The name in base64, where it is not UTF-8."""
    type: str
    mode: str
    uid: int
    gid: int
    mtime: int
    size: int | UnsetType = UNSET
    rdev: list[int] | UnsetType = UNSET
    linkname: str | UnsetType = UNSET
    sha256: str | UnsetType = UNSET
    nlink: int | UnsetType = UNSET
    hardlink_of: str | UnsetType = UNSET
    xattrs: dict[str, str] | UnsetType = UNSET
    capabilities: str | UnsetType = UNSET
    layer: int
    state: str | UnsetType = UNSET
    removed_in: int | UnsetType | None = UNSET


def merged_rows(view: ImageView, below: str | None = None) -> Iterator[ListedRow]:
    """Yield one row for each visible path, sorted; with ``below`` that path and what lies under it."""
    known: dict[int, tuple[str, int]] = {}
    for node in view.walk():
        if below and node.path != below and not node.path.startswith(below + "/"):
            continue
        row = _row(node.path or ".", node.entry, node.layer)
        if node.kind is EntryKind.FILE:
            digest = view.sha256(node)
            if digest is not None:
                row.sha256 = digest
        if node.ref != node.inode or node.inode in view.linked:
            if node.inode not in known:  # all names of an inode are sorted once
                names = view.names(node.inode)
                known[node.inode] = names[0], len(names)
            leader, count = known[node.inode]
            if count > 1:
                row.nlink = count
                if leader != node.path:
                    row.hardlink_of = leader
        _attributes(row, node.entry)
        yield row


def layer_rows(view: ImageView, below: str | None = None) -> Iterator[ListedRow]:
    """Yield one row for each entry of each layer, sorted by path and layer, with its state and who removed it."""
    rows = []
    for entry, layer, state, removed_in, digest in view.all_entries():
        if below and entry.path != below and not entry.path.startswith(below + "/"):
            continue
        row = _row(entry.path or ".", entry, layer)
        if entry.kind is EntryKind.HARDLINK:
            row.linkname = entry.link_target or ""
        if digest is not None:
            row.sha256 = digest
        _attributes(row, entry)
        row.state = state
        row.removed_in = removed_in
        rows.append(row)
    rows.sort(key=lambda row: (row.path, row.layer))
    yield from rows


def _row(path: str, entry: Entry, layer: int) -> ListedRow:
    kind = entry.kind
    row = ListedRow(
        path=path,
        type=str(kind),
        # Linux keeps no mode of a symlink: whatever the header says, it shows 0777.
        mode="0777" if kind is EntryKind.SYMLINK else f"{entry.mode:04o}",
        uid=entry.uid,
        gid=entry.gid,
        mtime=entry.mtime_ns // 10**9,
        layer=layer,
    )
    if not path.isascii() and any(0xDC80 <= ord(char) <= 0xDCFF for char in path):
        row.path_bytes = base64.b64encode(path.encode("utf-8", "surrogateescape")).decode()
    if kind is EntryKind.FILE:
        row.size = entry.size
    elif kind is EntryKind.SYMLINK:
        row.linkname = entry.link_target or ""
    elif entry.device is not None:
        row.rdev = list(entry.device)
    return row


def _attributes(row: ListedRow, entry: Entry) -> None:
    if entry.xattrs:
        row.xattrs = {name: value.hex() for name, value in sorted(entry.xattrs.items())}
        if _CAPABILITY in entry.xattrs:
            result = parse_capability(entry.xattrs[_CAPABILITY])
            row.capabilities = result.text() if result else "malformed"


def jsonl_line(row: ListedRow) -> bytes:
    """Return a row as one line of JSON, in ASCII, so that no name can act on a terminal.

    Undecodable bytes of names are lone surrogates, as ``os.fsdecode`` has them.
    """
    plain = msgspec.to_builtins(row)
    with suppress(TypeError):  # orjson writes no lone surrogate
        line = orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)
        if line.isascii():
            return line
    return json.dumps(plain, separators=(",", ":")).encode() + b"\n"


def text_line(row: ListedRow) -> str:
    """Return a row as one line for people: mode, type, owner, size, path, and where a link leads."""
    size = str(row.size) if row.size is not UNSET else ",".join(map(str, row.rdev or ())) or "-"
    line = f"{row.mode} {row.type:<8} {row.uid}:{row.gid:<6} {size:>12} {shown_path(row.path)}"
    if row.linkname is not UNSET:
        arrow = "=>" if row.type == EntryKind.HARDLINK else "->"
        line += f" {arrow} {printable(row.linkname)}"
    elif row.hardlink_of is not UNSET:
        line += f" => {shown_path(row.hardlink_of)}"
    if row.capabilities is not UNSET:
        line += f"  [{row.capabilities}]"
    if row.state is not UNSET:
        where = "" if row.removed_in is UNSET or row.removed_in is None else f" in layer {row.removed_in}"
        line += f"  (layer {row.layer}, {row.state}{where})"
    return line


def shown_path(path: str) -> str:
    """Return a path as people read it: absolute, safe to print."""
    return "/" if path == "." else "/" + printable(path)
