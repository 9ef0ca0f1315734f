"""A merged image as an fsspec filesystem, read-only; fsspec is wrapped here.

fsspec.open("imgscan://etc/passwd::file://image.tar")
fsspec.filesystem("imgscan", fo="image.tar").glob("etc/*.conf")
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from imgscan.archive.source import BinaryFile, SourceLike
from imgscan.errors import UsageError
from imgscan.image import Filesystem, Image, open_image
from imgscan.model.entry import EntryKind
from imgscan.model.options import ScanOptions
from imgscan.rootfs.node import Node

_CHUNK = 1 << 20
_TYPES = {EntryKind.FILE: "file", EntryKind.HARDLINK: "file", EntryKind.DIRECTORY: "directory"}


class Folder:
    """An image's layout in a folder of another filesystem, as an ``imgscan.RangedSource``."""

    def __init__(self, filesystem: fsspec.AbstractFileSystem, path: str) -> None:
        self.name = filesystem.unstrip_protocol(path)
        self._filesystem = filesystem
        self._path = path.rstrip("/")

    def find(self, name: str) -> str | None:
        """Return the file's path."""
        key = f"{self._path}/{name}"
        return key if self._filesystem.isfile(key) else None

    def size(self, key: str) -> int:
        """Return the file's size."""
        return int(self._filesystem.size(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield the file."""
        return self.stretch(key, 0, self.size(key))

    def stretch(self, key: str, start: int, size: int) -> Iterator[bytes]:
        """Yield some of the file."""
        for at in range(start, start + size, _CHUNK):
            yield self._filesystem.cat_file(key, start=at, end=min(at + _CHUNK, start + size))


class ImageFileSystem(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """The files of one image as its containers would see them.

    ``fo`` is the archive: a path or URL of any filesystem of fsspec's, or whatever ``imgscan.scan`` takes; ``image``
    and ``platform`` choose as those of ``ScanOptions``; with ``layer`` (from 0) the image is that of the layers up to
    it. Layers are read once, when the first path is asked for: make one filesystem for many paths.
    """

    protocol = "imgscan"
    root_marker = ""
    cachable = False  # the archive may be another one the next time

    def __init__(
        self,
        fo: SourceLike = "",
        image: str | None = None,
        platform: str | None = None,
        layer: int | None = None,
        target_protocol: str | None = None,
        target_options: dict[str, object] | None = None,
        **options: object,
    ) -> None:
        super().__init__(**options)
        self._opened: BinaryIO | None = None
        source = fo
        if isinstance(fo, str | os.PathLike):
            source = self._source(os.fspath(fo), target_protocol, target_options or {})
        try:
            self._image: Image = open_image(source, ScanOptions(image=image, platform=platform))
        except BaseException:
            self.close()
            raise
        self._layer = layer
        self._merged: Filesystem | None = None

    def _source(self, path: str, protocol: str | None, options: dict[str, object]) -> SourceLike:
        target = fsspec.open(path, "rb", protocol=protocol, **options)
        if isinstance(target.fs, LocalFileSystem):  # which several threads read at a time
            return str(target.path)
        if target.fs.isdir(target.path):
            return Folder(target.fs, target.path)
        self._opened = target.open()
        assert isinstance(self._opened, BinaryFile)
        return self._opened

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path)).strip("/")

    @property
    def _files(self) -> Filesystem:
        if self._merged is None:
            merged = self._image.filesystem()
            self._merged = merged if self._layer is None else merged.at_layer(self._layer)
        return self._merged

    def close(self) -> None:
        """Close the archive: nothing can be read from then on."""
        if hasattr(self, "_image"):
            self._image.close()
        if self._opened is not None:
            self._opened.close()

    def info(self, path: str, **options: object) -> dict[str, object]:
        """Return name, size, type and what stat(2) says of a path; of a symbolic link, of what it leads to.

        Raises:
            FileNotFoundError: nothing is there.
        """
        path = self._strip_protocol(path)
        return self._described(path, self._node(path))

    def _node(self, path: str) -> Node:
        node = self._files.stat(path)
        if node is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return node

    def ls(self, path: str, detail: bool = True, **options: object) -> list[object]:
        """Return what lies in a directory, or the file itself.

        A link to a directory is no directory here (its type is "link"), so that a walk does not go in circles.

        Raises:
            FileNotFoundError: nothing is there.
        """
        path = self._strip_protocol(path)
        node = self._node(path)
        nodes = {path: node}
        if node.kind is EntryKind.DIRECTORY:
            names = ((child.path.rpartition("/")[2], child) for child in self._files.scandir(path))
            nodes = {f"{path}/{name}" if path else name: child for name, child in names}
        return [self._described(name, child) for name, child in nodes.items()] if detail else list(nodes)

    def _described(self, path: str, node: Node) -> dict[str, object]:
        link = node.entry.link_target if node.kind is EntryKind.SYMLINK else None
        if link is not None:
            reached = self._files.stat(path)
            if reached is not None and reached.kind is EntryKind.FILE:
                node = reached
        entry = node.entry
        result = {
            "name": path,
            "size": entry.size if node.kind is EntryKind.FILE else 0,
            "type": _TYPES.get(node.kind, "link" if node.kind is EntryKind.SYMLINK else "other"),
            "mode": entry.mode,
            "uid": entry.uid,
            "gid": entry.gid,
            "mtime": entry.mtime_ns / 1e9,
            "islink": link is not None,
        }
        return result if link is None else {**result, "destination": link}

    def _open(self, path: str, mode: str = "rb", **options: object) -> BinaryIO:
        if mode != "rb":
            raise _read_only(path)
        if self._node(path).kind is EntryKind.DIRECTORY:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        try:
            return self._files.open(path)
        except UsageError as error:  # a device, a socket
            raise OSError(errno.EINVAL, str(error), path) from error

    def open(self, path: str, mode: str = "rb", **options: object) -> Any:
        """Open a file to be read.

        Raises:
            OSError: the mode would write; there is no such file, or it is none.
        """
        if set(mode) & set("wax+"):
            raise _read_only(path)
        return super().open(path, mode, **options)

    def modified(self, path: str) -> datetime:
        """Return when a file was changed the last time, as its layer says."""
        return datetime.fromtimestamp(self._node(self._strip_protocol(path)).entry.mtime_ns / 1e9, UTC)

    def islink(self, path: str) -> bool:
        """Whether a path is a symbolic link."""
        node = self._files.stat(self._strip_protocol(path), follow=False)
        return node is not None and node.kind is EntryKind.SYMLINK

    def mkdir(self, path: str, create_parents: bool = True, **options: object) -> None:
        """Refuse: an image is read."""
        raise _read_only(path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Refuse: an image is read."""
        raise _read_only(path)

    def rmdir(self, path: str) -> None:
        """Refuse: an image is read."""
        raise _read_only(path)

    def _rm(self, path: str) -> None:
        raise _read_only(path)

    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Refuse: an image is read."""
        raise _read_only(path)

    def touch(self, path: str, truncate: bool = True, **options: object) -> None:
        """Refuse: an image is read."""
        raise _read_only(path)

    def cp_file(self, path1: str, path2: str, **options: object) -> None:
        """Refuse: an image is read."""
        raise _read_only(path2)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: object) -> None:
        """Refuse: an image is read."""
        raise _read_only(path)

    def put_file(
        self, lpath: str, rpath: str, callback: object = None, mode: str = "overwrite", **options: object
    ) -> None:
        """Refuse: an image is read."""
        raise _read_only(rpath)


def _read_only(path: str) -> OSError:
    return OSError(errno.EROFS, os.strerror(errno.EROFS), path)
