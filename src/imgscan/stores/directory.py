"""Facts in files of a folder: one for each record, written whole or not at all."""

from __future__ import annotations

import logging
import os
import stat
import time
from contextlib import suppress

from imgscan.errors import UsageError
from imgscan.printable import printable

PREFIX, SUFFIX = "facts-", ".bin"
NEW = ".facts-"
"""How the names of files begin that are being written."""

_GIB = 1 << 30
_MAX_BYTES = 2 * _GIB
_SHARE = 4
"""What of the bound one record may take."""
_ROOM = 0.9
"""What is left of the bound when something has to go."""
_STALE_SECONDS = 3600
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_READ, _CREATE = os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_EXCL
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _READ |= getattr(os, _name, 0)  # no system has all of them
    _CREATE |= getattr(os, _name, 0)


class DirectoryStore:
    """Keeps facts in a folder of this user's, at most ``limit`` bytes; the files that were read longest ago go first.

    Any number of processes may use it. A file that is damaged, that others could have written, or that is no file is
    as good as none, and so is one that cannot be written.
    """

    def __init__(self, directory: str | os.PathLike[str], limit: int = _MAX_BYTES) -> None:
        """Use a folder, which is made when the first record comes.

        Raises:
            UsageError: it is a link or no folder, it is another user's, or others may write to it: they could say
                what reports say.
        """
        self.directory = os.path.abspath(directory)
        self._limit = limit
        fault = self._fault()
        if fault is not None:
            raise UsageError(f"{printable(self.directory)}: {fault}, so facts are not kept there")

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None where there is none that could be this user's."""
        with suppress(OSError, ValueError):
            if self._fault() is None:
                return self._bytes_of(self._path(key))
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, if there is room for it and it can be written."""
        if len(value) * _SHARE > self._limit:
            return
        try:
            os.makedirs(self.directory, 0o700, exist_ok=True)
            if self._fault() is None:
                self._write(self._path(key), value)
                self._make_room()
        except (OSError, ValueError) as error:
            logging.getLogger("imgscan").debug("facts are not kept: %s", error)

    def _path(self, key: str) -> str:
        if not key.isalnum() or not key.isascii():
            raise ValueError(f"no key: {key!r}")
        return os.path.join(self.directory, f"{PREFIX}{key}{SUFFIX}")

    def _fault(self) -> str | None:
        """Return what is wrong with the folder; nothing of one that is not there yet."""
        try:
            info = os.lstat(self.directory)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            return f"cannot be looked at ({error})"
        if stat.S_ISLNK(info.st_mode):
            return "a symbolic link"
        if not stat.S_ISDIR(info.st_mode):
            return "not a folder"
        return _others_fault(info, "a folder")

    def _bytes_of(self, path: str) -> bytes | None:
        descriptor = os.open(path, _READ)  # does not wait for a FIFO's writer, nor follow a link
        with os.fdopen(descriptor, "rb") as file:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode) or info.st_size > self._limit or _others_fault(info, "a file"):
                return None
            return file.read(info.st_size)

    def _write(self, path: str, value: bytes) -> None:
        """Write beside the file, then put that in its place: who reads sees the old one or the new one, whole."""
        beside = os.path.join(self.directory, f"{NEW}{os.urandom(8).hex()}")
        try:
            with os.fdopen(os.open(beside, _CREATE, 0o600), "wb") as file:
                file.write(value)  # not synchronized: what a crash leaves half written has the wrong seal
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise

    def _make_room(self) -> None:
        now = time.time()
        kept: list[tuple[float, int, str]] = []
        with os.scandir(self.directory) as files:
            for file in files:
                if file.name.startswith((PREFIX, NEW)):
                    info = file.stat(follow_symlinks=False)
                    if file.name.startswith(NEW) and info.st_mtime < now - _STALE_SECONDS:
                        _remove(file.path)  # of a process that was killed
                    elif file.name.startswith(PREFIX):
                        # When it was read: to the day, with ``relatime``, which is enough.
                        kept.append((max(info.st_atime, info.st_mtime), info.st_size, file.path))
        size = sum(item[1] for item in kept)
        if size <= self._limit:
            return
        for _, length, path in sorted(kept):
            _remove(path)
            size -= length
            if size <= self._limit * _ROOM:
                return


def _remove(path: str) -> None:
    with suppress(OSError):  # another process did
        os.unlink(path)


def _others_fault(info: os.stat_result, what: str) -> str | None:
    """Return how others could write what this user is to believe."""
    if hasattr(os, "geteuid") and info.st_uid != os.geteuid():
        return f"{what} of another user"
    if hasattr(os, "geteuid") and info.st_mode & _OTHERS_WRITE:
        return f"{what} that others may write to"
    return None
