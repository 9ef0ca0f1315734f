"""What a fleet is made of: image archives, folders and lists of them, addresses."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from imgscan.archive.blobs.location import OPEN_FLAGS
from imgscan.archive.blobs.members import SYSTEM_FOLDERS
from imgscan.archive.collection import lies_beside
from imgscan.archive.source import SourceLike
from imgscan.errors import ArchiveError, Position, UsageError
from imgscan.fleet.remote import opened_remote, remote_stamp, within_remote

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::|://)")
_HEAD = 4096
_MAX_PATHS = 10_000


def is_address(source: str) -> bool:
    """Whether a source is a URL as fsspec takes it (``s3://bucket/app.tar``), not a path."""
    return _ADDRESS.match(source) is not None


def names_address(source: str) -> bool:
    """Whether a source is an address, or a list with one in it."""
    return is_address(source) or (_is_list(source) and any(map(is_address, _lines_of(source))))


def places_of(sources: Iterable[str]) -> Iterator[str]:
    """Yield the paths below which all lies that sources are read from: of long lists the folders of what they name.

    Raises:
        OSError: a list cannot be read.
    """
    for source in sources:
        yield source
        if not is_address(source) and _is_list(source):
            paths = [os.path.join(os.path.dirname(source), name) for name in _lines_of(source)]
            yield from paths if len(paths) <= _MAX_PATHS else dict.fromkeys(map(os.path.dirname, paths))


@contextmanager
def opened(source: str) -> Iterator[SourceLike]:
    """Give what an archive is read from: a path as it is, an address as a file object.

    Raises:
        ArchiveError: the address cannot be opened.
        UsageError: fsspec is not installed.
    """
    if not is_address(source):
        yield source
        return
    with opened_remote(source) as file:
        yield file


def stamp_of(source: str) -> str | None:
    """Return what tells a source from another of its name; None where nothing does, and it is to be scanned again.

    Raises:
        ArchiveError: it cannot be found, or is a pipe, which but one process could read.
    """
    if is_address(source):
        return remote_stamp(source)
    try:
        info = os.stat(source)
        if stat.S_ISFIFO(info.st_mode):
            raise ArchiveError("a pipe, which but one process could read", Position(source=source))
        if not stat.S_ISDIR(info.st_mode):
            return f"{info.st_size}-{info.st_mtime_ns}" if stat.S_ISREG(info.st_mode) else None
        for name in ("index.json", "manifest.json"):  # all blobs have their digests from there on
            path = os.path.join(source, name)
            if os.path.isfile(path):
                info = os.stat(path)
                return f"{name}-{info.st_size}-{info.st_mtime_ns}"
    except (OSError, ValueError) as error:
        text = getattr(error, "strerror", None) or "not a path"
        raise ArchiveError(text, Position(source=source)) from None
    return None


def all_sources(named: Iterator[str], out: str | None = None) -> Iterator[str]:
    """Yield what is named, each once, with what folders, lists and addresses of folders stand for.

    What cannot be looked into is given as it is: who scans it says why. ``out``, the fleet's own folder, is none.

    Raises:
        UsageError: standard input is named, which but one process could read.
    """
    seen: set[str] = set()
    passed = None if out is None else os.path.realpath(out)
    for name in named:
        for source in _expanded(name, passed):
            real = source if is_address(source) else _real(source)
            if real not in seen:
                seen.add(real)
                yield source


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # no path at all
        return path


def _expanded(name: str, out: str | None) -> Iterator[str]:
    if name == "-":
        raise UsageError("a fleet is read by several processes: name files, folders or addresses")
    if is_address(name):
        yield from _below(name)
    elif os.path.isdir(name):
        yield from _within(name, out)
    elif _is_list(name):
        folder = os.path.dirname(name)
        for line in _lines_of(name):
            yield from _below(line) if is_address(line) else (os.path.join(folder, line),)
    else:
        yield name


def _below(address: str) -> Iterator[str]:
    try:
        yield from within_remote(address)
    except ArchiveError:
        yield address


def _is_image(names: set[str]) -> bool:
    """Whether a folder with these names in it is an image of its own: a layout, dir: folder or root filesystem."""
    return bool(names & SYSTEM_FOLDERS) or "oci-layout" in names or "index.json" in names or "manifest.json" in names


def _within(folder: str, out: str | None) -> Iterator[str]:
    """Yield what lies below a folder of images, by name; links are not followed, nor what lies beside images given."""
    try:
        with os.scandir(folder) as items:
            ordered = sorted(items, key=lambda item: item.name)
    except OSError:
        yield folder
        return
    if _is_image({item.name for item in ordered}):
        yield folder
        return
    for item in ordered:
        if item.is_symlink():
            continue
        if item.is_dir():
            if out is None or os.path.realpath(item.path) != out:
                yield from _within(item.path, out)
        elif item.is_file() and not lies_beside(item.name):
            yield item.path


def _is_list(path: str) -> bool:
    """Whether a file is a list of sources: text in lines, where an image's archive is neither."""
    try:
        descriptor = os.open(path, OPEN_FLAGS)
    except (OSError, ValueError):
        return False  # whoever reads it says so
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        head = os.pread(descriptor, _HEAD, 0)
    finally:
        os.close(descriptor)
    text = head.rpartition(b"\n")[0] or head
    printing = all(byte >= 32 or byte in b"\t\r\n" for byte in text)
    return bool(text) and printing and text.lstrip()[:1] not in (b"{", b"[")


def _lines_of(path: str) -> Iterator[str]:
    """Yield the lines of a list but for empty ones and comments."""
    with open(path, encoding="utf-8", errors="surrogateescape") as lines:  # noqa: PTH123 (paths are texts here)
        for line in lines:
            name = line.strip()
            if name and not name.startswith("#"):
                yield name
