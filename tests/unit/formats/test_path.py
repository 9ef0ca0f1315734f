"""Names to paths."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.path import base_name, clean_path, decode_name, escapes_root, has_unclean, parent_of


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b", "a/b"),
        ("./a", "a"),
        ("/a", "a"),
        ("//a", "a"),
        ("a//b", "a/b"),
        ("a/./b", "a/b"),
        ("a/../b", "b"),
        ("a/b/..", "a"),
        ("a/", "a"),
        ("../a", "a"),
        ("a/../../b", "b"),
        ("..", ""),
        (".", ""),
        ("/", ""),
        ("./", ""),
        ("", ""),
        (".a", ".a"),
        ("..a/b..", "..a/b.."),
        ("...", "..."),
        ("a/.b", "a/.b"),
        ("a/..b", "a/..b"),
        (".wh..", ".wh.."),
        (".wh.", ".wh."),
    ],
)
def test_a_name_is_cleaned_as_go_cleans_paths(name: str, path: str) -> None:
    assert clean_path(name) == path


@pytest.mark.parametrize("name", ["..", "../a", "a/../..", "a/../../b", "/..", "./../a"])
def test_a_name_that_climbs_above_the_root_escapes(name: str) -> None:
    assert escapes_root(name)


@pytest.mark.parametrize("name", ["", "a", "a/..", "a/../b", "..a", "a/b/../..", "a..", "./a/.."])
def test_any_other_name_does_not(name: str) -> None:
    assert not escapes_root(name)


def test_undecodable_bytes_come_back() -> None:
    name = b"caf\xe9/\xff\xc3\xa9"

    assert os.fsencode(decode_name(name)) == name


def test_parent_and_base_of_a_path() -> None:
    assert (parent_of("a/b/c"), base_name("a/b/c")) == ("a/b", "c")
    assert (parent_of("a"), base_name("a")) == ("", "a")
    assert (parent_of(""), base_name("")) == ("", "")


@given(st.lists(st.text("/.a\r", max_size=8), max_size=6))
def test_lines_without_anything_unclean_are_clean_paths_behind_their_slash(lines: list[str]) -> None:
    text = "\n".join(f"/{line}" for line in lines)

    assert has_unclean(text) or all(clean_path(f"/{line}") == line for line in lines)


@pytest.mark.parametrize("text", ["/a//b", "/a/./b", "/a/..", "/..", "/a/", "//a", "/ok\n/a/.\n/ok"])
def test_a_path_that_is_not_clean_is_noticed_in_a_list(text: str) -> None:
    assert has_unclean(text)


@pytest.mark.parametrize("text", ["", "/a", "/.a/..b/...", "/a.\n/b/c.", "a/b"])
def test_dots_of_a_name_are_clean(text: str) -> None:
    assert not has_unclean(text)
