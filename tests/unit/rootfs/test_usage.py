from __future__ import annotations

from imgscan.model.entry import EntryKind
from imgscan.model.usage import PathUsage
from imgscan.rootfs.usage import MAX_PATHS, usage
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, merged


def found(view: ImageView) -> dict[str, tuple[int, int]]:
    """Return bytes and files of the directories."""
    return {item.path: (item.size, item.files) for item in usage(view) if item.kind is EntryKind.DIRECTORY}


def large(view: ImageView) -> list[str]:
    """Return the files."""
    return [item.path for item in usage(view) if item.kind is EntryKind.FILE]


def test_a_directory_counts_all_that_is_below_it() -> None:
    view, _ = merged({"usr/lib/a": b"12345", "usr/b": b"12", "c": b"1"})

    assert found(view) == {"": (8, 3), "usr": (7, 2), "usr/lib": (5, 1)}


def test_an_image_without_bytes_has_its_root_alone() -> None:
    view, _ = merged(TarBuilder().directory("usr").file("etc/empty"))

    assert found(view) == {"": (0, 1)}


def test_the_layer_with_max_bytes_is_named_and_how_many_they_are() -> None:
    view, _ = merged({"a/x": b"123", "a/y": b"12"}, {"a/z": b"1234", "a/y": b"2"})

    assert usage(view)[1] == PathUsage(path="a", kind=EntryKind.DIRECTORY, size=8, files=3, layer=1, layer_size=5)


def test_of_layers_with_as_many_bytes_the_lowest_is_named() -> None:
    view, _ = merged({"a/empty": b"", "a/x": b"12"}, {"a/y": b"12"})

    assert {item.layer for item in usage(view) if item.kind is EntryKind.DIRECTORY} == {0}


def test_what_a_later_layer_deleted_counts_nowhere() -> None:
    view, _ = merged({"a/x": b"123", "b/y": b"1"}, TarBuilder().whiteout("a/x"))

    assert found(view) == {"": (1, 1), "b": (1, 1)}


def test_a_file_of_several_names_counts_once_at_the_first() -> None:
    view, _ = merged(TarBuilder().file("z/last", b"1234").hardlink("b/first", "z/last").hardlink("c/second", "z/last"))

    assert found(view) == {"": (4, 1), "b": (4, 1)}
    assert usage(view)[0].size == view.totals()[1]


def test_directories_below_the_fourth_count_for_the_fourth() -> None:
    view, _ = merged({"a/b/c/d/e/f": b"123", "a/b/c/d/x": b"4"})

    assert list(found(view)) == ["", "a", "a/b", "a/b/c", "a/b/c/d"]
    assert found(view)["a/b/c/d"] == (4, 2)


def test_a_directory_with_less_than_its_share_is_left_out() -> None:
    view, _ = merged({"big/x": bytes(1991), "small/y": bytes(9), "tiny/z": b""})

    assert list(found(view)) == ["", "big"]


def test_a_directory_with_exactly_its_share_is_told() -> None:
    view, _ = merged({"big/x": bytes(1990), "small/y": bytes(10)})

    assert list(found(view)) == ["", "big", "small"]


def test_the_largest_are_kept_of_too_many_and_their_parents_with_them() -> None:
    view, _ = merged({f"{n:03}/b/c/d/x": b"12345678" for n in range(150)})

    paths = [item.path for item in usage(view)]

    assert len(paths) == MAX_PATHS
    assert all(path.rpartition("/")[0] in paths for path in paths)


def test_a_large_file_is_told_with_its_layer() -> None:
    view, _ = merged({"a/small": bytes(9)}, {"a/large": bytes(1991)})

    assert large(view) == ["a/large"]
    assert usage(view)[-1] == PathUsage(
        path="a/large", kind=EntryKind.FILE, size=1991, files=1, layer=1, layer_size=1991
    )


def test_a_large_file_deeper_than_directories_are_told_counts_for_its_directory() -> None:
    view, _ = merged({"a/b/c/d/e/f": b"123", "a/b/c/d/x": b"4"})

    assert large(view) == ["a/b/c/d/x"]


def test_a_large_file_of_several_names_is_told_once() -> None:
    view, _ = merged(TarBuilder().file("z", b"1234").hardlink("b", "z"))

    assert large(view) == ["b"]
