"""What is finished stays so: a record for each source in the fleet's folder, and one fleet at a time in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from imgscan.errors import UsageError
from imgscan.fleet.files import read_whole, write_whole
from imgscan.fleet.naming import source_id
from imgscan.fleet.values import ImageResult
from imgscan.printable import printable

_MAX_BYTES = 256 << 20


class Record(msgspec.Struct, frozen=True):
    """A source whose images were all reported on: ``stamp`` tells it from another of its name, ``job`` the settings."""

    stamp: str
    job: str
    images: tuple[ImageResult, ...]


class State:
    """The records of a fleet's folder."""

    def __init__(self, out: str, job: str) -> None:
        self._out = out
        self._job = job

    def finished(self, source: str, stamp: str | None) -> tuple[ImageResult, ...] | None:
        """Return what came of a source; None where it is to be scanned: it is new, or changed, or a report is gone."""
        data = read_whole(self._path(source), _MAX_BYTES) if stamp is not None else None
        if not data:
            return None
        try:
            record = msgspec.json.decode(data, type=Record)
        except msgspec.MsgspecError:  # cut short by a power failure, or of another version
            return None
        if (record.stamp, record.job) != (stamp, self._job):
            return None
        files = (name for image in record.images for name in image.reports.values())
        return record.images if all(os.path.isfile(os.path.join(self._out, name)) for name in files) else None

    def finish(self, source: str, stamp: str | None, images: tuple[ImageResult, ...]) -> None:
        """Write down that a source is finished.

        Raises:
            OSError: that cannot be written.
        """
        if stamp is not None:
            write_whole(self._path(source), msgspec.json.encode(Record(stamp, self._job, images)))

    def _path(self, source: str) -> str:
        name = source_id(source)
        return os.path.join(self._out, "state", name[:2], f"{name}.json")


@contextmanager
def only_one(out: str) -> Iterator[None]:
    """Hold a fleet's folder for this process.

    Raises:
        UsageError: another process writes into it, or it cannot be written to.
    """
    try:
        os.makedirs(out, exist_ok=True)
        descriptor = os.open(os.path.join(out, ".lock"), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as error:
        raise UsageError(f"{printable(out)} cannot be written to ({error.strerror})") from None
    try:
        _lock(descriptor, out)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, out: str) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: whoever starts two runs there has to know
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"{printable(out)} is written to by another run") from None
    except OSError:
        return  # a network's file system without locks
