"""Access control lists: what is granted is what the kernel would grant."""

from __future__ import annotations

from struct import iter_unpack, pack

import pytest

from imgscan.model.entry import Entry, EntryKind
from imgscan.system.accounts.access import EXECUTE, READ, WRITE, Actor
from imgscan.system.accounts.acl import ACCESS, AccessList, parse_access_list

USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER = 1, 2, 4, 8, 16, 32
NOBODY = 0xFFFFFFFF


def attribute(*entries: tuple[int, int, int]) -> bytes:
    """Return the attribute of entries: tag, bits, id."""
    return b"\x02\0\0\0" + b"".join(pack("<HHI", *item) for item in entries)


def of_file(*named: tuple[int, int, int], group: int = 5, mask: int = 7, other: int = 5) -> bytes:
    usual = [(USER_OBJ, 7, NOBODY), (GROUP_OBJ, group, NOBODY), (MASK, mask, NOBODY), (OTHER, other, NOBODY)]
    return attribute(*sorted([*usual, *named]))


def entry(acl: bytes, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entry:
    return Entry("a", EntryKind.FILE, mode, uid, gid, 0, 0, 0, xattrs={ACCESS: acl})


def test_named_users_and_groups_have_what_the_mask_leaves() -> None:
    assert parse_access_list(of_file((USER, 7, 1000), (GROUP, 6, 50), mask=5)) == AccessList({1000: 5}, {50: 4}, 5)


@pytest.mark.parametrize("data", [b"", b"\x01\0\0\0", b"\x02\0\0\0\x01", of_file(), attribute((USER_OBJ, 7, NOBODY))])
def test_what_names_nobody_or_is_none_says_nothing(data: bytes) -> None:
    assert parse_access_list(data) is None


@pytest.mark.parametrize(
    ("acl", "gid", "bits", "may"),
    [
        (of_file((USER, 6, 1000)), 0, WRITE, True),
        (of_file((USER, 4, 1000)), 0, WRITE, False),
        (of_file((USER, 6, 1000), mask=4), 0, WRITE, False),
        (of_file((USER, 6, 1001)), 0, WRITE, False),
        (of_file((GROUP, 6, 50)), 0, WRITE, True),
        (of_file((GROUP, 6, 51)), 0, WRITE, False),
        (of_file((USER, 0, 1000), (GROUP, 7, 50)), 50, READ, False),  # a named user before all groups
        (of_file((GROUP, 4, 50), group=6), 50, WRITE, True),  # of several groups one is enough
        (of_file((GROUP, 4, 51), group=4), 50, WRITE, False),
        (of_file((GROUP, 0, 50), other=7), 0, READ, False),  # others are those in no group of it
        (of_file((USER, 6, 1), other=1), 0, EXECUTE, True),
    ],
)
def test_the_first_class_that_fits_counts(acl: bytes, gid: int, bits: int, may: bool) -> None:
    others = next(bits for tag, bits, _ in iter_unpack("<HHI", acl[4:]) if tag == OTHER)

    assert Actor(1000, frozenset({50})).may(entry(acl, mode=0o770 | others, gid=gid), bits) is may


def test_the_owner_and_root_are_above_the_list() -> None:
    acl = of_file((USER, 0, 1000), mask=0)

    assert Actor(1000, frozenset()).may(entry(acl, mode=0o700, uid=1000), WRITE)
    assert Actor(0, frozenset({0})).may(entry(acl), WRITE)
