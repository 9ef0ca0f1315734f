"""Objects of git: loose ones, and those of packs with their deltas resolved; total, and bounded in work.

Sources: git's Documentation, gitformat-pack ("Pack file entry", "Deltified representation") and
gitrepository-layout; RFC 1950 (zlib).
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator
from enum import IntEnum
from hashlib import sha1
from typing import NamedTuple

PACK = (b"PACK\0\0\0\2", b"PACK\0\0\0\3")
BUNDLE = (b"# v2 git bundle\n", b"# v3 git bundle\n")
ZLIB = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
"""How a zlib stream begins with a window of 32 KiB, at the four levels: a loose object, for one."""

_SLACK = 64
_KEPT_BYTES = 64 << 20
_MAX_BUNDLE_HEAD = 1 << 20
_OBJECT_COST = 64
_MAX_DEPTH = 4096  # what git itself takes for --depth, and more than its default of 50


class Kind(IntEnum):
    """The kinds of objects in a pack; the last two are stored as what changed."""

    COMMIT = 1
    TREE = 2
    BLOB = 3
    TAG = 4
    OFFSET_DELTA = 6
    REFERENCE_DELTA = 7


class GitObject(NamedTuple):
    """An object; ``changed`` of its bytes are stored in the pack, the others are its base's."""

    kind: Kind
    content: bytes
    changed: int

    @property
    def id(self) -> str:
        """Its name in a repository of SHA-1."""
        head = b"%s %d\0" % (self.kind.name.lower().encode(), len(self.content))
        return sha1(head + self.content, usedforsecurity=False).hexdigest()


class PackError(Exception):
    """What follows is no object, or its base is not in the pack."""


def pack_in_bundle(data: bytes) -> bytes | None:
    """Return the pack of a bundle: behind its header, which ends with an empty line; None where there is none."""
    end = data.find(b"\n\nPACK", 0, _MAX_BUNDLE_HEAD)
    return data[end + 2 :] if end >= 0 else None


def is_zlib(data: bytes) -> bool:
    """Whether ``data`` begins as a zlib stream: its first two bytes alone are those of many a text."""
    try:
        return data.startswith(ZLIB) and bool(zlib.decompressobj().decompress(data[:512], 4096))
    except zlib.error:
        return False


def zlib_content(data: bytes, limit: int) -> tuple[bytes, bool]:
    """Return at most ``limit`` bytes of a zlib stream, and whether there is more; nothing where it is none."""
    stream, limit = zlib.decompressobj(), max(limit, 1)
    try:
        content = stream.decompress(data, limit)
    except zlib.error:
        return b"", False
    return content, not stream.eof and len(content) == limit


class Pack:
    """The objects of a pack, in its order.

    ``is_whole`` says at the end whether all were read, within ``work`` bytes to unpack and to make, of which ``work``
    are left, and none of over ``largest`` bytes; ``is_damaged`` whether it ends before its last object.
    """

    def __init__(self, data: bytes, work: int, largest: int) -> None:
        self.is_whole = False
        self.is_damaged = False
        self._data = memoryview(data)
        self.work = work
        self._largest = largest
        self._kept: OrderedDict[int, tuple[Kind, bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._offsets: set[int] = set()

    def objects(self) -> Iterator[GitObject]:
        """Yield what can be read; an object that is too large, or whose base is elsewhere, is left out."""
        count, at = int.from_bytes(self._data[8:12], "big"), 12
        left_out = False
        for _ in range(count):
            start = at
            if self.work <= 0:
                return
            try:
                kind, size, at = self._head(start)
                base, at = self._base(kind, start, at)
                if size > self._largest:
                    left_out, at = True, self._passed(at, size)
                    continue
                stored, at = self._inflated(at, size)
            except PackError:
                self.is_damaged = True
                return
            self._offsets.add(start)
            result = self._resolved(kind, stored, base)
            if result is None:
                left_out = True
            else:
                self._keep(start, result.kind, result.content)
                yield result
        self.is_whole = not left_out

    def _head(self, at: int) -> tuple[Kind, int, int]:
        """Return kind, size and where the rest begins: 3 bits of kind, then the size, 4 bits and 7 a byte."""
        byte = self._byte(at)
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & 0x80:
            at += 1
            byte = self._byte(at)
            size |= (byte & 0x7F) << shift
            shift += 7
            if shift > 60:
                raise PackError
        try:
            return Kind(kind), size, at + 1
        except ValueError:
            raise PackError from None

    def _base(self, kind: Kind, start: int, at: int) -> tuple[int | None, int]:
        """Return where a delta's base begins, None for one that is named, and where the stream begins."""
        if kind is Kind.REFERENCE_DELTA:
            return None, at + 20
        if kind is not Kind.OFFSET_DELTA:
            return start, at
        byte = self._byte(at)
        back = byte & 0x7F
        while byte & 0x80:
            at += 1
            byte = self._byte(at)
            # Each further byte adds one, so that no number has two spellings.
            back = (back + 1 << 7) | (byte & 0x7F)
            if back > len(self._data):
                raise PackError
        return start - back, at + 1

    def _byte(self, at: int) -> int:
        if at >= len(self._data):
            raise PackError
        return self._data[at]

    def _inflated(self, at: int, size: int) -> tuple[bytes, int]:
        """Return the content of the stream at ``at``, and where it ends."""
        self.work -= size + _OBJECT_COST
        stream, out = zlib.decompressobj(), bytearray()
        try:
            while not stream.eof:
                piece = self._data[at : at + size + size // 512 + _SLACK]
                if not piece:
                    raise PackError
                out += stream.decompress(piece, size + 1 - len(out))
                taken = len(piece) - _left(stream)
                at, self.work = at + taken, self.work - taken
                if len(out) > size or self.work < -self._largest:
                    raise PackError
        except zlib.error:
            raise PackError from None
        if len(out) != size:
            raise PackError
        return bytes(out), at

    def _passed(self, at: int, size: int) -> int:
        """Return where a stream ends whose content is not wanted."""
        stream, left = zlib.decompressobj(), size
        try:
            while not stream.eof:
                piece = self._data[at : at + (1 << 16)]
                if not piece or left < 0 or self.work <= 0:
                    raise PackError
                count = len(stream.decompress(piece, 1 << 20))
                left -= count
                self.work -= count + _OBJECT_COST
                at += len(piece) - _left(stream)
        except zlib.error:
            raise PackError from None
        return at

    def _resolved(self, kind: Kind, stored: bytes, base: int | None) -> GitObject | None:
        if kind not in (Kind.OFFSET_DELTA, Kind.REFERENCE_DELTA):
            return GitObject(kind, stored, len(stored))
        if base is None:
            return None
        try:
            known = self._object_at(base)
            if known is None:
                return None
            content, changed = self._applied(stored, known[1])
        except PackError:
            return None
        return GitObject(known[0], content, changed)

    def _object_at(self, start: int) -> tuple[Kind, bytes] | None:
        """Return an object that was read before, once more where it is not kept: by its chain of bases."""
        chain: list[bytes] = []
        while (kept := self._kept.get(start)) is None:
            if start not in self._offsets or len(chain) > _MAX_DEPTH or self.work <= 0:
                return None
            kind, size, at = self._head(start)
            base, at = self._base(kind, start, at)
            stored, _ = self._inflated(at, size)
            if base is None:
                return None
            if base == start:
                kept = kind, stored
                break
            chain.append(stored)
            start = base
        if start in self._kept:
            self._kept.move_to_end(start)
        kind, content = kept
        for delta in reversed(chain):
            content, _ = self._applied(delta, content)
        return kind, content

    def _applied(self, delta: bytes, base: bytes) -> tuple[bytes, int]:
        """Return what a delta makes of its base, and how many bytes it brings itself."""
        size, at = _size(delta, 0)
        target, at = _size(delta, at)
        if size != len(base) or target > self._largest:
            raise PackError
        self.work -= target
        pieces: list[bytes | memoryview] = []
        source, given, length = memoryview(base), memoryview(delta), 0
        brought = 0
        while at < len(delta):
            code = delta[at]
            at += 1
            if code & 0x80:
                offset = count = 0
                for bit in range(4):
                    if code >> bit & 1 and at < len(delta):
                        offset |= delta[at] << 8 * bit
                        at += 1
                for bit in range(3):
                    if code >> bit + 4 & 1 and at < len(delta):
                        count |= delta[at] << 8 * bit
                        at += 1
                count = count or 0x10000
                if offset + count > len(base):
                    raise PackError
                pieces.append(source[offset : offset + count])
                length += count
            elif code:
                pieces.append(given[at : at + code])
                at += code
                length += code
                brought += code
            else:
                raise PackError
            if length > target:
                raise PackError
        if length != target or at != len(delta):
            raise PackError
        return b"".join(pieces), brought

    def _keep(self, start: int, kind: Kind, content: bytes) -> None:
        self._kept[start] = kind, content
        self._kept_bytes += len(content) + _OBJECT_COST
        while self._kept_bytes > _KEPT_BYTES:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped) + _OBJECT_COST


def _left(stream: zlib._Decompress) -> int:
    # At its end a stream that once stopped at its bound has both, and they are the same bytes.
    return len(stream.unused_data if stream.eof else stream.unconsumed_tail)


def _size(data: bytes, at: int) -> tuple[int, int]:
    size = shift = 0
    while at < len(data) and shift < 63:
        byte = data[at]
        size |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return size, at
    raise PackError
