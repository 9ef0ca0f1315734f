from __future__ import annotations

from imgscan.rootfs.tree import layer_of
from imgscan.testing import TarBuilder, merged


def test_places_are_the_walk_without_its_order() -> None:
    lower = TarBuilder().file("a/b", b"x").hardlink("c", "a/b").symlink("d", "c").file("e", b"old")
    view, _ = merged(lower, TarBuilder().file("e", b"new!").whiteout("d"))
    walked = [(node.path, node.entry, node.inode) for node in view.walk()]
    assert sorted(view.rows(), key=lambda place: place[0]) == walked
    assert {path: layer_of(ref) for path, _, ref in view.rows()}["e"] == 1


def test_hidden_entries_say_which_layer_took_them_away_and_how() -> None:
    view, _ = merged(
        {"keep": b"", "gone": b"12", "changed": b"345"}, TarBuilder().whiteout("gone").file("changed", b"6")
    )
    found = {path: (entry.size, point.index, str(state)) for path, entry, _, point, state in view.hidden()}
    assert found == {"gone": (2, 1, "deleted"), "changed": (3, 1, "overwritten")}


def test_a_hardlinks_inode_is_that_of_its_first_name() -> None:
    view, _ = merged(TarBuilder().file("a", b"x").hardlink("b", "a"), TarBuilder().whiteout("a"))
    ((_, _, ref, _, _),) = view.hidden()
    assert view.names(view.inode_of(ref)) == ("b",)


def test_the_entries_of_a_layer_are_those_of_its_tar() -> None:
    view, _ = merged({"a": b""}, TarBuilder().whiteout("a").file("b"))
    assert [entry.path for entry in view.layer_entries(1)] == [".wh.a", "b"]
