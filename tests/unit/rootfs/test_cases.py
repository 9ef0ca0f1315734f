"""The rows of the cases' table (section 3, "The tricky semantics"), each under its number; 22 to 34 also in layer."""

from __future__ import annotations

import os

import msgspec
import pytest

from imgscan.model.entry import EntryKind
from imgscan.model.limits import Limits
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, listing, merged
from imgscan.testing.header import Fields

from ..support import codes, file_of, problem, same_inode, seen

DIR = "dir 0755"
OLD, NEW = file_of(b"old"), file_of(b"new")


def lower() -> TarBuilder:
    return TarBuilder().directory("d/").file("d/old", b"old").directory("d/sub/").file("d/sub/deep", b"old")


# 1 to 5: whiteouts


@pytest.mark.parametrize("order", ["marker first", "marker last", "marker between"])
def test_row_01_an_opaque_marker_hides_lower_children_wherever_it_stands(order: str) -> None:
    upper = TarBuilder().directory("d/")
    if order == "marker first":
        upper.opaque("d")
    upper.file("d/new", b"new")
    if order == "marker between":
        upper.opaque("d")
    upper.file("d/newer", b"new")
    if order == "marker last":
        upper.opaque("d")

    assert seen(lower(), upper) == ({"d": DIR, "d/new": NEW, "d/newer": NEW}, [])


def test_row_02_an_opaque_marker_at_the_root_hides_all_and_warns() -> None:
    found, problems = seen(lower(), TarBuilder().opaque("").file("only", b"new"))

    assert found == {"only": NEW}
    assert problems == ["warning opaque-root"]


def test_row_03_an_opaque_marker_without_its_directory_keeps_mode_and_owner() -> None:
    below = TarBuilder().directory("d/", mode=0o1777, uid=7, gid=8, mtime=9).file("d/old", b"old")

    view, problems = merged(below, TarBuilder().opaque("d"))

    node = view.stat("d")
    assert node is not None
    assert (node.entry.mode, node.entry.uid, node.entry.gid, node.entry.mtime_ns) == (0o1777, 7, 8, 9 * 10**9)
    assert listing(view) == {"d": "dir 1777"}
    assert problems == ()


@pytest.mark.parametrize("whiteout_first", [True, False])
def test_row_04_a_directory_whited_out_and_made_anew_has_only_new_children(whiteout_first: bool) -> None:
    upper = TarBuilder()
    if whiteout_first:
        upper.whiteout("d")
    upper.directory("d/").file("d/new", b"new")
    if not whiteout_first:
        upper.whiteout("d")

    assert seen(lower(), upper) == ({"d": DIR, "d/new": NEW}, ["warning whiteout-and-entry"])


def test_row_04_the_new_directory_may_have_no_entry_of_its_own() -> None:
    upper = TarBuilder().whiteout("d").file("d/new", b"new")

    assert seen(lower(), upper) == ({"d": DIR, "d/new": NEW}, ["warning whiteout-and-entry"])


@pytest.mark.parametrize("whiteout_first", [True, False])
@pytest.mark.parametrize("in_lower", [True, False])
def test_row_05_a_file_and_its_whiteout_in_one_layer_leave_the_file(whiteout_first: bool, in_lower: bool) -> None:
    upper = TarBuilder()
    if whiteout_first:
        upper.whiteout("f")
    upper.file("f", b"new")
    if not whiteout_first:
        upper.whiteout("f")
    below = TarBuilder().file("f", b"old") if in_lower else TarBuilder()

    assert seen(below, upper) == ({"f": NEW}, ["warning whiteout-and-entry"])


def test_row_05_a_directory_then_its_whiteout_stays_with_a_warning() -> None:
    upper = TarBuilder().directory("n/").file("n/x", b"new").whiteout("n")

    assert seen(TarBuilder(), upper) == ({"n": DIR, "n/x": NEW}, ["warning whiteout-and-entry"])


@pytest.mark.parametrize("names", [("d", "d/sub/deep"), ("d/sub/deep", "d")])
def test_rows_01_to_05_the_order_of_whiteouts_does_not_matter(names: tuple[str, str]) -> None:
    upper = TarBuilder()
    for name in names:
        upper.whiteout(name)

    assert seen(lower(), upper) == ({}, [])


@pytest.mark.parametrize("opaque_first", [True, False])
def test_rows_01_to_05_the_order_of_opaque_markers_and_whiteouts_does_not_matter(opaque_first: bool) -> None:
    upper = TarBuilder()
    if opaque_first:
        upper.opaque("d")
    upper.whiteout("d/sub/deep")
    if not opaque_first:
        upper.opaque("d")

    assert seen(lower(), upper) == ({"d": DIR, "d/sub": DIR}, [])  # overlay shows the folder the whiteout stands in


@pytest.mark.parametrize("marker_first", [True, False])
def test_rows_01_to_05_a_marker_below_a_file_of_its_own_layer_leaves_the_file(marker_first: bool) -> None:
    upper = TarBuilder()
    if marker_first:
        upper.whiteout("d/old").opaque("d/sub")
    upper.file("d", b"new")
    if not marker_first:
        upper.whiteout("d/old").opaque("d/sub")

    assert seen(lower(), upper) == ({"d": NEW}, [])


# 6 to 10: hardlinks


def test_row_06_a_hardlink_to_a_lower_file_is_the_same_inode() -> None:
    below = TarBuilder().file("f", b"old", mode=0o4755, uid=3, gid=4, xattrs={"user.a": b"1"})
    upper = TarBuilder().hardlink("link", "f", mode=0o4755, uid=3, gid=4)

    view, problems = merged(below, upper)

    node = view.stat("link")
    assert node is not None
    assert same_inode(view, "f", "link")
    assert (node.entry.mode, node.entry.uid, node.entry.gid, node.entry.xattrs) == (0o4755, 3, 4, {"user.a": b"1"})
    assert listing(view) == {"f": file_of(b"old", 0o4755), "link": file_of(b"old", 0o4755)}
    assert codes(problems) == ["warning hardlink-below"]
    assert "/f" in problems[0].message
    assert problems[0].path == "link"


def test_row_06_a_hardlink_within_a_layer_warns_of_nothing() -> None:
    assert seen(TarBuilder().file("f", b"old").hardlink("link", "f"))[1] == []


@pytest.mark.parametrize("change", ["replaced", "whited out"])
@pytest.mark.parametrize("gone", ["first", "second"])
def test_row_07_the_other_name_of_a_changed_hardlink_keeps_bytes_and_attributes(change: str, gone: str) -> None:
    below = TarBuilder().file("first", b"old", mode=0o4711, uid=5).hardlink("second", "first", mode=0o4711, uid=5)
    upper = TarBuilder().file(gone, b"new") if change == "replaced" else TarBuilder().whiteout(gone)
    kept = "second" if gone == "first" else "first"

    view, problems = merged(below, upper)

    node = view.stat(kept)
    assert node is not None
    assert (node.entry.size, node.entry.mode, node.entry.uid) == (3, 0o4711, 5)
    expected = {kept: file_of(b"old", 0o4711)} | ({gone: NEW} if change == "replaced" else {})
    assert listing(view) == expected
    assert problems == ()


@pytest.mark.parametrize("change", [Fields(mode=0o4755), Fields(uid=9), Fields(gid=9)])
def test_row_08_the_first_entry_rules_a_hardlinks_attributes(change: Fields) -> None:
    fields: Fields = {"mode": 0o755, **change}
    tar = TarBuilder().file("f", b"old", mode=0o755).hardlink("link", "f", **fields)

    view, problems = merged(tar)

    node = view.stat("link")
    assert node is not None
    assert (node.entry.mode, node.entry.uid, node.entry.gid) == (0o755, 0, 0)
    assert codes(problems) == ["warning hardlink-attributes"]
    if "mode" in change:
        assert "4755" in problems[0].message
        assert "0755" in problems[0].message


def test_row_08_a_hardlinks_own_xattrs_do_not_count_and_warn() -> None:
    tar = TarBuilder().file("f", b"old").member("link", xattrs={"user.a": b"1"}, typeflag=b"1", link="f")

    view, problems = merged(tar)

    node = view.stat("link")
    assert node is not None
    assert node.entry.xattrs is None
    assert codes(problems) == ["warning hardlink-attributes"]
    assert "user.a" in problems[0].message


def test_row_08_equal_attributes_warn_of_nothing() -> None:
    tar = TarBuilder().file("f", b"old", xattrs={"user.a": b"1"})
    tar.member("link", xattrs={"user.a": b"1"}, typeflag=b"1", link="f").hardlink("bare", "f")

    assert seen(tar)[1] == []


@pytest.mark.parametrize(
    ("target", "word"),
    [("later", "nothing"), ("self", "itself"), ("d", "a directory"), ("missing", "nothing"), ("f/x", "nothing")],
)
def test_row_09_a_hardlink_that_no_runtime_makes_is_an_error_and_the_rest_goes_on(target: str, word: str) -> None:
    tar = TarBuilder().directory("d/").file("f", b"old")
    at = tar.at
    tar.hardlink("self", target).file("later", b"new")

    view, problems = merged(tar)

    assert listing(view) == {"d": DIR, "f": OLD, "later": NEW}
    assert codes(problems) == ["error hardlink"]
    assert problems[0].path == "self"
    assert problems[0].offset == at + 512
    assert word in problems[0].message


def test_row_09_a_hardlink_to_itself_leaves_the_lower_layers_file() -> None:
    view, problems = merged(TarBuilder().file("f", b"old"), TarBuilder().hardlink("f", "./f"))

    node = view.stat("f")
    assert node is not None
    assert (listing(view), node.layer) == ({"f": OLD}, 0)
    assert codes(problems) == ["error hardlink"]
    assert "itself" in problems[0].message


@pytest.mark.parametrize("in_one_layer", [True, False])
def test_row_09_a_hardlink_in_place_of_its_targets_folder_is_left_out(in_one_layer: bool) -> None:
    first = TarBuilder().file("d/s/a", b"old")
    layers = [first.hardlink("d/s", "d/s/a")] if in_one_layer else [first, TarBuilder().hardlink("d/s", "d/s/a")]

    view, problems = merged(*layers)

    assert "error hardlink" in codes(problems)
    assert listing(view)["d/s/a"] == OLD


def test_row_09_a_hardlink_beside_its_targets_folder_is_made() -> None:
    view, problems = merged(TarBuilder().file("d/s/a", b"old").hardlink("d/sa", "d/s/a"))

    assert problems == ()
    assert listing(view)["d/sa"] == OLD


def test_row_09_a_hardlink_out_of_the_image_never_reads_the_host() -> None:
    tar = TarBuilder().hardlink("stolen", "../../../../etc/hostname").file("f", b"old")

    assert seen(tar) == ({"f": OLD}, ["error hardlink", "warning link-escapes"])


def test_row_09_a_hardlink_without_a_target_is_an_error() -> None:
    assert seen(TarBuilder().hardlink("h", "").file("f", b"old")) == ({"f": OLD}, ["error hardlink"])


@pytest.mark.parametrize("target", ["etc/x", "/etc/x", "./etc/x", "etc//x", "link/x", "link/../etc/x"])
def test_row_10_every_spelling_of_a_hardlinks_target_is_one_file(target: str) -> None:
    tar = TarBuilder().directory("etc/").file("etc/x", b"old").symlink("link", "etc").hardlink("h", target)

    view, problems = merged(tar)

    assert same_inode(view, "h", "etc/x")
    assert problems == ()


# 11 to 16: one kind in place of another


@pytest.mark.parametrize("kind", ["file", "symlink", "fifo", "device"])
def test_row_11_anything_over_a_directory_replaces_it_with_its_children(kind: str) -> None:
    upper = {
        "file": TarBuilder().file("d", b"new"),
        "symlink": TarBuilder().symlink("d", "else"),
        "fifo": TarBuilder().fifo("d"),
        "device": TarBuilder().device("d", 1, 3),
    }[kind]
    expected = {"file": NEW, "symlink": "symlink -> else", "fifo": "fifo", "device": "char 1,3"}[kind]

    assert seen(lower(), upper) == ({"d": expected}, [])


@pytest.mark.parametrize("kind", ["file", "symlink", "fifo"])
def test_row_11_a_directory_over_anything_replaces_it(kind: str) -> None:
    below = {
        "file": TarBuilder().file("d", b"old"),
        "symlink": TarBuilder().symlink("d", "else"),
        "fifo": TarBuilder().fifo("d"),
    }[kind]

    assert seen(below, TarBuilder().directory("d/", mode=0o700)) == ({"d": "dir 0700"}, [])


def test_row_11_a_directory_over_a_directory_keeps_children_and_takes_attributes() -> None:
    found, problems = seen(lower(), TarBuilder().directory("d/", mode=0o700))

    assert found == {"d": "dir 0700", "d/old": OLD, "d/sub": DIR, "d/sub/deep": OLD}
    assert problems == []


def test_row_12_a_directory_entry_replaces_a_symlink_and_leaves_its_target() -> None:
    below = TarBuilder().directory("usr/lib/").file("usr/lib/old", b"old").symlink("lib", "usr/lib")
    upper = TarBuilder().directory("lib/").file("lib/foo", b"new")

    found, problems = seen(below, upper)

    assert found == {"lib": DIR, "lib/foo": NEW, "usr": DIR, "usr/lib": DIR, "usr/lib/old": OLD}
    assert problems == []


def test_row_13_an_entry_below_a_lower_symlink_makes_a_directory_and_names_the_other_path() -> None:
    below = TarBuilder().directory("usr/lib/").file("usr/lib/old", b"old").symlink("lib", "usr/lib")
    upper = TarBuilder().file("lib/foo", b"new").file("lib/bar", b"new")

    view, problems = merged(below, upper)

    assert listing(view) == {
        "lib": DIR,
        "lib/bar": NEW,
        "lib/foo": NEW,
        "usr": DIR,
        "usr/lib": DIR,
        "usr/lib/old": OLD,
    }
    assert codes(problems) == ["warning through-symlink"]
    assert problems[0].path == "lib/foo"
    assert problems[0].offset == 512
    assert "/usr/lib/foo" in problems[0].message


def test_row_13_a_whiteout_below_a_lower_symlink_makes_an_empty_directory_and_keeps_the_file() -> None:
    below = TarBuilder().directory("usr/lib/").file("usr/lib/old", b"old").symlink("lib", "usr/lib")

    view, problems = merged(below, TarBuilder().whiteout("lib/old"))

    assert listing(view) == {"lib": DIR, "usr": DIR, "usr/lib": DIR, "usr/lib/old": OLD}
    assert codes(problems) == ["warning through-symlink"]
    assert "/usr/lib/old" in problems[0].message


def test_row_13_an_opaque_marker_below_a_lower_symlink_touches_nothing_of_its_target() -> None:
    below = TarBuilder().directory("target/").file("target/keep.conf", b"old").symlink("link", "/target")

    found, problems = seen(below, TarBuilder().opaque("link"))

    assert found == {"link": DIR, "target": DIR, "target/keep.conf": OLD}
    assert problems == ["warning through-symlink"]


@pytest.mark.parametrize("target", ["usr/lib", "/usr/lib", "./usr/lib", "../../usr/lib", "usr/../usr/lib/"])
def test_row_14_within_a_layer_an_entry_below_a_symlink_follows_it_inside_the_root(target: str) -> None:
    tar = TarBuilder().directory("usr/lib/").symlink("lib", target).file("lib/foo", b"new")

    found, problems = seen(tar)

    assert found == {"lib": f"symlink -> {target}", "usr": DIR, "usr/lib": DIR, "usr/lib/foo": NEW}
    assert problems == []


@pytest.mark.parametrize(("target", "real"), [("/usr/lib", "usr/lib"), ("usr/lib", "sub/usr/lib"), ("../lib", "lib")])
def test_row_14_a_symlink_is_relative_to_its_own_directory(target: str, real: str) -> None:
    tar = TarBuilder().directory("sub/").symlink("sub/link", target).file("sub/link/foo", b"new")

    found, problems = seen(tar)

    assert found[f"{real}/foo"] == NEW
    assert problems == []


def test_row_14_a_loop_of_symlinks_is_an_error_and_the_rest_goes_on() -> None:
    tar = TarBuilder().symlink("a", "b").symlink("b", "a").file("a/foo", b"new").file("f", b"new")

    found, problems = seen(tar)

    assert found == {"a": "symlink -> b", "b": "symlink -> a", "f": NEW}
    assert problems == ["error symlink-loop"]


def test_row_15_a_directory_after_a_symlink_of_its_name_replaces_it() -> None:
    tar = TarBuilder().directory("usr/").symlink("lib", "usr").directory("lib/").file("lib/foo", b"new")

    found, problems = seen(tar)

    assert found == {"lib": DIR, "lib/foo": NEW, "usr": DIR}
    assert problems == ["warning duplicate-member"]


def test_row_16_an_entry_below_a_lower_file_makes_a_directory_and_warns() -> None:
    view, problems = merged(TarBuilder().file("a", b"old"), TarBuilder().file("a/b", b"new"))

    assert listing(view) == {"a": DIR, "a/b": NEW}
    assert codes(problems) == ["warning below-file"]
    assert problems[0].path == "a/b"
    assert problems[0].offset == 512


# 17 to 21: odd markers


@pytest.mark.parametrize("folder", ["", "d/"])
@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_row_17_a_whiteout_of_nothing_deletes_nothing_and_is_an_error(folder: str, name: str) -> None:
    upper = TarBuilder().file(folder + name).file("after", b"new")

    view, problems = merged(lower(), upper)

    assert listing(view) == {"after": NEW, "d": DIR, "d/old": OLD, "d/sub": DIR, "d/sub/deep": OLD}
    assert codes(problems) == ["error invalid-whiteout"]
    assert problems[0].path == folder + name
    assert problems[0].offset == 512


@pytest.mark.parametrize(
    ("marker", "warned"),
    [
        (TarBuilder().directory("d/.wh.old/"), "odd-whiteout"),
        (TarBuilder().symlink("d/.wh.old", "x"), "odd-whiteout"),
        (TarBuilder().file("f", b"").hardlink("d/.wh.old", "f"), "odd-whiteout"),
        (TarBuilder().file("d/.wh.old", b"what was hidden here"), "odd-whiteout"),
        (TarBuilder().device("d/.wh.old", 0, 0), "odd-whiteout"),
        (TarBuilder().file("d/.wh.old/"), "trailing-slash"),
        (TarBuilder().member("d/.wh.old/", typeflag=b"\0"), "odd-whiteout"),
    ],
)
def test_row_18_the_name_makes_the_whiteout_and_an_odd_one_warns(marker: TarBuilder, warned: str) -> None:
    found, problems = seen(lower(), marker)

    assert {path for path in found if path != "f"} == {"d", "d/sub", "d/sub/deep"}
    assert problems == [f"warning {warned}"]


def test_row_18_the_bytes_of_a_whiteout_are_told() -> None:
    _, problems = merged(lower(), TarBuilder().file("d/.wh.old", b"12345"))

    assert "5 bytes" in problems[0].message
    assert problems[0].path == "d/.wh.old"


def test_row_18_a_plain_whiteout_warns_of_nothing() -> None:
    assert seen(lower(), TarBuilder().whiteout("d/old"))[1] == []


def test_row_19_aufs_metadata_is_hidden_and_has_no_effect() -> None:
    tar = TarBuilder().file(".wh..wh.aufs").directory(".wh..wh.orph/").directory(".wh..wh.plnk/")

    assert seen(lower(), tar) == ({"d": DIR, "d/old": OLD, "d/sub": DIR, "d/sub/deep": OLD}, [])


def test_row_19_what_lies_below_aufs_metadata_is_on_disk_and_links_into_it_keep_their_content() -> None:
    tar = (
        TarBuilder()
        .directory(".wh..wh.plnk/")
        .file(".wh..wh.plnk/101.7", b"old", mode=0o755)
        .hardlink("bin", ".wh..wh.plnk/101.7", mode=0o755)
        .hardlink("bin2", ".wh..wh.plnk/101.7", mode=0o755)
    )

    view, problems = merged(tar)

    program = file_of(b"old", 0o755)
    assert listing(view) == {".wh..wh.plnk": DIR, ".wh..wh.plnk/101.7": program, "bin": program, "bin2": program}
    assert same_inode(view, "bin", "bin2")
    assert codes(problems) == ["warning below-whiteout"]


def test_row_19_a_reserved_name_is_a_whiteout_to_runtimes_and_an_unknown_one_warns() -> None:
    below = lower().file("d/.wh..opqX/file", b"old")

    found, problems = seen(below, TarBuilder().file("d/.wh..wh..opqX"))

    assert found == {"d": DIR, "d/old": OLD, "d/sub": DIR, "d/sub/deep": OLD}
    assert problems == ["warning below-whiteout", "warning whiteout-metadata"]


@pytest.mark.parametrize(
    "folder", ["opt/.wh.d", ".wh.d", "opt/.wh.", "opt/.wh...", ".wh..wh.orph", "opt/.wh..wh.aufs", "opt/.wh..wh..opq"]
)
@pytest.mark.parametrize("depth", ["", "/e/f"])
def test_row_20_what_lies_below_a_whiteouts_name_is_listed_with_a_warning(folder: str, depth: str) -> None:
    path = f"{folder}{depth}/bash"

    view, problems = merged(TarBuilder().file(path, b"new", mode=0o4755))

    assert listing(view)[path] == file_of(b"new", 0o4755)
    assert listing(view)[folder] == DIR
    assert codes(problems) == ["warning below-whiteout"]
    assert problem(problems, "below-whiteout").path == path


def test_row_20_the_folder_itself_is_the_whiteout() -> None:
    upper = TarBuilder().directory(".wh.d/", mode=0o700).file(".wh.d/c", b"new")

    view, problems = merged(lower(), upper)

    assert listing(view) == {".wh.d": DIR, ".wh.d/c": NEW}  # its mode is not the entry's: no runtime applies that
    assert codes(problems) == ["warning below-whiteout", "warning odd-whiteout"]


def test_row_20_a_later_layer_hides_what_lies_below_a_whiteouts_name() -> None:
    below = TarBuilder().file("d/.wh.e/one", b"old").file("d/.wh.e/two", b"old")

    assert listing(merged(below, TarBuilder().whiteout("d/.wh.e/one"))[0]) == {
        "d": DIR,
        "d/.wh.e": DIR,
        "d/.wh.e/two": OLD,
    }
    assert listing(merged(below, TarBuilder().whiteout("d/.wh.e"))[0]) == {"d": DIR}
    assert listing(merged(below, TarBuilder().opaque("d"))[0]) == {"d": DIR}


def test_row_20_a_name_that_only_holds_the_letters_warns_of_nothing() -> None:
    found, problems = seen(TarBuilder().file("a.wh.d/c", b"new"))

    assert found == {"a.wh.d": DIR, "a.wh.d/c": NEW}
    assert problems == []


def test_row_21_a_device_that_overlay_takes_as_a_whiteout_is_listed_with_a_warning() -> None:
    found, problems = seen(lower(), TarBuilder().device("d/old", 0, 0))

    assert found == {"d": DIR, "d/old": "char 0,0", "d/sub": DIR, "d/sub/deep": OLD}
    assert problems == ["warning overlay-whiteout"]


def test_row_21_an_ordinary_device_warns_of_nothing() -> None:
    assert seen(TarBuilder().device("null", 1, 3)) == ({"null": "char 1,3"}, [])


@pytest.mark.parametrize("name", ["trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque"])
def test_row_21_an_overlay_attribute_has_no_effect_and_warns(name: str) -> None:
    view, problems = merged(lower(), TarBuilder().directory("d/", xattrs={name: b"y"}))

    assert listing(view) == {"d": DIR, "d/old": OLD, "d/sub": DIR, "d/sub/deep": OLD}
    assert codes(problems) == ["warning overlay-xattr"]
    assert name in problems[0].message


# 22 to 27: names, doubles, parents, modes


@pytest.mark.parametrize("name", ["d/x", "./d/x", "/d/x", "d//x", "d/./x", "d/y/../x", "./d/x/."])
def test_row_22_every_spelling_of_a_name_is_one_path(name: str) -> None:
    found, problems = seen(lower(), TarBuilder().file(name, b"new"))

    assert found["d/x"] == NEW
    assert [code for code in problems if "trailing-slash" not in code] == []


@pytest.mark.parametrize("name", ["../d/x", "d/../../d/x", "/../d/x"])
def test_row_22_a_name_that_leaves_the_root_is_clamped_with_a_warning(name: str) -> None:
    view, problems = merged(lower(), TarBuilder().file(name, b"new"))

    assert listing(view)["d/x"] == NEW
    assert codes(problems) == ["warning path-escapes"]
    assert problems[0].path == "d/x"


@pytest.mark.parametrize("name", ["./d/.wh.old", "/d/.wh.old", "d//.wh.old", "x/../d/.wh.old", "d/./.wh.old"])
def test_row_22_whiteouts_are_cleaned_too(name: str) -> None:
    assert "d/old" not in seen(lower(), TarBuilder().file(name))[0]


def test_row_23_of_two_entries_of_one_path_the_last_wins_with_both_offsets_told() -> None:
    tar = TarBuilder()
    first = tar.at + 512
    tar.file("f", b"old")
    second = tar.at + 512
    tar.file("./f", b"new", mode=0o600)

    view, problems = merged(tar)

    assert listing(view) == {"f": file_of(b"new", 0o600)}
    assert codes(problems) == ["warning duplicate-member"]
    assert str(first) in problems[0].message
    assert str(second) in problems[0].message
    assert problems[0].offset == second


def test_row_23_the_same_path_in_two_layers_is_no_duplicate() -> None:
    assert seen(TarBuilder().file("f", b"old"), TarBuilder().file("f", b"new")) == ({"f": NEW}, [])


def test_row_24_a_slash_makes_a_directory_of_type_nul_alone() -> None:
    tar = TarBuilder().file("f/", b"old").member("d/", typeflag=b"\0", mode=0o755)

    assert seen(tar) == ({"d": DIR, "f": OLD}, ["warning trailing-slash"])


def test_row_25_parents_without_an_entry_are_listed_as_root_0755() -> None:
    view, problems = merged(TarBuilder().file("a/b/c", b"new", uid=7))

    assert listing(view) == {"a": DIR, "a/b": DIR, "a/b/c": NEW}
    node = view.stat("a/b")
    assert node is not None
    assert (node.implicit, node.entry.uid, node.entry.gid, node.layer) == (True, 0, 0, 0)
    assert problems == ()


def test_row_25_parents_below_a_set_group_id_folder_inherit_the_bit() -> None:
    view, problems = merged(TarBuilder().directory("a/", mode=0o2711), TarBuilder().file("a/b/c/d", b"new"))

    assert listing(view) == {"a": "dir 2711", "a/b": "dir 2755", "a/b/c": "dir 2755", "a/b/c/d": NEW}
    assert problems == ()


def test_row_25_parents_made_before_the_folder_has_the_bit_do_not() -> None:
    view, problems = merged(TarBuilder().file("a/b/c", b"new").directory("a/", mode=0o2711))

    assert listing(view) == {"a": "dir 2711", "a/b": DIR, "a/b/c": NEW}
    assert problems == ()


def test_row_25_an_entry_that_comes_later_states_the_attributes() -> None:
    view, problems = merged(TarBuilder().file("a/b", b"new").directory("a/", mode=0o700))

    assert listing(view) == {"a": "dir 0700", "a/b": NEW}
    assert problems == ()


def test_row_26_names_are_bytes_and_stay_distinct() -> None:
    names = [
        b"A",
        b"a",
        "\u00e9".encode(),
        "e\u0301".encode(),
        b"\xff\xfe",
        b"new\nline",
        b"esc\x1b[31m",
        b"back\\slash",
    ]
    tar = TarBuilder()
    for name in names:
        tar.file(name, b"new")

    view, problems = merged(tar)

    assert sorted(os.fsencode(path) for path in listing(view)) == sorted(names)
    assert problems == ()


def test_row_27_suid_is_as_in_the_header_also_for_foreign_owners() -> None:
    view, _ = merged(TarBuilder().file("su", b"old", mode=0o6755, uid=1000, gid=1000))

    node = view.stat("su")
    assert node is not None
    assert (node.entry.mode, node.entry.uid) == (0o6755, 1000)


def test_row_27_an_upper_entry_without_xattrs_drops_capabilities() -> None:
    below = TarBuilder().file("ping", b"old", xattrs={"security.capability": b"\1\0\0\2" + bytes(16)})

    view, _ = merged(below, TarBuilder().file("ping", b"old"))

    node = view.stat("ping")
    assert node is not None
    assert view.xattrs(node) == {}


# 35: base layers


def test_row_35_whiteouts_of_a_base_layer_hide_nothing_and_are_not_listed() -> None:
    tar = TarBuilder().directory("d/").whiteout("d/x").opaque("d").whiteout("top").file("d/f", b"new")

    assert seen(tar) == ({"d": DIR, "d/f": NEW}, [])


# Where engines differ: ours is the specification's or the kernel's view


def test_engines_differ_the_root_without_an_entry_is_0755() -> None:
    root = merged(TarBuilder().file("f"))[0].stat("")

    assert root is not None
    assert (root.entry.mode, root.implicit) == (0o755, True)


def test_engines_differ_an_entry_of_the_root_states_its_attributes() -> None:
    view, problems = merged(TarBuilder().directory("./", mode=0o700, uid=4), TarBuilder().file("f"))

    root = view.stat("/")
    assert root is not None
    assert (root.entry.mode, root.entry.uid, root.implicit) == (0o700, 4, False)
    assert problems == ()


def test_engines_differ_directory_times_are_those_of_the_entry() -> None:
    view, _ = merged(TarBuilder().directory("d/", mtime=5), TarBuilder().file("d/f", mtime=9))

    node = view.stat("d")
    assert node is not None
    assert node.entry.mtime_ns == 5 * 10**9


def test_engines_differ_more_layers_than_overlay_mounts_are_fine() -> None:
    view, problems = merged(*(TarBuilder().file(f"f{number}") for number in range(200)))

    assert len(view) == 201
    assert problems == ()


def test_engines_differ_a_whiteout_in_a_directory_that_is_not_there_makes_it_as_overlay_does() -> None:
    found, problems = seen(lower(), TarBuilder().whiteout("no/where/x"))

    assert found == {"d": DIR, "d/old": OLD, "d/sub": DIR, "d/sub/deep": OLD, "no": DIR, "no/where": DIR}
    assert problems == []


def test_engines_differ_old_and_unknown_types_are_accepted() -> None:
    tar = (
        TarBuilder()
        .member("contiguous", b"new", typeflag=b"7")
        .member("unknown", b"new", typeflag=b"!")
        .member("label", typeflag=b"V")
        .member("dumpdir", b"Yfile\0\0", typeflag=b"D", mode=0o755)
        .file("after", b"new")
    )

    found, problems = seen(tar)

    assert found == {"after": NEW, "contiguous": NEW, "dumpdir": DIR, "unknown": NEW}
    assert problems == ["warning not-an-entry", "warning unknown-type"]


# What a sane tool does with damaged input: bounded work


def test_damage_a_path_of_50000_components_is_an_error_and_the_rest_goes_on() -> None:
    found, problems = seen(TarBuilder().file("a/" * 50_000 + "x").file("f", b"new"))

    assert found == {"f": NEW}
    assert problems == ["error path-too-long"]


def test_damage_a_sparse_file_of_2_to_the_62_bytes_costs_nothing() -> None:
    view, problems = merged(TarBuilder().sparse("1.0", "huge", [(0, b"x"), (1 << 62, b"")], 1 << 62).file("f", b"new"))

    node = view.stat("huge")
    assert node is not None
    assert (node.kind, node.entry.size) == (EntryKind.FILE, 1 << 62)
    assert view.sha256(node) is None
    assert codes(problems) == ["warning no-digest"]


def test_damage_directories_without_an_entry_are_bounded() -> None:
    tar = TarBuilder()
    for number in range(50):
        tar.file(f"{number}/f")

    view, problems = merged(tar, limits=msgspec.structs.replace(Limits(), implicit_bytes=1000, problems_per_kind=3))

    assert 10 < len(view) < 50
    assert [item.code for item in problems] == ["too-many-implicit"] * 4
    assert problems[-1].message.startswith("and ")


def _depth(view: ImageView) -> int:
    return max(path.count("/") for path in listing(view))


def test_damage_links_within_links_are_bounded() -> None:
    tar = TarBuilder()
    for number in range(60):
        tar.symlink(f"l{number}", f"l{number + 1}")
    tar.directory("l60/").file("l30/near", b"new").file("l0/far", b"new")

    view, problems = merged(tar)

    assert view.stat("l60/near") is not None
    assert view.stat("l60/far") is None
    assert codes(problems) == ["error symlink-loop"]
    assert _depth(view) == 1
