"""Paths through the symlinks of the image, never out of its root."""

from __future__ import annotations

import pytest

from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, merged


def view() -> ImageView:
    tar = (
        TarBuilder()
        .directory("usr/bin/")
        .file("usr/bin/sh", b"x")
        .symlink("bin", "usr/bin")
        .symlink("absolute", "/usr/bin/sh")
        .symlink("usr/up", "../bin")
        .symlink("usr/bin/far", "../../../../../usr/bin/sh")
        .symlink("chain", "usr/up/far")
        .symlink("dot", ".")
        .symlink("root", "/")
        .symlink("dangling", "no/where")
        .symlink("self", "self")
        .symlink("one", "two")
        .symlink("two", "one")
        .symlink("below", "usr/bin/sh/x")
        .symlink("empty", "")
    )
    return merged(tar)[0]


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("usr/bin/sh", "usr/bin/sh"),
        ("/usr//bin/./sh", "usr/bin/sh"),
        ("usr/../usr/bin/sh", "usr/bin/sh"),
        ("../../usr/bin/sh", "usr/bin/sh"),
        ("bin/sh", "usr/bin/sh"),
        ("absolute", "usr/bin/sh"),
        ("usr/up/sh", "usr/bin/sh"),
        ("chain", "usr/bin/sh"),
        ("bin", "usr/bin"),
        ("bin/..", "usr"),
        ("dot/dot/dot/bin/sh", "usr/bin/sh"),
        ("root/root/usr", "usr"),
        ("/", ""),
        ("", ""),
        ("..", ""),
        ("root", ""),
    ],
)
def test_a_path_leads_through_links_inside_the_root(path: str, real: str) -> None:
    assert view().resolve(path) == real


@pytest.mark.parametrize(
    "path", ["missing", "usr/missing", "dangling", "self", "one", "one/x", "usr/bin/sh/x", "below", "usr/bin/sh/.."]
)
def test_a_path_that_leads_nowhere_is_none(path: str) -> None:
    assert view().resolve(path) is None
    assert view().stat(path) is None


@pytest.mark.parametrize("path", ["bin", "absolute", "dangling", "self", "usr/up"])
def test_the_last_link_need_not_be_followed(path: str) -> None:
    assert view().resolve(path, follow_last=False) == path
    assert view().resolve(f"bin/../../{path}", follow_last=False) == path


def test_readlink_gives_the_text_of_a_symlink_alone() -> None:
    assert view().readlink("bin") == "usr/bin"
    assert view().readlink("usr/up") == "../bin"
    assert view().readlink("usr/bin/sh") is None
    assert view().readlink("missing") is None


def test_40_links_are_followed_and_no_more() -> None:
    tar = TarBuilder().file("end", b"x")
    for number in range(50):
        tar.symlink(f"l{number}", f"l{number - 1}" if number else "end")
    found = merged(tar)[0]

    assert found.resolve("l39") == "end"
    assert found.resolve("l40") is None


def test_a_link_longer_than_linux_follows_leads_nowhere() -> None:
    tar = TarBuilder().file("f", b"x").symlink("long", "./" * 2047 + "f").symlink("longer", "./" * 2048 + "f")
    found = merged(tar)[0]

    assert found.resolve("long") == "f"
    assert found.resolve("longer") is None


def test_links_that_grow_by_each_other_are_bounded() -> None:
    tar = TarBuilder()
    for number in range(30):
        tar.symlink(f"l{number}", f"l{number + 1}/l{number + 1}")
    tar.directory("l30")

    assert merged(tar)[0].resolve("l0") is None


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("ask_first", ["near", "far"])
def test_each_link_of_a_long_chain_leads_where_its_own_length_allows(step: int, ask_first: str) -> None:
    count = 1000
    tar = TarBuilder().file("end", b"x")
    for number in range(count)[::step]:
        tar.symlink(f"l{number}", f"l{number - 1}" if number else "end")
    found = merged(tar)[0]
    asked = range(count) if ask_first == "near" else reversed(range(count))

    answers = {number: found.resolve(f"l{number}") for number in asked}

    assert answers == {number: "end" if number < 40 else None for number in range(count)}


def test_a_long_loop_leads_nowhere_from_each_of_its_links_and_what_leads_in() -> None:
    tar = TarBuilder().symlink("in", "l5/x").file("f", b"x").symlink("out", "f")
    for number in range(500):
        tar.symlink(f"l{number}", f"l{(number + 1) % 500}")
    found = merged(tar)[0]

    assert {found.resolve(f"l{number}") for number in range(500)} == {None}
    assert found.resolve("in") is None
    assert found.resolve("out") == "f"


def test_links_on_the_way_count_each_time_they_are_followed() -> None:
    tar = TarBuilder().directory("d").symlink("s", "d").file("d/f", b"x")
    found = merged(tar.symlink("many", "s/../" * 38 + "s/f").symlink("more", "s/../" * 39 + "s/f"))[0]

    assert found.resolve("many") == "d/f"
    assert found.resolve("more") is None
