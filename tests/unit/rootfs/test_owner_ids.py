"""Owners that Linux cannot have. What is expected was seen with umoci 0.4.7 and containers/storage."""

from __future__ import annotations

import pytest

from imgscan.rootfs.owner_ids import applied_id
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, merged

from ..support import codes, problem

WRAPPED = [
    (-1, 0),
    (-2, 2**32 - 2),
    (2**32 - 1, 0),
    (2**32, 0),
    (2**32 + 1000, 1000),
    (-(2**31), 2**31),
    (2**40 + 7, 7),
]
PLAIN = [0, 1000, 2**31 - 1, 2**31, 2**32 - 2]


def owner(view: ImageView, path: str) -> tuple[int, int]:
    node = view.stat(path, follow=False)
    assert node is not None
    return node.entry.uid, node.entry.gid


@pytest.mark.parametrize(("stated", "applied"), WRAPPED)
def test_an_owner_beyond_32_bits_is_what_chown_makes_of_it(stated: int, applied: int) -> None:
    assert applied_id(stated) == applied

    view, problems = merged(TarBuilder().file("f", uid=stated, gid=5).file("g", uid=5, gid=stated))

    assert (owner(view, "f"), owner(view, "g")) == ((applied, 5), (5, applied))
    assert sorted(view.stated_owners.values()) == sorted([(stated, 5), (5, stated)])
    assert codes(problems) == ["warning wrapped-owner", "warning wrapped-owner"]


@pytest.mark.parametrize("number", PLAIN)
def test_an_owner_that_can_be_stays_and_warns_of_nothing(number: int) -> None:
    assert applied_id(number) == number

    view, problems = merged(TarBuilder().file("f", uid=number, gid=number))

    assert owner(view, "f") == (number, number)
    assert (view.stated_owners, problems) == ({}, ())


@pytest.mark.parametrize("stated", ["-1", "4294967295", "4294967296"])
def test_a_pax_record_is_no_way_around_it(stated: str) -> None:
    view, problems = merged(TarBuilder().pax({"uid": stated}).file("f", mode=0o4755, uid=1000, gid=1000))

    assert owner(view, "f") == (0, 1000)
    assert f"{stated}:1000" in problem(problems, "wrapped-owner").message


def test_what_the_layer_says_is_kept_beside() -> None:
    view, _ = merged(TarBuilder().file("f", uid=-1))

    assert [entry.uid for entry in view.layer_entries(0)] == [-1]


def test_a_hardlink_has_the_applied_owner_of_its_file_and_no_other_attributes() -> None:
    view, problems = merged(TarBuilder().file("f", uid=-1).hardlink("g", "f", uid=-1))

    assert owner(view, "g") == (0, 0)
    assert set(codes(problems)) == {"warning wrapped-owner"}
