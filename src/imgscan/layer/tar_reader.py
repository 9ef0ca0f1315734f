"""Tar members out of windows of any size: the push parser that every layer and every archive goes through."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from imgscan.errors import Position, TarHeaderError, TruncatedError
from imgscan.formats.archives.sparse import Segments
from imgscan.formats.archives.tar import BLOCK, ZERO_BLOCK, HeaderParser, RawHeader
from imgscan.formats.path import clean_path, decode_name
from imgscan.layer.extended import KINDS, META, SKIPPED, ExtendedHeaders, Member
from imgscan.layer.member_entries import DEVICES, LINKS, MemberEntries
from imgscan.layer.sinks import EntrySink, SparseSink
from imgscan.layer.sparse import MapReader, SparseFile, sparse_member
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

HEAD = 16
"""How many of a file's first bytes its receiver sees before it says whether it wants the content."""

OnEntry: TypeAlias = Callable[[Entry, bytes | None], EntrySink | None]
"""Called for each entry with its first bytes (None: not known yet, a sparse file); returns who takes the content."""

_FILE = EntryKind.FILE
_DIRECTORY = EntryKind.DIRECTORY
_PLAIN = {flag: kind for flag, kind in KINDS.items() if flag not in (b"S", b"D")}
_TO_CLEAN = ("", "/", ".")
_NANO = 10**9


class TarReader:
    """Reads one tar stream pushed to it window by window; what it yields does not depend on the windows' sizes.

    ``on_entry`` gets each entry in archive order. Errors are raised at the block where they stand, with
    the offset in the tar; all that came before has been handed out by then. After the two zero blocks nothing more
    is parsed, as runtimes do; bytes found there are counted in ``trailing_bytes``.
    """

    def __init__(self, on_entry: OnEntry, problems: ProblemLog, limits: Limits) -> None:
        self._on_entry = on_entry
        self._problems = problems
        self._limits = limits
        self._parse = HeaderParser().parse
        self._base = 0  # offset in the tar of the current window's first byte
        self._carry = b""  # the start of a block that the last window cut
        self._left = 0  # bytes of the current member's data still to come
        self._pad = 0  # and of the padding after it
        self._sink: EntrySink | None = None
        self._waiting: tuple[Entry, bytes] | None = None  # an entry whose first bytes the window cut
        self._block_handler: Callable[[bytes, int], Entry | None] = self._header
        self._extended = ExtendedHeaders(problems, limits)
        self._made = MemberEntries(problems, limits)
        self._names = self._made.names
        self._short = self._names.short
        self._zero_at: int | None = None
        self.tar_end: int | None = None
        """The offset behind the two zero blocks that end the tar, once they have come."""
        self.trailing_bytes = 0
        self._trailing_at: int | None = None
        self.segments: Segments | None = None
        """While ``on_entry`` is called for a sparse file: which parts of it are stored."""

    @property
    def ended(self) -> bool:
        """Whether the tar's end blocks have come."""
        return self.tar_end is not None

    @property
    def entries(self) -> int:
        """How many entries were handed out so far."""
        return self._made.count

    def feed(self, window: bytes | bytearray | memoryview) -> None:
        """Take the next bytes of the tar.

        Raises:
            TarHeaderError: a header, pax record or sparse map is malformed.
            LimitError: a pax header is larger, or there are more entries, than the limits allow.
        """
        view = memoryview(window)
        end = len(view)
        pos = 0
        base = self._base
        self._base = base + end
        while pos < end:
            if self.tar_end is not None:
                self._count_trailing(view[pos:], base + pos)
                return
            if self._left or self._pad:
                pos = self._take_body(view, pos, end)
                continue
            if self._carry:
                missing = BLOCK - len(self._carry)
                block = self._carry + bytes(view[pos : pos + missing])
                pos += missing
                if len(block) < BLOCK:
                    self._carry = block
                    return
                self._carry = b""
            elif end - pos < BLOCK:
                self._carry = bytes(view[pos:])
                return
            else:
                block = bytes(view[pos : pos + BLOCK])
                pos += BLOCK
            entry = self._block_handler(block, base + pos - BLOCK)
            if entry is not None:
                pos = self._file(entry, view, pos, end)

    def close(self) -> None:
        """Say that the tar ends here.

        Raises:
            TruncatedError: it ends within a header or a member's data; missing end blocks are no fault.
            TarHeaderError: it begins with its end, and other bytes follow: a filesystem that leaves room for a boot
                sector, not a tar.
        """
        if self._waiting or self._left or self._block_handler != self._header:
            self.abort()
            raise TruncatedError("the tar ends inside a member's data", Position(offset=self._base))
        if self._carry:
            raise TruncatedError("the tar ends inside a header", Position(offset=self._base - len(self._carry)))
        if self._extended.pending:
            if self.tar_end is None:
                raise TruncatedError("the tar ends behind an extended header", Position(offset=self._base))
            self._problems.warn("dangling-header", "an extended header that describes no member", offset=self._zero_at)
        if self.trailing_bytes and self._zero_at == BLOCK:
            raise TarHeaderError("zero blocks where the first header must be, then other bytes", Position(offset=0))
        if self.trailing_bytes:
            self._problems.warn(
                "trailing-data",
                f"{self.trailing_bytes} bytes after the end of the tar, which no runtime reads",
                offset=self._trailing_at,
            )

    def abort(self) -> None:
        """Say that the rest of the tar is missing: an entry whose content was being read is handed out as cut."""
        if self._waiting:
            self._decide(*self._waiting)
        if self._sink is not None:
            self._sink.abort()
            self._sink = None

    def skip(self, available: int) -> int:
        """Step over data that nobody takes, at most ``available`` bytes, and return how many that is."""
        if self._sink is not None or self._waiting is not None:
            return 0
        data = min(self._left, available)
        padding = min(self._pad, available - data)
        self._left -= data
        self._pad -= padding
        self._base += data + padding
        return data + padding

    # Bodies

    def _file(self, entry: Entry, view: memoryview, pos: int, end: int) -> int:
        """Begin a file's data, ``self._left`` bytes of it, at ``pos``; return how far the window is used."""
        size = self._left
        stop = pos + size
        if pos + HEAD > end and stop > end:
            self._waiting = (entry, b"")  # its first bytes are cut
            return pos
        sink = self._on_entry(entry, bytes(view[pos : stop if size < HEAD else pos + HEAD]))
        if sink is not None:
            if stop > end:
                self._sink = sink
                return pos
            sink.write(view[pos:stop])
            sink.close()
        after = stop + self._pad
        if after <= end:
            self._left = self._pad = 0
            return after
        self._left = max(stop - end, 0)
        self._pad = min(after - end, self._pad)
        return end

    def _take_body(self, view: memoryview, pos: int, end: int) -> int:
        """Hand on what the window has of the current member's data and padding; return where that ends."""
        if self._left:
            if self._waiting:
                entry, head = self._waiting
                missing = min(HEAD, entry.size) - len(head)
                taken = bytes(view[pos : pos + missing])
                self._waiting = (entry, head + taken)
                self._left -= len(taken)
                pos += len(taken)
                if len(taken) == missing:
                    self._decide(*self._waiting)
            else:
                take = min(self._left, end - pos)
                if self._sink is not None:
                    self._sink.write(view[pos : pos + take])
                self._left -= take
                pos += take
            if self._left or self._waiting:
                return pos
            if self._sink is not None:
                sink, self._sink = self._sink, None
                sink.close()
        skip = min(self._pad, end - pos)
        self._pad -= skip
        return pos + skip

    def _decide(self, entry: Entry, head: bytes) -> None:
        """Ask who wants an entry's content, now that its first bytes are here, and give it those."""
        self._waiting = None
        self._sink = self._on_entry(entry, head)
        if self._sink is not None:
            self._sink.write(memoryview(head))

    def _begin(self, stored: int, sink: EntrySink | None) -> None:
        self._left = stored
        self._pad = -stored % BLOCK
        self._sink = sink
        if sink is not None and not stored:
            self._sink = None
            sink.close()

    # Headers

    def _header(self, block: bytes, at: int) -> Entry | None:
        """Read a header; return its entry when that is a file whose data comes next and nobody was asked yet."""
        if block == ZERO_BLOCK:
            if self._zero_at is not None:
                self.tar_end = at + BLOCK
            self._zero_at = at
            return None
        if self._zero_at is not None:
            raise TarHeaderError("a header after a zero block", Position(offset=at))
        header = self._parse(block, at)
        flag = header[1]
        kind = _PLAIN.get(flag)
        if kind is None or self._extended.pending:
            self._rare(header, block, at)
            return None
        name, _, (mode, uid, gid), size, mtime, link, device, _ = header
        if flag == b"\0" and name.endswith(b"/"):
            kind = _DIRECTORY
        path = name.decode("utf-8", "surrogateescape")
        if "//" in path or "/." in path or len(path) > self._short or path[:1] in _TO_CLEAN or path[-1] == "/":
            cleaned = self._names.path(path, kind, at)
            if cleaned is None:
                self._begin(0 if kind is not _FILE else size, None)
                return None
            path = cleaned
        self._made.counted(at)
        if kind is _FILE:
            entry = Entry(path, kind, mode, uid, gid, size, at + BLOCK, mtime * _NANO)
            if size:
                self._left = size
                self._pad = -size % BLOCK
                return entry
        else:
            if size:
                self._made.size_ignored(kind, size, path, at)
            target = None
            if link and kind in LINKS:
                target = self._names.link(link, kind, path, at)
                if target is None:
                    return None
            numbers = device if kind in DEVICES else None
            entry = Entry(path, kind, mode, uid, gid, 0, at + BLOCK, mtime * _NANO, target, numbers)
        sink = self._on_entry(entry, b"")
        if sink is not None:
            sink.close()
        return None

    def _rare(self, header: RawHeader, block: bytes, at: int) -> None:
        """Handle a header that describes the next one, or a member that it describes, or one of a rare type."""
        flag = header[1]
        if flag in META:
            self._begin(header[3], self._extended.collector(flag, header[3], at))
            return
        member = self._extended.member(header, at)
        if flag in SKIPPED:
            self._problems.warn("not-an-entry", f"{SKIPPED[flag]}, left out", _shown(member.name), at)
            self._begin(member.stored, None)
            return
        sparse = sparse_member(member, block, at, header[7], self._limits)
        if sparse is None:
            self._entry(member, at)
        elif isinstance(sparse, SparseFile):
            self._sparse(sparse, at)
        else:
            self._block_handler = partial(self._map_block, sparse, at)

    def _entry(self, member: Member, at: int) -> None:
        """Make a rare member's entry, ask who wants its content and set out to read it."""
        kind, stored = member.kind, member.stored
        if kind is not _FILE and member.flag != b"D":
            if stored:
                self._made.size_ignored(kind, stored, _shown(member.name), at)
            stored = 0
        entry = self._made.entry(member, stored if kind is _FILE else 0, at + BLOCK, at)
        if entry is None:
            self._begin(stored, None)
            return
        if stored and kind is _FILE:
            self._left = stored
            self._pad = -stored % BLOCK
            self._waiting = (entry, b"")
            return
        self._begin(stored, None)
        sink = self._on_entry(entry, b"")
        if sink is not None:
            sink.close()

    def _map_block(self, reader: MapReader, header_at: int, block: bytes, at: int) -> None:
        """Read a block of a sparse file's map."""
        sparse = reader.take(block, at)
        if sparse is not None:
            self._block_handler = self._header
            self._sparse(sparse, header_at)

    def _sparse(self, sparse: SparseFile, at: int) -> None:
        """Make a sparse file's entry, and hand its content to whom wants it, holes as their length."""
        entry = self._made.entry(sparse.member, sparse.size, sparse.content_at, at)
        if entry is None:
            self._begin(sparse.stored, None)
            return
        self.segments = sparse.segments
        sink = self._on_entry(entry, None)
        self.segments = None
        self._begin(sparse.stored, SparseSink(sink, sparse.segments, sparse.size) if sink is not None else None)

    def _count_trailing(self, rest: memoryview, at: int) -> None:
        """Count what stands behind the end blocks, from its first byte that is not zero."""
        if self._trailing_at is None:
            data = bytes(rest)
            stripped = data.lstrip(b"\0")
            if not stripped:
                return
            self._trailing_at = at + len(data) - len(stripped)
        self.trailing_bytes = at + len(rest) - self._trailing_at


def _shown(name: bytes) -> str:
    return clean_path(decode_name(name))
