from __future__ import annotations

import pytest

from imgscan.model.entry import Entry, EntryKind
from imgscan.system.accounts.access import EXECUTE, READ, SEARCH, WRITE, Actor, blocked_at
from tests.unit.analyzers.support import view_of

APP = Actor(999, frozenset({998, 4}))
ROOT = Actor(0, frozenset({0}))


def entry(mode: int, uid: int = 0, gid: int = 0, kind: EntryKind = EntryKind.FILE) -> Entry:
    return Entry("a", kind, mode, uid, gid, 0, 0, 0)


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "bits", "may"),
    [
        (0o644, 0, 0, READ, True),
        (0o640, 0, 0, READ, False),
        (0o640, 0, 4, READ, True),
        (0o602, 0, 0, WRITE, True),
        (0o062, 0, 998, WRITE, True),
        (0o077, 999, 998, READ, False),  # the owner's class counts alone
        (0o707, 0, 998, READ, False),  # and the group's before that of others
        (0o555, 999, 0, READ | EXECUTE, True),
    ],
)
def test_one_class_counts(mode: int, uid: int, gid: int, bits: int, may: bool) -> None:
    assert APP.may(entry(mode, uid, gid), bits) is may


def test_an_owner_may_make_it_writable() -> None:
    assert APP.may_change(entry(0o444, uid=999))
    assert not APP.may_change(entry(0o444))
    assert APP.may_change(entry(0o464, gid=4))


def test_root_may_all_but_run_what_nobody_may_run() -> None:
    assert ROOT.may(entry(0o000, 5, 5), READ | WRITE)
    assert not ROOT.may(entry(0o644), EXECUTE)
    assert ROOT.may(entry(0o001, 5, 5), EXECUTE)
    assert ROOT.may(entry(0o000, kind=EntryKind.DIRECTORY), SEARCH)


def test_a_directory_that_may_not_be_searched_blocks_the_way() -> None:
    view = view_of({"a/": (0o755, b""), "a/b/": (0o700, b""), "a/b/c/": (0o777, b""), "a/b/c/d": b""})
    assert blocked_at(view, "a/b/c/d", APP) == "a/b"
    assert blocked_at(view, "a/b", APP) is None
    assert blocked_at(view, "a/b/c/d", ROOT) is None
    assert blocked_at(view, "", APP) is None
