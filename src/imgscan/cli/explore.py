"""imgscan explore: an image on the terminal, to walk through."""

from __future__ import annotations

import argparse
import subprocess
import sys

import msgspec

from imgscan.cli.cache import kept_in
from imgscan.cli.codes import UNREADABLE
from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import isolated_for, reading_options
from imgscan.errors import UsageError
from imgscan.explore.masked import PREVIEW_BYTES
from imgscan.explore.snapshot import FileRow, Snapshot, snapshot_of

_NEEDED = "imgscan explore needs Textual: pip install 'imgscan[tui]'"


def run_explore(arguments: argparse.Namespace) -> int:
    """Read the image as every command does, and show what came of it; contents are read by ``imgscan cat``."""
    if arguments.image == "-":
        raise UsageError("imgscan explore reads contents when they are asked for: give a file, not standard input")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("imgscan explore needs a terminal; imgscan ls, cat and scan write to files and pipes")
    try:
        from imgscan.explore.app import Explorer
    except ImportError:
        raise UsageError(_NEEDED) from None
    snapshot = _read(arguments)
    if isinstance(snapshot, int):
        return snapshot
    Explorer(snapshot, lambda row: content_of(arguments, row)).run()
    return 0


def _read(arguments: argparse.Namespace) -> Snapshot | int:
    """Return the snapshot, or the exit code where there is none."""
    options = reading_options(arguments, pattern_cache=kept_in(arguments))

    def work() -> Outcome:
        with progress_bar(arguments.image, not arguments.no_progress) as progress:
            snapshot = snapshot_of(arguments.image, options, progress)
        return Outcome(0, (msgspec.msgpack.encode(_packed(snapshot)),))

    outcome = isolated_for(arguments, options, work)
    if outcome.contents is None:
        return outcome.code or UNREADABLE
    return unpacked(msgspec.msgpack.decode(outcome.contents[0]))


def _packed(value: object) -> object:
    """Return plain values that MessagePack holds: names that are not UTF-8 are bytes there."""
    plain = msgspec.to_builtins(value)

    def packed(item: object) -> object:
        if isinstance(item, dict):
            return {key: packed(inner) for key, inner in item.items()}
        if isinstance(item, list | tuple):
            return [packed(inner) for inner in item]
        return item.encode("utf-8", "surrogateescape") if isinstance(item, str) and not item.isascii() else item

    return packed(plain)


def unpacked(value: object) -> Snapshot:
    """Return the snapshot that ``_packed`` packed."""

    def text(item: object) -> object:
        if isinstance(item, dict):
            return {key: text(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [text(inner) for inner in item]
        return item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item

    return msgspec.convert(text(value), Snapshot)


def content_of(arguments: argparse.Namespace, row: FileRow) -> bytes:
    """Return the beginning of a content, read by a process of its own, in its sandbox.

    Raises:
        OSError: it cannot be read; the message says why.
    """
    options = [f"--layer={row.holder}", "--no-progress"]
    for name, value in (("--image", arguments.select), ("--platform", arguments.platform)):
        options += [f"{name}={value}"] if value else []
    command = [sys.executable, "-m", "imgscan", "cat", *options, "--", arguments.image, row.path]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        data = process.stdout.read(PREVIEW_BYTES + 1)
        if not data:
            message = process.communicate()[1].decode(errors="replace").strip()
            if process.returncode:
                raise OSError(message or "it cannot be read")
        process.kill()
    return data
