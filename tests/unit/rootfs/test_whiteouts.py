"""Whiteouts and opaque markers that stand below a symlink of their own layer.

What is expected was seen with umoci 0.4.7 and containers/storage's overlay driver on the same layers.
"""

from __future__ import annotations

import pytest

from imgscan.model.limits import Limits
from imgscan.testing import TarBuilder, listing, merged

from ..support import codes, file_of, problem, seen

DIR = "dir 0755"
OLD, NEW = file_of(b"old"), file_of(b"new")
ALL = {"usr/lib/x": OLD, "usr/lib/y": OLD, "usr/lib/sub": DIR, "usr/lib/sub/z": OLD}


def lower(link: bool = True) -> TarBuilder:
    tar = TarBuilder().directory("usr/").directory("usr/lib/").file("usr/lib/x", b"old").file("usr/lib/y", b"old")
    tar.directory("usr/lib/sub/").file("usr/lib/sub/z", b"old")
    return tar.symlink("lib", "usr/lib") if link else tar


def upper(target: str = "usr/lib") -> TarBuilder:
    return TarBuilder().directory("usr/").directory("usr/lib/").symlink("lib", target)


def below_lib(*layers: TarBuilder) -> tuple[dict[str, str], list[str]]:
    found, problems = seen(*layers)
    return {path: shown for path, shown in found.items() if path.startswith("usr/lib/")}, problems


def without(*paths: str) -> dict[str, str]:
    return {path: shown for path, shown in ALL.items() if path not in paths}


@pytest.mark.parametrize("restated", [True, False])
@pytest.mark.parametrize("target", ["usr/lib", "/usr/lib", "./usr/../usr/lib", "../../usr/lib"])
def test_a_whiteout_through_a_link_of_its_layer_hides_the_file_behind_it(target: str, restated: bool) -> None:
    assert below_lib(lower(restated), upper(target).whiteout("lib/x")) == (without("usr/lib/x"), [])


def test_a_chain_of_links_is_followed() -> None:
    layer = upper("one").symlink("one", "two").symlink("two", "usr/lib").whiteout("lib/x")

    assert below_lib(lower(), layer) == (without("usr/lib/x"), [])


def test_a_link_behind_a_link_is_followed_by_its_own_path_too() -> None:
    layer = upper().symlink("lib/link", "sub").whiteout("usr/lib/link/z")

    found, _ = below_lib(lower(), layer)

    assert "usr/lib/sub/z" not in found
    assert found["usr/lib/x"] == OLD


def test_a_directory_goes_with_all_below_it() -> None:
    assert below_lib(lower(), upper().whiteout("lib/sub")) == (without("usr/lib/sub", "usr/lib/sub/z"), [])


def test_a_file_deeper_behind_the_link_goes() -> None:
    layer = upper().directory("usr/lib/sub/").whiteout("lib/sub/z")

    assert below_lib(lower(), layer) == (without("usr/lib/sub/z"), [])


@pytest.mark.parametrize("marker_first", [True, False])
def test_an_opaque_marker_through_a_link_hides_the_lower_children_and_no_new_ones(marker_first: bool) -> None:
    layer = upper()
    if marker_first:
        layer.opaque("lib")
    layer.file("usr/lib/new", b"new").file("usr/lib/sub/new", b"new")
    if not marker_first:
        layer.opaque("lib")

    found, problems = below_lib(lower(), layer)

    assert found == {"usr/lib/new": NEW, "usr/lib/sub": DIR, "usr/lib/sub/new": NEW}
    assert problems == []


def test_a_directory_that_the_layer_made_anew_keeps_its_new_children_only() -> None:
    layer = upper().directory("usr/lib/sub/", mode=0o700).file("usr/lib/sub/new", b"new").whiteout("lib/sub")

    found, problems = below_lib(lower(), layer)

    assert found == without("usr/lib/sub/z") | {"usr/lib/sub": "dir 0700", "usr/lib/sub/new": NEW}
    assert problems == ["warning whiteout-and-entry"]


def test_a_file_that_the_layer_put_behind_the_link_stays() -> None:
    found, problems = below_lib(lower(), upper().file("lib/x", b"new").whiteout("lib/x"))

    assert found == without("usr/lib/x") | {"usr/lib/x": NEW}
    assert problems == ["warning whiteout-and-entry"]


def test_a_directory_that_the_layer_has_no_entry_of_is_emptied_with_a_warning_that_runtimes_differ() -> None:
    view, problems = merged(lower(), TarBuilder().symlink("lib", "usr/lib").whiteout("lib/x"))

    assert "usr/lib/x" not in listing(view)
    assert codes(problems) == ["warning whiteout-through-symlink"]
    assert "/usr/lib" in problem(problems, "whiteout-through-symlink").message


def test_a_marker_before_its_link_hides_nothing_and_warns_that_runtimes_differ() -> None:
    layer = TarBuilder().directory("usr/").directory("usr/lib/").whiteout("lib/x").symlink("lib", "usr/lib")

    view, problems = merged(lower(), layer)

    assert listing(view)["usr/lib/x"] == OLD
    assert codes(problems) == ["warning whiteout-before-symlink"]
    assert "/usr/lib" in problem(problems, "whiteout-before-symlink").message


def test_a_marker_before_a_link_that_is_new_warns_of_nothing() -> None:
    layer = TarBuilder().whiteout("lib/x").symlink("lib", "usr/lib")

    assert below_lib(lower(link=False), layer) == (ALL, [])


def test_a_link_of_the_layer_that_leads_to_a_lower_link_makes_that_a_directory_with_a_warning() -> None:
    view, problems = merged(lower(), TarBuilder().symlink("a", "lib").whiteout("a/x"))

    assert listing(view)["lib"] == DIR
    assert listing(view)["usr/lib/x"] == OLD
    assert codes(problems) == ["warning through-symlink"]


def test_a_loop_of_links_is_an_error_and_hides_nothing() -> None:
    found, problems = below_lib(lower(), upper().symlink("a", "b").symlink("b", "a").whiteout("a/x"))

    assert (found, problems) == (ALL, ["error symlink-loop"])


def test_a_whiteout_of_the_link_itself_leaves_what_it_leads_to() -> None:
    assert below_lib(lower(), TarBuilder().whiteout("lib")) == (ALL, [])


def test_two_layers_timelines_say_what_the_marker_did() -> None:
    view, _ = merged(lower(), upper().whiteout("lib/x"))

    assert [(event.layer, event.action) for event in view.timeline("usr/lib/x")] == [(0, "added"), (1, "removed")]


def test_many_markers_through_many_links_look_through_a_directory_once() -> None:
    layer = upper()
    for number in range(2000):
        layer.file(f"usr/lib/{number}", b"new").symlink(f"l{number}", "usr/lib").opaque(f"l{number}")

    view, problems = merged(lower(), layer, limits=Limits(link_steps=20_000))

    assert len(listing(view)) == 4003  # usr, usr/lib, lib, and the new ones
    assert codes(problems) == []
