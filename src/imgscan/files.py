"""The user's own files: read whole and bounded, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress

# Windows has none of these. O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_DEVICES = ("/dev/", "/proc/")
# The folder takes no new file, or the file is a mount of its own (one file given to a container): neither can be
# replaced by a rename, and the user may still write to it.
_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV})


def regular_bytes(path: str | os.PathLike[str], limit: int) -> bytes:
    """Return the content of a regular file; of a longer one ``limit`` bytes and one, which say so.

    A shell's own pipe (``<(command)``) is read as well: a command writes it.

    Raises:
        OSError: it cannot be read, or is no regular file: a FIFO may never end, a device neither.
        ValueError: no path (a NUL in it).
    """
    descriptor = os.open(path, _READ)
    with os.fdopen(descriptor, "rb") as file:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(kind) and _has_no_name(descriptor):
            os.set_blocking(descriptor, True)
        elif not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
        return file.read(limit + 1)


def _has_no_name(descriptor: int) -> bool:
    """Whether a pipe was made by a shell or a program, and is no FIFO of a folder. Source: proc(5), /proc/pid/fd."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe:")
    except OSError:  # not Linux
        return False


class NewFile:
    """A file's new content, written beside it: ``commit`` puts it in the old one's place, ``discard`` forgets it.

    Links are followed: the file they lead to is replaced, not the link. Its mode stays.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """

    def __init__(self, target: str, data: bytes, mode: int = 0o666) -> None:
        self._path = os.path.realpath(target)
        folder, name = os.path.split(self._path)
        # The name is cut: with what is added it must not pass NAME_MAX where the target's own does not.
        beside = f".{name[:32]}.{os.urandom(8).hex()}.tmp"
        self._beside = os.path.join(folder, beside)
        kept = _mode_of(self._path)
        try:
            descriptor = os.open(self._beside, _CREATE, mode)
            with os.fdopen(descriptor, "wb") as file:
                if kept is not None and hasattr(os, "fchmod"):
                    os.fchmod(descriptor, kept)
                file.write(data)
                file.flush()
                os.fsync(descriptor)  # a quota or a network's disk refuses as late as here
        except BaseException:  # an interrupt, too, leaves nothing behind
            self.discard()
            raise

    def commit(self) -> None:
        """Put the new content in the old one's place, in one step."""
        try:
            os.replace(self._beside, self._path)
        except OSError:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove what was written beside the file."""
        with suppress(OSError):
            os.unlink(self._beside)


def _mode_of(path: str) -> int | None:
    """Return the permissions of the file that is there, None for none.

    Raises:
        PermissionError: it may not be written: a rename would not ask.
    """
    try:
        info = os.stat(path)
    except OSError:
        return None
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    return stat.S_IMODE(info.st_mode)


def is_replaceable(target: str) -> bool:
    """Whether a file can take the place of ``target``: not that of a FIFO, a device, or an open file by its number."""
    if os.path.abspath(target).startswith(_DEVICES):
        return False
    try:
        return stat.S_ISREG(os.stat(target).st_mode)
    except OSError:
        return True


def write_files(contents: Iterable[tuple[str, bytes]]) -> None:
    """Write some files, all of them or none: each is whole beside its target before the first takes its place.

    What cannot be replaced (a FIFO, a device, a file that is mounted alone) is written to as it is.

    Raises:
        OSError: one cannot be written; ``filename`` is its target.
    """
    staged: list[tuple[NewFile, str, bytes]] = []
    in_place: list[tuple[str, bytes]] = []
    target = ""
    try:
        for target, data in contents:
            if not is_replaceable(target):
                in_place.append((target, data))
                continue
            try:
                staged.append((NewFile(target, data), target, data))
            except OSError as error:
                if error.errno not in _IN_PLACE or not os.access(target, os.W_OK):
                    raise
                in_place.append((target, data))
        for target, data in in_place:
            _overwrite(target, data)
        while staged:
            new, target, data = staged.pop(0)
            try:
                new.commit()
            except OSError as error:
                if error.errno not in _IN_PLACE:
                    raise
                _overwrite(target, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, target) from error
    finally:
        for new, _, _ in staged:
            new.discard()


def _overwrite(target: str, data: bytes) -> None:
    with open(target, "wb") as file:  # noqa: PTH123 (targets are texts all along)
        file.write(data)
