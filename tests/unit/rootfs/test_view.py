"""The merged image: what is visible, what became of the rest, and where facts stand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item, State
from imgscan.model.image import HistoryItem, ImageConfig
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.testing import TarBuilder, merged, tar_of
from imgscan.testing.image import LayerSource


class Marked:
    """Notes the mode of every entry that a test has named ``marked*``."""

    id = "marked"
    version = 1
    interest = Interest(globs=("*marked*",), kinds=frozenset(EntryKind))

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {"mode": entry.mode}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


def facts(*layers: LayerSource) -> list[LocatedFact]:
    return list(merged(*layers, analyzers=(Marked(),))[0].facts(Marked()))


def told(*layers: LayerSource) -> list[tuple[str, str, tuple[str, ...], int | None]]:
    """Return path, state, visible names and removing layer of each fact."""
    return [
        (fact.path, str(fact.state), fact.names, fact.removed_in.index if fact.removed_in else None)
        for fact in facts(*layers)
    ]


# Facts


def test_a_fact_on_a_visible_file_is_visible() -> None:
    assert told({"marked": b""}, {"other": b""}) == [("marked", "visible", ("marked",), None)]


@pytest.mark.parametrize(
    "upper",
    [
        TarBuilder().whiteout("d/marked"),
        TarBuilder().whiteout("d"),
        TarBuilder().opaque("d"),
        TarBuilder().opaque(""),
        TarBuilder().file("d", b""),
        TarBuilder().symlink("d", "x"),
    ],
)
def test_a_fact_on_a_removed_file_is_deleted(upper: TarBuilder) -> None:
    assert told({"d/marked": b""}, {"x": b""}, upper)[0] == ("d/marked", "deleted", (), 2)


@pytest.mark.parametrize(
    "upper",
    [
        TarBuilder().symlink("marked2", "x"),
        TarBuilder().fifo("marked2"),
        TarBuilder().directory("marked2"),
    ],
)
def test_a_fact_on_a_replaced_file_is_overwritten(upper: TarBuilder) -> None:
    first, _ = told({"marked2": b""}, upper)

    assert first == ("marked2", "overwritten", (), 1)


def test_each_layer_that_has_the_file_has_its_fact() -> None:
    found = told({"marked": (0o4755, b"")}, {"marked": (0o755, b"")}, {".wh.marked": b""})

    # Of the marker itself: its name has the word in it, and it is not part of the merged image.
    assert found[:2] == [("marked", "overwritten", (), 1), ("marked", "deleted", (), 2)]


def test_a_file_that_was_removed_and_came_back_has_both_facts() -> None:
    found = told({"marked": b"1"}, TarBuilder().whiteout("marked"), {"marked": b"2"})

    assert found[0] == ("marked", "deleted", (), 1)
    assert found[-1] == ("marked", "visible", ("marked",), None)


def test_a_fact_is_where_its_entry_landed() -> None:
    tar = TarBuilder().directory("usr/lib/").symlink("lib", "usr/lib").file("lib/marked", b"")

    assert told(tar) == [("usr/lib/marked", "visible", ("usr/lib/marked",), None)]


def test_a_fact_names_its_layer_and_instruction() -> None:
    config = ImageConfig(
        present=True, diff_ids=("a", "b"), history=(HistoryItem("ADD", False), HistoryItem("RUN", False))
    )
    view, _ = merged({"x": b""}, {"marked": b""}, analyzers=(Marked(),), config=config)

    (fact,) = view.facts(Marked())

    assert (fact.layer.index, fact.layer.created_by) == (1, "RUN")
    assert fact.layer.diff_id.startswith("sha256:")


# Facts on hardlinks


def linked() -> TarBuilder:
    return TarBuilder().file("marked", b"x", mode=0o4755).hardlink("b", "marked").hardlink("a", "marked")


def test_a_fact_names_all_visible_hardlinks() -> None:
    (fact,) = facts(linked())

    assert (fact.state, fact.names) == (State.VISIBLE, ("a", "b", "marked"))


def test_a_fact_stays_visible_while_one_name_does() -> None:
    (fact, *_) = facts(linked(), TarBuilder().whiteout("marked").whiteout("a"))

    assert (fact.state, fact.names, fact.entry.mode) == (State.VISIBLE, ("b",), 0o4755)


def test_a_fact_is_gone_with_its_last_name() -> None:
    layers = (linked(), TarBuilder().whiteout("marked"), TarBuilder().file("a", b"new"), TarBuilder().whiteout("b"))

    (fact, *_) = facts(*layers)

    assert (fact.state, fact.names) == (State.DELETED, ())
    assert fact.removed_in is not None
    assert fact.removed_in.index == 3


def test_a_fact_whose_last_name_was_overwritten_is_overwritten() -> None:
    (fact, *_) = facts(linked(), TarBuilder().whiteout("marked").whiteout("a"), TarBuilder().file("b", b"new"))

    assert (fact.state, fact.names) == (State.OVERWRITTEN, ())


def test_a_fact_on_a_link_speaks_of_its_inode() -> None:
    (fact,) = facts(TarBuilder().file("f", b"x", mode=0o755, uid=7).hardlink("marked", "f"))

    assert (fact.entry.path, fact.entry.uid, fact.names) == ("f", 7, ("f", "marked"))


def test_a_link_into_a_lower_layer_keeps_the_lower_fact_visible() -> None:
    first = TarBuilder().file("marked", b"x", mode=0o4755)
    second = TarBuilder().hardlink("kept", "marked", mode=0o4755)

    (fact, *_) = facts(first, second, TarBuilder().whiteout("marked"))

    assert (fact.state, fact.names) == (State.VISIBLE, ("kept",))


def test_an_entry_that_could_not_be_merged_is_not_visible() -> None:
    (fact,) = facts(TarBuilder().hardlink("marked", "nothing"))

    assert (fact.state, fact.names) == (State.DELETED, ())


# Stat, children, walk


def test_walk_yields_each_visible_path_once_sorted_the_root_first() -> None:
    view, _ = merged({"b": b"", "a/x": b""}, TarBuilder().whiteout("b").file("c", b"").file("a/x", b"new"))

    assert [node.path for node in view.walk()] == ["", "a", "a/x", "c"]
    assert len(view) == 4


def test_children_are_those_of_the_directory_alone() -> None:
    view, _ = merged({"d/b": b"", "d/a": b"", "d/sub/x": b"", "e": b""}, TarBuilder().whiteout("d/b").file("d/b", b""))

    assert [node.path for node in view.children("d")] == ["d/a", "d/b", "d/sub"]
    assert [node.path for node in view.children()] == ["d", "e"]
    assert view.children("e") == ()
    assert view.children("missing") == ()


def test_a_node_tells_its_layer_and_kind() -> None:
    view, _ = merged({"f": b"1"}, TarBuilder().hardlink("h", "f").symlink("s", "f"))

    h, s = view.stat("h"), view.stat("s", follow=False)
    assert h is not None
    assert s is not None
    assert (h.kind, h.layer, s.kind, s.layer) == (EntryKind.FILE, 1, EntryKind.SYMLINK, 1)
    assert view.names(h.inode) == ("f", "h")


def test_totals_count_names_and_each_inode_once() -> None:
    view, _ = merged(
        TarBuilder().file("f", b"12345").hardlink("h", "f").symlink("s", "f").directory("d").file("g", b"1")
    )

    assert view.totals() == (3, 6)


def test_totals_count_an_inode_whose_first_name_is_gone() -> None:
    view, _ = merged(TarBuilder().file("f", b"12345").hardlink("h", "f"), TarBuilder().whiteout("f"))

    assert view.totals() == (1, 5)


def test_places_are_what_walk_yields_with_the_inode_of_each_path() -> None:
    view, _ = merged(
        TarBuilder().file("d/f", b"1").hardlink("d/h", "d/f").symlink("s", "d/f").file("gone"),
        TarBuilder().whiteout("gone").file("new", b"2"),
    )

    assert sorted(view.rows()) == [(node.path, node.entry, node.inode) for node in view.walk()]
    assert list(zip(*view.columns(), strict=True)) == list(view.rows())


def test_paths_and_directories_are_the_visible_ones() -> None:
    view, _ = merged(
        TarBuilder().file("a/f").directory("b/c").symlink("l", "a"), TarBuilder().whiteout("b/c").file("x")
    )

    assert set(view.paths) == {"", "a", "a/f", "b", "l", "x"}
    assert set(view.directories) == {"", "a", "b"}


def test_a_derived_value_is_made_once_an_image() -> None:
    view, _ = merged({"f": b""})
    made: list[int] = []

    def count(view: ImageView) -> int:
        made.append(1)
        return len(view)

    assert (view.derived(count), view.derived(count), made) == (2, 2, [1])


# Timelines


def timeline(path: str, *layers: LayerSource) -> list[tuple[int, str]]:
    return [(event.layer, event.action) for event in merged(*layers)[0].timeline(path)]


def test_a_timeline_tells_what_each_layer_did() -> None:
    layers: list[LayerSource] = [
        {"f": b"1"},
        {"x": b""},
        {"f": b"2"},
        TarBuilder().whiteout("f"),
        {"y": b""},
        {"f": b"3"},
    ]

    assert timeline("/f", *layers) == [(0, "added"), (2, "changed"), (3, "removed"), (5, "added")]


def test_the_timeline_of_a_path_that_is_gone_ends_in_its_removal() -> None:
    assert timeline("d/f", {"d/f": b"1"}, TarBuilder().whiteout("d")) == [(0, "added"), (1, "removed")]


def test_a_path_that_never_was_has_no_timeline() -> None:
    assert timeline("f", {"d/f": b"1"}) == []


def test_a_directory_of_several_layers_changes() -> None:
    first, second = TarBuilder().directory("d"), TarBuilder().directory("d")

    assert timeline("d", first, second) == [(0, "added"), (1, "changed")]


def test_a_directory_without_an_entry_is_in_the_timeline() -> None:
    assert timeline("d", {"d/f": b""}) == [(0, "added")]


# Every entry of every layer


def test_all_entries_have_a_state() -> None:
    first = tar_of({"a": b"1", "b": b"2"})
    second = TarBuilder().file("a", b"3").whiteout("b").hardlink("bad", "nothing").build()

    view, _ = merged(first, second)

    assert [(entry.path, layer, state, removed) for entry, layer, state, removed, _ in view.all_entries()] == [
        ("a", 0, "overwritten", 1),
        ("b", 0, "deleted", 1),
        ("a", 1, "visible", None),
        (".wh.b", 1, "whiteout", None),
        ("bad", 1, "left out", None),
    ]


def test_the_first_of_two_entries_of_one_layer_is_overwritten() -> None:
    view, _ = merged(TarBuilder().file("a", b"1").file("a", b"2"))

    assert [state for _, _, state, _, _ in view.all_entries()] == ["overwritten", "visible"]
