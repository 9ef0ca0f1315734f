"""Members of archives and compressed files inside a layer, bounded in number, size and depth; total."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from struct import unpack_from

from imgscan.formats.archives import git
from imgscan.formats.archives.appended import appended
from imgscan.formats.archives.deflate import INFLATE_ERRORS, crc32, new_inflater
from imgscan.formats.archives.inflated import MAGICS as COMPRESSED
from imgscan.formats.archives.inflated import inflated
from imgscan.formats.archives.members import AR, CPIO, RPM, Members
from imgscan.formats.archives.zip import has_more_members
from imgscan.model.observed import Allowance

ZIP = b"PK\x03\x04"
PACKED = (AR, *CPIO, RPM)
# What nothing here opens: 7z, rar, cab, squashfs, lz4, lzip, lrzip, xar, compress.
UNOPENED = (
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\0\0\0\0", b"hsqs", b"\x04\x22\x4d\x18", b"LZIP\1", b"LRZI", b"xar!", b"\x1f\x9d",
)  # fmt: skip
_OPENED = (ZIP, *COMPRESSED, *PACKED, *git.PACK, *git.BUNDLE)
MAGICS = (*_OPENED, *git.ZLIB)
_STARTS = (*_OPENED, *UNOPENED)
TAR_MAGIC, TAR_AT = b"ustar", 257

MAX_MEMBER = 32 << 20
MAX_TOTAL = 128 << 20
MAX_RATIO, LEAST_TOTAL = 64, 1 << 20
USUAL_RATIO = 8
"""What most archives do not unpack to: what goes beyond counts against ``limits.unpacked_bytes``."""
MAX_MEMBERS = 10_000
MAX_LISTED = 100_000
MAX_BLOBS = 200_000
"""Of a pack of git: contents of files; commits and trees are small, and are joined."""
MAX_WORK = 1 << 30
"""Bytes that resolving the deltas of a pack may make: most are those of another object."""
MAX_DEPTH = 3
MAX_STEPS = 2 * MAX_DEPTH

DEEP = f"archives nested more than {MAX_DEPTH} deep"
LARGE = f"members of archives over {MAX_MEMBER >> 20} MiB, and what lies behind them in compressed files"
MUCH = f"archives that unpack to more than {MAX_TOTAL >> 20} MiB, or to more than {MAX_RATIO} times their size"
MANY = f"archives of more than {MAX_MEMBERS} members"
OBJECTS = (
    f"objects in packs of git: without their base, over {MAX_MEMBER >> 20} MiB each or {MAX_WORK >> 30} GiB in all, "
    f"more than {MAX_BLOBS:,} files"
)
IN_ALL = "archives of a layer that unpack to much more than their size, over limits.unpacked_bytes in all"
UNREADABLE = "members of archives that are encrypted, damaged or packed in an unknown way"


FOREIGN = "archives of a form that is not opened (7z, rar, squashfs and others)"


def is_archive(data: bytes) -> bool:
    """Whether ``data`` begins as something that ``Unpacking`` opens, or that it counts as left out."""
    return data.startswith(_STARTS) or data[TAR_AT : TAR_AT + 5] == TAR_MAGIC or git.is_zlib(data)


def archive_in(data: bytes) -> bytes | None:
    """Return the archive that ``data`` is, or that stands behind the script or program it begins with; None for none."""
    if is_archive(data):
        return data
    start = appended(data)
    if start is None:
        return None
    behind = data[start:]
    return behind if is_archive(behind) else None


class Unpacking:
    """One file's members; ``skipped`` counts by reason what was left out once ``members`` has ended."""

    def __init__(self, data: bytes, allowance: Allowance | None = None) -> None:
        self.skipped: Counter[str] = Counter()
        self._data = data
        self._allowance = allowance
        self._usual = USUAL_RATIO * len(data)
        alone = min(MAX_TOTAL, LEAST_TOTAL + MAX_RATIO * len(data))
        self._bytes = alone if allowance is None else min(alone, self._usual + allowance.left)
        self._much = MUCH if self._bytes == alone else IN_ALL
        self._members = MAX_MEMBERS

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield chain and content of every member, those of inner archives too: ``!/inner.jar!/app.properties``.

        Of what is packed without an archive the chain is ``!``. Texts come before programs and inner archives: the
        bounds take them last.
        """
        yield from self._opened("", self._data, 1, 1)

    def _opened(self, chain: str, data: bytes, depth: int, steps: int) -> Iterator[tuple[str, bytes]]:
        for name, content, cost in self._costed(data):
            self._spend(cost)
            inner = f"{chain}!/{name}" if name else chain
            packed = archive_in(content)
            if packed is not content:  # not an archive from its first byte
                yield inner or "!", content
            if packed is None:
                continue
            # What is only compressed is no archive deeper; but a file can be made that unpacks to itself.
            deeper = depth + bool(name)
            if deeper > MAX_DEPTH or steps >= MAX_STEPS:
                self.skipped[DEEP] += 1
            else:
                yield from self._opened(inner, packed, deeper, steps + 1)

    def _spend(self, count: int) -> None:
        """Count the bytes of a member that was unpacked."""
        self._bytes -= count
        unusual = min(max(count - self._usual, 0), count)
        self._usual = max(self._usual - count, 0)
        if self._allowance is not None:
            self._allowance.take(unusual)

    def _costed(self, data: bytes) -> Iterator[tuple[str, bytes, int]]:
        """Yield name and content of each member, and how many bytes of it the archive itself has."""
        if data.startswith(git.PACK):
            yield from self._objects(data)
        elif data.startswith(git.BUNDLE):
            pack = git.pack_in_bundle(data)
            yield from self._objects(pack) if pack is not None else ()
        else:
            for name, content in self._contents(data):
                self._members -= 1
                yield name, content, len(content)

    def _objects(self, data: bytes) -> Iterator[tuple[str, bytes, int]]:
        """Yield the contents of files that a pack has by their ids, and commits, tags and trees joined."""
        usual = USUAL_RATIO * len(data)
        bound = MAX_WORK if self._allowance is None else min(MAX_WORK, (usual + self._allowance.left) * _OF_WORK)
        pack = git.Pack(data, bound, MAX_MEMBER)
        joined = {kind: bytearray() for kind in (git.Kind.COMMIT, git.Kind.TREE, git.Kind.TAG)}
        blobs = 0
        for item in pack.objects():
            texts = joined.get(item.kind)
            if texts is not None:
                texts += item.content + b"\n"
                if len(texts) >= _JOINED and self._fits(len(texts)):
                    yield _PLURALS[item.kind], bytes(texts), len(texts)
                    texts.clear()
                continue
            blobs += 1
            if blobs > MAX_BLOBS:
                break
            if self._fits(item.changed):
                yield item.id, item.content, item.changed
        for kind, texts in joined.items():
            if texts and self._fits(len(texts)):
                yield _PLURALS[kind], bytes(texts), len(texts)
        if self._allowance is not None:
            self._allowance.take(max((bound - pack.work) // _OF_WORK - usual, 0))
        if not pack.is_whole:
            self.skipped[UNREADABLE if pack.is_damaged else OBJECTS] += 1

    def _contents(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        if data.startswith(ZIP):
            yield from self._zip(data)
        elif data.startswith(COMPRESSED):
            content, whole = inflated(data, min(MAX_MEMBER, max(self._bytes, 0)))
            if not whole:
                self.skipped[LARGE if len(content) >= MAX_MEMBER else self._much if self._full() else UNREADABLE] += 1
            if content:
                yield "", content
        elif data.startswith(PACKED):
            yield from self._packed(data)
        elif data.startswith(git.ZLIB):
            content, is_cut = git.zlib_content(data, min(MAX_MEMBER, self._bytes))
            if is_cut:
                self.skipped[LARGE if len(content) >= MAX_MEMBER else self._much] += 1
            if content:
                yield "", content
        elif data.startswith(UNOPENED):
            self.skipped[FOREIGN] += 1
        else:
            yield from self._tar(data)

    def _packed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield members of ar, cpio and rpm files. Those of a library, which are programs' parts, were searched as they
        stand in the file.
        """
        members = Members(data)
        is_library = data.startswith(AR)
        for name, content in members:
            if is_library and not is_archive(content):
                continue
            if not self._fits(len(content)):
                if self._members <= 0:
                    return
                continue
            yield name, content
        if not members.is_whole:
            self.skipped[UNREADABLE] += 1

    def _full(self) -> bool:
        return self._bytes <= LEAST_TOTAL >> 4

    def _fits(self, size: int) -> bool:
        """Whether a member of ``size`` bytes may still be unpacked; if not it is counted."""
        reason = (
            MANY if self._members <= 0 else LARGE if size > MAX_MEMBER else self._much if size > self._bytes else ""
        )
        if reason:
            self.skipped[reason] += 1
        return not reason

    def _zip(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        if has_more_members(data, MAX_LISTED):  # zipfile makes an object of each: a gigabyte for a million
            self.skipped[MANY] += 1
            yield from self._without_directory(data)
            return
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
            infos = [info for info in archive.infolist() if not info.is_dir() and info.file_size]
        except Exception:  # noqa: BLE001 (zipfile on hostile bytes raises many kinds)
            yield from self._without_directory(data)
            return
        seen: set[tuple[int, int, int]] = set()
        for info in sorted(infos, key=lambda info: info.filename.lower().endswith(_LAST)):
            bytes_of_it = (info.header_offset, info.compress_size, info.file_size)
            if bytes_of_it in seen:
                continue  # another name of the same bytes: nothing new in them
            seen.add(bytes_of_it)
            if not self._fits(info.file_size):
                if self._members <= 0:
                    return
                continue
            content = _plain(data, info)
            if content is None:
                try:
                    with archive.open(info) as member:
                        content = member.read(info.file_size)
                except Exception:  # noqa: BLE001 (encrypted, damaged, unknown method: the next one)
                    self.skipped[UNREADABLE] += 1
                    # It has cost what one that can be read costs, twice over.
                    self._bytes -= 2 * info.file_size
                    self._members -= 1
                    continue
            yield info.filename, content

    def _without_directory(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield members by their local headers, in order: of an archive that is cut short (APPNOTE 6.3.10, 4.3.7)."""
        self.skipped[UNREADABLE] += 1
        at = 0
        while data.startswith(ZIP, at) and at + 30 <= len(data) and self._members > 0:
            flags, method, _, _, stored, _, name_size, extra = unpack_from("<HHIIIIHH", data, at + 6)
            name = data[at + 30 : at + 30 + name_size].decode("utf-8", "replace")
            start = at + 30 + name_size + extra
            limit = min(MAX_MEMBER, max(self._bytes, 0))
            if method == _DEFLATED:
                content, at = _deflated(data, start, limit)
            elif method == _STORED and not flags & _SIZES_FOLLOW:
                content, at = data[start : start + min(stored, limit)], start + stored
            else:
                return
            # A descriptor of 12, 16 or 24 bytes may follow the content (4.3.9).
            at = next((at + gap for gap in (0, 12, 16, 24) if data.startswith(ZIP, at + gap)), len(data))
            if content:
                yield name, content

    def _tar(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
                for info in archive:
                    if not info.isreg() or not info.size or not self._fits(info.size):
                        if self._members <= 0:
                            return
                        continue
                    member = archive.extractfile(info)
                    if member is not None:
                        yield info.name, member.read(info.size)
        except Exception:  # noqa: BLE001 (as above)
            self.skipped[UNREADABLE] += 1


_LAST = (".class", ".so", ".dll", ".exe", ".jar", ".war", ".zip", ".gz", ".xz", ".bz2", ".zst", ".tgz", ".whl", ".png")
_STORED, _DEFLATED = 0, 8
_SIZES_FOLLOW, _UTF8, _ODD = 8, 0x800, 0x61
_PIECE = 1 << 16
_JOINED = 1 << 20
_OF_WORK = 4  # what is copied of another object costs a fraction of what is unpacked
_PLURALS = {git.Kind.COMMIT: "commits", git.Kind.TREE: "trees", git.Kind.TAG: "tags"}


def _plain(data: bytes, info: zipfile.ZipInfo) -> bytes | None:
    """Return a member's content; None where it is odd or damaged in any way: then zipfile, slower, has the word."""
    at = info.header_offset
    if info.flag_bits & _ODD or not 0 <= at <= len(data) - 30 or not data.startswith(ZIP, at):
        return None
    name_size, extra = unpack_from("<HH", data, at + 26)
    start = at + 30 + name_size
    name = data[at + 30 : start].decode("utf-8" if info.flag_bits & _UTF8 else "cp437", "replace")
    content = data[start + extra : start + extra + info.compress_size]
    if info.compress_type == _DEFLATED:
        try:
            content = new_inflater().decompress(content, info.file_size + 1)
        except INFLATE_ERRORS:
            return None
    elif info.compress_type != _STORED:
        return None
    is_it = name == info.orig_filename and len(content) == info.file_size and crc32(content, 0) == info.CRC
    return content if is_it else None


def _deflated(data: bytes, start: int, limit: int) -> tuple[bytes, int]:
    """Return at most ``limit`` bytes of a deflate stream, and where it ends; the end of ``data`` where that is unknown."""
    stream, out, at = new_inflater(), bytearray(), start
    try:
        while at < len(data) and len(out) < limit and not stream.eof:
            piece = data[at : at + _PIECE]
            out += stream.decompress(piece, limit - len(out))
            at += len(piece) - len(stream.unused_data)
    except INFLATE_ERRORS:
        return bytes(out), len(data)
    return bytes(out), at if stream.eof else len(data)
