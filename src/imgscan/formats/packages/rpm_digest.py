"""Whether a header of the rpm database is the one its package had, by the digest that the package brought.

Source: rpm, lib/header.c and lib/headerutil.c: the first tag of an installed header marks the region that is as it was
in the package (RPMTAG_HEADERIMMUTABLE); RPMTAG_SHA256HEADER and RPMTAG_SHA1HEADER are digests of a header of that
region alone, with the magic that stands before it in a file.
"""

from __future__ import annotations

import hashlib
from struct import pack, unpack_from

_MAGIC = b"\x8e\xad\xe8\x01\0\0\0\0"
_IMMUTABLE, _BINARY, _STRING = 63, 7, 6
_ENTRY = 16
_DIGESTS = ((273, "sha256", 64), (269, "sha1", 40))
_MAX_TAGS = 0xFFFF


def is_as_packaged(blob: bytes) -> bool | None:
    """Return whether the region has the digest that is told beside it; None where there is no region or no digest."""
    if len(blob) < 8 + _ENTRY:
        return None
    count, size = unpack_from(">II", blob)
    start = 8 + _ENTRY * count
    tag, kind, offset, length = unpack_from(">IIII", blob, 8)
    if count > _MAX_TAGS or start + size > len(blob) or (tag, kind, length) != (_IMMUTABLE, _BINARY, _ENTRY):
        return None
    if offset + _ENTRY > size:
        return None
    # The trailer of the region is an entry too; its offset counts back over the region's entries.
    back = unpack_from(">i", blob, start + offset + 8)[0]
    entries, stored = -back // _ENTRY, offset + _ENTRY
    if not 0 < entries <= count or -back % _ENTRY:
        return None
    description = _entry_of(blob, count, start, size)
    if description is None:
        return None
    algorithm, digest = description
    result = hashlib.new(algorithm, _MAGIC + pack(">II", entries, stored), usedforsecurity=False)
    result.update(blob[8 : 8 + _ENTRY * entries])
    result.update(blob[start : start + stored])
    return result.hexdigest().encode() == digest


def _entry_of(blob: bytes, count: int, start: int, size: int) -> tuple[str, bytes] | None:
    indexes: dict[int, int] = {}
    for number in range(count):
        tag, kind, offset, _ = unpack_from(">IIII", blob, 8 + _ENTRY * number)
        if kind == _STRING:
            indexes.setdefault(tag, offset)
    for tag, algorithm, digits in _DIGESTS:
        offset = indexes.get(tag)
        if offset is not None and offset + digits <= size:
            return algorithm, blob[start + offset : start + offset + digits]
    return None
