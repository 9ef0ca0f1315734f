"""Access control lists of files, as their extended attribute holds them.

Sources: acl(5), "ACCESS CHECK ALGORITHM"; Linux, include/uapi/linux/posix_acl_xattr.h and posix_acl.h.
"""

from __future__ import annotations

from functools import lru_cache
from struct import iter_unpack

import msgspec

ACCESS = "system.posix_acl_access"
"""The attribute; ``system.posix_acl_default`` is what new files in a directory get."""

_VERSION = b"\x02\0\0\0"
_USER, _GROUP_OBJ, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10


class AccessList(msgspec.Struct, frozen=True):
    """What a list grants, the mask applied: bits by uid and by gid, and those of the owning group."""

    users: dict[int, int] = {}
    groups: dict[int, int] = {}
    owning_group: int = 0


@lru_cache(maxsize=256)
def parse_access_list(data: bytes) -> AccessList | None:
    """Return the list of an attribute; None for none: one without named users and groups says what the mode says."""
    if data[:4] != _VERSION or len(data) % 8 != 4:
        return None
    entries = list(iter_unpack("<HHI", data[4:]))
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), 7) & 7
    users = {number: bits & mask for tag, bits, number in entries if tag == _USER}
    groups = {number: bits & mask for tag, bits, number in entries if tag == _GROUP}
    owning = next((bits for tag, bits, _ in entries if tag == _GROUP_OBJ), 0) & mask
    return AccessList(users, groups, owning) if users or groups else None
