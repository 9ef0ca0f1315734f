"""Names to paths."""

from __future__ import annotations

import os

import pytest

from imgscan.formats.path import base_name, clean_path, decode_name, escapes_root, parent_of


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
