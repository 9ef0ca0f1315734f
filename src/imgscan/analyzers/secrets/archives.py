"""Members of archives and compressed files inside a layer, bounded in number, size and depth; total."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

ZIP, GZIP, BZIP2, XZ = b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0"
MAGICS = (ZIP, GZIP, BZIP2, XZ)
MAX_MEMBER = 8 << 20
MAX_TOTAL = 64 << 20
MAX_MEMBERS = 4000
MAX_DEPTH = 3
_TAR_MAGIC = b"ustar"


def members(data: bytes, depth: int = 0, budget: list[int] | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield chain and content of every member, those of inner archives too: ``!/inner.jar!/app.properties``.

    A damaged archive yields what can be read of it. Beyond 3 levels, 4000 members, 8 MiB a member or 64 MiB in all
    nothing is unpacked.
    """
    budget = budget if budget is not None else [MAX_TOTAL, MAX_MEMBERS]
    for name, content in _opened(data, budget):
        budget[0] -= len(content)
        budget[1] -= 1
        if budget[0] < 0 or budget[1] < 0:
            return
        chain = f"!/{name}" if name else "!"
        if depth + 1 < MAX_DEPTH and (content.startswith(MAGICS) or content[257:262] == _TAR_MAGIC):
            for inner, inside in members(content, depth + 1, budget):
                yield (chain if name else "") + inner, inside
        else:
            yield chain, content


def _opened(data: bytes, budget: list[int]) -> Iterator[tuple[str, bytes]]:
    if data.startswith(ZIP):
        yield from _zip(data, budget)
    elif data[257:262] == _TAR_MAGIC:
        yield from _tar(data)
    else:
        content = _inflated(data)
        if content:
            yield "", content


def _zip(data: bytes, budget: list[int]) -> Iterator[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()[:MAX_MEMBERS]
    except Exception:  # noqa: BLE001 (zipfile on hostile bytes raises many kinds)
        return
    for info in infos:
        if info.is_dir() or not info.file_size or info.file_size > MAX_MEMBER or info.file_size > budget[0]:
            continue
        try:
            with archive.open(info) as member:
                content = member.read(MAX_MEMBER)
        except Exception:  # noqa: BLE001, S112 (encrypted, damaged, unknown method: the next one)
            continue
        yield info.filename, content


def _tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for info in archive:
                if info.isreg() and 0 < info.size <= MAX_MEMBER:
                    member = archive.extractfile(info)
                    if member is not None:
                        yield info.name, member.read(MAX_MEMBER)
    except Exception:  # noqa: BLE001 (as above)
        return


def _inflated(data: bytes) -> bytes:
    """Return the first bytes of a compressed stream, all members of it; what can be read of a damaged one."""
    out = bytearray()
    try:
        if data.startswith(GZIP):
            while data.startswith(GZIP[:2]) and len(out) < MAX_MEMBER:
                inflate = zlib.decompressobj(31)
                out += inflate.decompress(data, MAX_MEMBER - len(out))
                data = inflate.unused_data
        elif data.startswith(BZIP2):
            out += bz2.BZ2Decompressor().decompress(data, MAX_MEMBER)
        elif data.startswith(XZ):
            out += lzma.LZMADecompressor(memlimit=128 << 20).decompress(data, MAX_MEMBER)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
        pass
    return bytes(out)
