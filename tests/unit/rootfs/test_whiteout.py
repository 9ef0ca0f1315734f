"""What a name that begins with .wh. means."""

from __future__ import annotations

import pytest

from imgscan.rootfs.whiteout import Kind, Marker, marker_of


@pytest.mark.parametrize(
    ("path", "marker"),
    [
        (".wh.a", Marker(Kind.WHITEOUT, "a")),
        ("d/.wh.a", Marker(Kind.WHITEOUT, "d/a")),
        ("d/.wh..ssh", Marker(Kind.WHITEOUT, "d/.ssh")),
        ("d/.wh....", Marker(Kind.WHITEOUT, "d/...")),
        ("d/.wh.a.wh.b", Marker(Kind.WHITEOUT, "d/a.wh.b")),
        (".wh..wh..opq", Marker(Kind.OPAQUE, "")),
        ("d/e/.wh..wh..opq", Marker(Kind.OPAQUE, "d/e")),
        (".wh.", Marker(Kind.INVALID, ".wh.")),
        ("d/.wh..", Marker(Kind.INVALID, "d/.wh..")),
        ("d/.wh...", Marker(Kind.INVALID, "d/.wh...")),
        (".wh..wh.aufs", Marker(Kind.META, ".wh..wh.aufs")),
        (".wh..wh.plnk", Marker(Kind.META, ".wh..wh.plnk")),
        (".wh..wh.plnk/1.2", Marker(Kind.META, ".wh..wh.plnk/1.2")),
        ("d/.wh..wh..opqX", Marker(Kind.META, "d/.wh..wh..opqX", known=False)),
        ("d/.wh..wh.", Marker(Kind.META, "d/.wh..wh.", known=False)),
        (".wh.b/c", Marker(Kind.BELOW, ".wh.b/c")),
        ("a/.wh.b/c/d", Marker(Kind.BELOW, "a/.wh.b/c/d")),
        (".wh.b/.wh.c", Marker(Kind.BELOW, ".wh.b/.wh.c")),
    ],
)
def test_a_marker_is_told_by_its_name(path: str, marker: Marker) -> None:
    assert marker_of(path) == marker


@pytest.mark.parametrize("path", ["", "a", "wh.a", "a.wh.b", "d/a.wh.", ".whx", ".WH.a", "x.wh./y"])
def test_any_other_name_is_an_ordinary_path(path: str) -> None:
    assert marker_of(path) is None
