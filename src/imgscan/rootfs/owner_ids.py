"""Owners that Linux cannot have, as runtimes come out with them.

A tar can state any number of 64 bits, and ``chown`` takes 32 bits of it; 2**32 - 1 among these means no change
(chown(2)), so that the file stays with who unpacks it, root. umoci, containerd and containers/storage all do so.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from imgscan.model.entry import Entry

_BITS = 31  # below 2**31 every number is what it says
_IDS = 1 << 32
_NO_CHANGE = _IDS - 1


def applied_id(number: int) -> int:
    """Return the uid or gid that a file has for which a tar states ``number``."""
    number %= _IDS
    return 0 if number == _NO_CHANGE else number


def with_applied_owners(entries: Sequence[Entry]) -> dict[int, Entry]:
    """Return the entries, by index, whose owner is not the stated one, with the owner that runtimes give them."""
    applied = {}
    for index in [index for index, entry in enumerate(entries) if (entry.uid | entry.gid) >> _BITS]:
        entry = entries[index]
        uid, gid = applied_id(entry.uid), applied_id(entry.gid)
        if (uid, gid) != (entry.uid, entry.gid):
            applied[index] = msgspec.structs.replace(entry, uid=uid, gid=gid)
    return applied
