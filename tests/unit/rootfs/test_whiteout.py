"""What a name that begins with .wh. means."""

from __future__ import annotations

import pytest

from imgscan.rootfs.whiteout import Marker, MarkerType, lies_below_marker, marker_of


@pytest.mark.parametrize(
    ("path", "marker"),
    [
        (".wh.a", Marker(MarkerType.WHITEOUT, "a")),
        ("d/.wh.a", Marker(MarkerType.WHITEOUT, "d/a")),
        ("d/.wh..ssh", Marker(MarkerType.WHITEOUT, "d/.ssh")),
        ("d/.wh....", Marker(MarkerType.WHITEOUT, "d/...")),
        ("d/.wh.a.wh.b", Marker(MarkerType.WHITEOUT, "d/a.wh.b")),
        (".wh..wh..opq", Marker(MarkerType.OPAQUE, "")),
        ("d/e/.wh..wh..opq", Marker(MarkerType.OPAQUE, "d/e")),
        (".wh.", Marker(MarkerType.INVALID, ".wh.")),
        ("d/.wh..", Marker(MarkerType.INVALID, "d/.wh..")),
        ("d/.wh...", Marker(MarkerType.INVALID, "d/.wh...")),
        (".wh..wh.aufs", Marker(MarkerType.META, ".wh.aufs")),
        ("d/.wh..wh.plnk", Marker(MarkerType.META, "d/.wh.plnk")),
        ("d/.wh..wh..opqX", Marker(MarkerType.META, "d/.wh..opqX", known=False)),
        ("d/.wh..wh.", Marker(MarkerType.META, "d/.wh.", known=False)),
        (".wh.b/.wh.c", Marker(MarkerType.WHITEOUT, ".wh.b/c")),
        (".wh.b/.wh..wh..opq", Marker(MarkerType.OPAQUE, ".wh.b")),
    ],
)
def test_a_marker_is_told_by_its_name(path: str, marker: Marker) -> None:
    assert marker_of(path) == marker


@pytest.mark.parametrize(
    "path", ["", "a", "wh.a", "a.wh.b", "d/a.wh.", ".whx", ".WH.a", "x.wh./y", ".wh.b/c", ".wh..wh.plnk/1.2"]
)
def test_any_other_name_is_an_ordinary_path(path: str) -> None:
    assert marker_of(path) is None


@pytest.mark.parametrize("path", [".wh.b/c", "a/.wh.b/c", "a/.wh.b/c/d", ".wh./c", ".wh..wh.plnk/1.2", ".wh.b/.wh.c"])
def test_what_is_in_a_folder_with_a_whiteouts_name_lies_below_it(path: str) -> None:
    assert lies_below_marker(path)


@pytest.mark.parametrize("path", ["", "a", ".wh.b", "a/.wh.b", "a.wh.b/c", "d/a.wh./c", "d/.wh..wh..opq"])
def test_a_marker_itself_and_ordinary_paths_lie_below_none(path: str) -> None:
    assert not lies_below_marker(path)
