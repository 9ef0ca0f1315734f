"""A root filesystem in a folder, as the tar that would hold it: folders go the same way as archives."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from imgscan.formats.archives.tar import BLOCK
from imgscan.model.problem import ProblemLog

_CHUNK = 1 << 20
_TYPES = {
    stat.S_IFREG: b"0",
    stat.S_IFLNK: b"2",
    stat.S_IFCHR: b"3",
    stat.S_IFBLK: b"4",
    stat.S_IFDIR: b"5",
    stat.S_IFIFO: b"6",
}


def tar_of_directory(root: str, problems: ProblemLog) -> Iterator[bytes]:
    """Yield a pax tar of all that lies below ``root``, sorted, symlinks as they are, never followed.

    Modes, owners, times (ns), device numbers, hardlinks and extended attributes are those of the files. A file that
    shrinks, or cannot be read further, is filled up with zeros. What cannot be read, and sockets, for which tar has no
    type, are problems; the rest goes on.
    """
    seen: dict[tuple[int, int], bytes] = {}
    base = os.fsencode(root)
    stack = [b""]
    while stack:
        relative = stack.pop()
        full = os.path.join(base, relative) if relative else base
        try:
            info = os.lstat(full)
            if stat.S_ISSOCK(info.st_mode):
                problems.warn("not-an-entry", "a socket, left out", os.fsdecode(relative))
                continue
            children = sorted(os.listdir(full), reverse=True) if stat.S_ISDIR(info.st_mode) else []
            parts = _member(full, relative, info, seen, problems)
            header = next(parts)  # by then the file is open
        except OSError as error:
            problems.error("unreadable", f"cannot be read ({error.strerror}); left out", os.fsdecode(relative))
            continue
        stack += [os.path.join(relative, child) if relative else child for child in children]
        yield header
        yield from parts
    yield bytes(2 * BLOCK)


def _member(
    full: bytes, relative: bytes, info: os.stat_result, seen: dict[tuple[int, int], bytes], problems: ProblemLog
) -> Iterator[bytes]:
    kind = _TYPES[stat.S_IFMT(info.st_mode)]
    records = {b"path": relative or b".", b"mtime": b"%d.%09d" % divmod(info.st_mtime_ns, 10**9)}
    size, descriptor = 0, None
    if kind == b"2":
        records[b"linkpath"] = os.readlink(full)
    elif kind != b"5" and info.st_nlink > 1 and seen.get((info.st_dev, info.st_ino), relative) != relative:
        kind, records[b"linkpath"] = b"1", seen[info.st_dev, info.st_ino]
    if kind == b"0":
        size = info.st_size
        records[b"size"] = b"%d" % size
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        seen.setdefault((info.st_dev, info.st_ino), relative)
        for name in os.listxattr(full, follow_symlinks=False) if hasattr(os, "listxattr") else ():
            records[b"SCHILY.xattr." + os.fsencode(name)] = os.getxattr(full, name, follow_symlinks=False)
        extended = b"".join(_record(key, value) for key, value in records.items())
        yield _header(b"x", 0, 0, 0, len(extended), (0, 0)) + extended + bytes(-len(extended) % BLOCK)
        device = (os.major(info.st_rdev), os.minor(info.st_rdev)) if kind in b"34" else (0, 0)
        yield _header(kind, stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, 0, device)
        if descriptor is not None:
            yield from _content(descriptor, size, relative, problems)
            yield bytes(-size % BLOCK)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _content(descriptor: int, size: int, relative: bytes, problems: ProblemLog) -> Iterator[bytes]:
    left = size
    try:
        while left and (chunk := os.read(descriptor, min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
    except OSError as error:
        text = f"cannot be read further than {size - left} bytes ({error.strerror}); the rest of it is zeros here"
        problems.error("unreadable", text, os.fsdecode(relative))
    while left:
        step = min(_CHUNK, left)
        left -= step
        yield bytes(step)


def _record(key: bytes, value: bytes) -> bytes:
    """Return one pax record, whose length counts itself."""
    body = len(key) + len(value) + 3
    length = body + len(str(body))
    length = body + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)


def _header(kind: bytes, mode: int, uid: int, gid: int, size: int, device: tuple[int, int]) -> bytes:
    fields = b"".join(
        (bytes(100), _octal(mode, 8), _octal(uid, 8), _octal(gid, 8), _octal(size, 12), _octal(0, 12), b" " * 8, kind)
    )
    fields += bytes(100) + b"ustar\x0000" + bytes(64) + _octal(device[0], 8) + _octal(device[1], 8)
    block = fields.ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def _octal(value: int, width: int) -> bytes:
    digits = b"%o" % value
    if len(digits) < width:
        return digits.rjust(width - 1, b"0") + b"\0"
    return b"\x80" + value.to_bytes(width - 1, "big")  # base-256, as GNU tar writes large ids
