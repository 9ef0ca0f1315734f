"""Headers that describe the next member: pax records, GNU long names and links."""

from __future__ import annotations

from typing import NamedTuple

from imgscan.errors import LimitError, Position, TarHeaderError
from imgscan.formats.archives.pax import parse_pax, parse_pax_int, parse_pax_time, parse_xattrs
from imgscan.formats.archives.tar import BLOCK, RawHeader, c_string
from imgscan.formats.path import clean_path, decode_name
from imgscan.layer.sinks import Collector
from imgscan.model.entry import EntryKind
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,
    b"S": EntryKind.FILE,
    b"1": EntryKind.HARDLINK,
    b"2": EntryKind.SYMLINK,
    b"3": EntryKind.CHAR,
    b"4": EntryKind.BLOCK,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.FIFO,
    b"D": EntryKind.DIRECTORY,
}
"""What each type byte makes; others are files, as POSIX has it."""

META = frozenset({b"x", b"g", b"L", b"K"})
SKIPPED = {
    b"M": "a continued member of a multi-volume archive",
    b"N": "an old GNU list of long names",
    b"V": "a volume label",
    b"X": "a Solaris extended header",
}
"""Types that are no entries of a file system."""

_GLOBAL_MATTERS = (b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime")
_NANO = 10**9


class Member(NamedTuple):
    """A header with its extended headers applied; ``stored`` is the size of the data that follows."""

    name: bytes
    flag: bytes
    kind: EntryKind
    mode: int
    uid: int
    gid: int
    stored: int
    mtime_ns: int
    link: bytes
    device: tuple[int, int]
    pax: dict[bytes, bytes]
    xattrs: dict[str, bytes] | None


class ExtendedHeaders:
    """Collects what is said of the next member; ``pending`` is whether anything is."""

    def __init__(self, problems: ProblemLog, limits: Limits) -> None:
        self._problems = problems
        self._limits = limits
        self._path: bytes | None = None
        self._link: bytes | None = None
        self._pax: dict[bytes, bytes] = {}
        self.pending = False

    def collector(self, flag: bytes, size: int, at: int) -> Collector:
        """Return what takes the data of such a header.

        Raises:
            LimitError: it is larger than ``limits.pax_bytes``.
        """
        if size > self._limits.pax_bytes:
            raise LimitError(f"an extended header of {size} bytes, over limits.pax_bytes", Position(offset=at))

        def done(data: bytes) -> None:
            if flag == b"L":
                self._repeated(self._path is not None, "long name", at)
                self._path = c_string(data)
            elif flag == b"K":
                self._repeated(self._link is not None, "long link", at)
                self._link = c_string(data)
            elif flag == b"x":
                self._repeated(bool(self._pax), "pax", at)
                self._pax = parse_pax(data, at + BLOCK)
            else:
                self._global(parse_pax(data, at + BLOCK), at)
            self.pending = bool(self._pax or self._path is not None or self._link is not None)

        return Collector(done)

    def _repeated(self, before: bool, what: str, at: int) -> None:
        if before:
            self._problems.warn(
                "double-header", f"two {what} headers before one member; the last one counts", offset=at
            )

    def _global(self, records: dict[bytes, bytes], at: int) -> None:
        # Go reports global records and applies none; the records pending for the next member are lost in it.
        self._pax, self._path, self._link = {}, None, None
        named = [key.decode() for key in _GLOBAL_MATTERS if records.get(key)]
        if named:
            text = f"a global pax header sets {', '.join(named)}; runtimes do not apply it"
            self._problems.warn("global-header", text, offset=at)

    def member(self, header: RawHeader, at: int) -> Member:
        """Return a member with what the headers before it say, and forget that.

        Raises:
            TarHeaderError: a record's value is malformed.
        """
        name, flag, (mode, uid, gid), size, mtime, link, device, _ = header
        pax, self._pax = self._pax, {}
        name = self._path or pax.get(b"path") or name
        link = self._link or pax.get(b"linkpath") or link
        self._path = self._link = None
        self.pending = False
        stored = parse_pax_int(pax[b"size"], at) if pax.get(b"size") else size
        if stored < 0:
            raise TarHeaderError("a negative size in a pax record", Position(offset=at))
        for key in (b"atime", b"ctime"):
            if pax.get(key):
                parse_pax_time(pax[key], at)
        kind = KINDS.get(flag, EntryKind.FILE)
        if flag not in KINDS and flag not in SKIPPED:
            self._problems.warn(
                "unknown-type", f"unknown type {flag!r}, read as a file", clean_path(decode_name(name)), at
            )
        if flag == b"\0" and name.endswith(b"/"):
            kind = EntryKind.DIRECTORY
        return Member(
            name,
            flag,
            kind,
            mode,
            parse_pax_int(pax[b"uid"], at) if pax.get(b"uid") else uid,
            parse_pax_int(pax[b"gid"], at) if pax.get(b"gid") else gid,
            stored,
            parse_pax_time(pax[b"mtime"], at) if pax.get(b"mtime") else mtime * _NANO,
            link,
            device,
            pax,
            parse_xattrs(pax) if pax else None,
        )
