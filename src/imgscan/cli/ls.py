"""imgscan ls: which paths of the merged filesystem, or entries of layers, and in which order."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import UNSET

from imgscan.cli.output import finish, send
from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import complained, isolated_for, reading_options
from imgscan.cli.writing import encoded
from imgscan.errors import UsageError
from imgscan.formats.path import parent_of
from imgscan.formats.path_pattern import path_pattern
from imgscan.image import open_image
from imgscan.model.entry import EntryKind
from imgscan.model.options import ScanOptions
from imgscan.printable import printable
from imgscan.report.listing import ListedRow, jsonl_line, layer_rows, merged_rows, text_line
from imgscan.rootfs.view import ImageView
from imgscan.wording import human_bytes

_SPECIAL = re.compile(r"[*?\[]")
_RUNS_WITH_RIGHTS = 0o6000

SORTS: dict[str, Callable[[ListedRow], tuple[object, ...]]] = {
    "path": lambda row: (row.path, row.layer),
    "size": lambda row: (-_size(row), row.path, row.layer),
    "time": lambda row: (-row.mtime, row.path, row.layer),
    "layer": lambda row: (row.layer, row.path),
}
"""Orders by name: the largest and the newest first."""


def run_ls(arguments: argparse.Namespace) -> int:
    """List: one line for each path, or for each entry of each layer."""
    options = reading_options(arguments, digests=arguments.digests)
    return isolated_for(arguments, options, lambda: Outcome(_listed(arguments, options))).code


def _listed(arguments: argparse.Namespace, options: ScanOptions) -> int:
    with (
        progress_bar(arguments.image, not arguments.no_progress) as progress,
        open_image(arguments.image, options, progress) as image,
    ):
        filesystem = image.filesystem()
    layers = len(filesystem.layers)
    if arguments.layer is not None and not 0 <= arguments.layer < layers:
        raise UsageError(f"no layer {arguments.layer}; there are {layers}, counted from 0")
    for row in _rows(filesystem.view, arguments):
        line = jsonl_line(row) if arguments.format == "jsonl" else encoded(_line(row, arguments.human) + "\n", None)
        if not send(line):
            break
    finish()
    return complained(filesystem.problems)


def _rows(view: ImageView, arguments: argparse.Namespace) -> Iterable[ListedRow]:
    """Return the rows to show, in order."""
    below, pattern = _asked(view, arguments.path, arguments.all_layers)
    rows = layer_rows(view, below) if arguments.all_layers else merged_rows(view, below)
    if arguments.sizes:
        rows = iter(with_totals(list(rows)))
    shown = selected(rows, pattern, arguments.suid, arguments.layer)
    return shown if arguments.sort == "path" else sorted(shown, key=SORTS[arguments.sort])


def _asked(view: ImageView, path: str | None, all_layers: bool) -> tuple[str | None, re.Pattern[str] | None]:
    """Return the path below which rows lie, or the pattern of their paths; a path that is there is no pattern.

    Raises:
        UsageError: there is no such path.
    """
    below = path.strip("/") if path else ""
    if not below:
        return None, None
    if _SPECIAL.search(below) and view.stat(below, follow=False) is None:
        return None, path_pattern(below)
    if all_layers:
        return below, None
    real = view.resolve(below)
    if real is None:
        raise UsageError(f"/{printable(below)}: no such path in the image")
    return real, None


def selected(
    rows: Iterable[ListedRow], pattern: re.Pattern[str] | None, suid: bool, layer: int | None
) -> Iterator[ListedRow]:
    """Yield the rows that all that was asked for takes."""
    for row in rows:
        if pattern is not None and not pattern.fullmatch(row.path):
            continue
        if suid and not (row.type == EntryKind.FILE and int(row.mode, 8) & _RUNS_WITH_RIGHTS):
            continue
        if layer is None or row.layer == layer:
            yield row


def with_totals(rows: list[ListedRow]) -> list[ListedRow]:
    """Give each directory the bytes of the files listed below it as its size; a file with several names counts once."""
    totals: dict[str, int] = {}
    for row in rows:
        if row.type == EntryKind.FILE and row.hardlink_of is UNSET:
            parent = parent_of(row.path)
            totals[parent] = totals.get(parent, 0) + _size(row)
    # The deepest first: each adds what it came to to the one above it.
    for path in sorted({*totals, *_above(totals)}, key=lambda path: -path.count("/") - bool(path)):
        if path:
            parent = parent_of(path)
            totals[parent] = totals.get(parent, 0) + totals.get(path, 0)
    for row in rows:
        if row.type == EntryKind.DIRECTORY:
            row.size = totals.get("" if row.path == "." else row.path, 0)
    return rows


def _above(paths: Iterable[str]) -> set[str]:
    """Return all directories above paths, each looked at once."""
    result: set[str] = set()
    for path in paths:
        while path:
            path = parent_of(path)
            if path in result:
                break
            result.add(path)
    return result


def _size(row: ListedRow) -> int:
    return row.size if isinstance(row.size, int) else 0


def _line(row: ListedRow, human: bool) -> str:
    line = text_line(row)
    if not human or not isinstance(row.size, int):
        return line
    head, size, rest = line.partition(f" {row.size:>12} ")
    return f"{head} {human_bytes(row.size):>12} {rest}" if size else line
