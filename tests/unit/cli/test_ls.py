from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgscan.cli.ls import run_ls
from imgscan.errors import UsageError
from imgscan.formats.path_pattern import path_pattern
from imgscan.testing import ImageBuilder, TarBuilder

from .support import parsed

LOWER = {
    "etc/app.conf": (0o644, b"x" * 10),
    "etc/app/deep.conf": (0o644, b"x" * 20),
    "etc/passwd": (0o644, b"x" * 5),
    "bin/su": (0o4755, b"x" * 30),
    "bin/wall": (0o2755, b"x" * 3),
    "odd[1].conf": (0o644, b"x"),
}
UPPER = TarBuilder().file("etc/new.conf", b"x" * 2000).hardlink("bin/again", "bin/su").directory("srv", mode=0o2755)


@pytest.fixture
def path(tmp_path: Path) -> str:
    target = tmp_path / "image.tar"
    target.write_bytes(ImageBuilder().layer(LOWER).layer(UPPER.build()).docker_archive())
    return str(target)


@pytest.fixture
def paths(path: str, capfdbinary: pytest.CaptureFixture[bytes]):  # type: ignore[no-untyped-def]  # a function
    def run(*words: str) -> list[str]:
        assert run_ls(parsed("ls", path, "-f", "jsonl", *words)) == 0
        return [json.loads(line)["path"] for line in capfdbinary.readouterr().out.splitlines()]

    return run


def test_a_pattern_takes_what_a_shell_would(paths) -> None:  # type: ignore[no-untyped-def]
    assert paths("/etc/*.conf") == ["etc/app.conf", "etc/new.conf"]
    assert paths("**/*.conf") == ["etc/app.conf", "etc/app/deep.conf", "etc/new.conf", "odd[1].conf"]
    assert paths("etc/**") == ["etc/app", "etc/app.conf", "etc/app/deep.conf", "etc/new.conf", "etc/passwd"]
    assert paths("bin/[!s]*") == ["bin/again", "bin/wall"]
    assert paths("/nothing*") == []


def test_a_path_that_is_there_is_no_pattern(paths) -> None:  # type: ignore[no-untyped-def]
    assert paths("odd[1].conf") == ["odd[1].conf"]


@pytest.mark.parametrize(
    ("glob", "takes", "leaves"),
    [
        ("a?c", ["abc"], ["a/c", "ac"]),
        ("[a-c]x", ["bx"], ["dx", "/x"]),
        ("[!a]x", ["bx"], ["ax", "/x"]),
        ("[z-a]x", [], ["ax", "zx"]),
        ("a[", ["a["], ["a"]),
        ("a.c", ["a.c"], ["abc"]),
        ("[^\\]x", ["^x", "\\x"], ["ax"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax"]),
    ],
)
def test_patterns_are_those_of_shells_and_not_of_expressions(glob: str, takes: list[str], leaves: list[str]) -> None:
    pattern = path_pattern(glob)

    assert [text for text in takes if not pattern.fullmatch(text)] == []
    assert [text for text in leaves if pattern.fullmatch(text)] == []


def fits(glob: str, path: str) -> bool:
    """Return what a pattern of a, *, **, ? and / takes, by trying everything."""
    if not glob:
        return not path
    if glob.startswith("**/"):
        return fits(glob[3:], path) or any(
            at and fits(glob, path[at + 1 :]) for at, char in enumerate(path) if char == "/" and "/" not in path[:at]
        )
    if glob.startswith("**"):
        return any(fits(glob[2:], path[at:]) for at in range(len(path) + 1))
    if glob.startswith("*"):
        return any(fits(glob[1:], path[at:]) for at in range(len(path) + 1) if "/" not in path[:at])
    return bool(path) and (path[0] == glob[0] or (glob[0] == "?" and path[0] != "/")) and fits(glob[1:], path[1:])


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(["a", "b", "/", "*", "**", "?"]), max_size=7).map("".join),
    st.text(alphabet="ab/", max_size=9),
)
def test_patterns_take_what_trying_everything_takes(glob: str, path: str) -> None:
    assert (path_pattern(glob).fullmatch(path) is not None) == fits(glob, path)


@pytest.mark.parametrize("glob", ["*a" * 20 + "*b", "**" * 40 + "b", "***/" * 40 + "b", "**a" * 40 + "**b"])
def test_a_name_made_for_it_takes_no_time(glob: str) -> None:
    assert path_pattern(glob).fullmatch("a" * 250) is None


def test_suid_is_files_that_run_with_rights_of_others(paths) -> None:  # type: ignore[no-untyped-def]
    assert paths("--suid") == ["bin/again", "bin/su", "bin/wall"]
    assert paths("--suid", "/etc") == []


def test_a_layer_is_what_it_shows_or_with_all_layers_what_it_has(paths) -> None:  # type: ignore[no-untyped-def]
    assert {"etc/new.conf", "srv"} <= set(paths("--layer", "1"))
    assert "etc/app.conf" not in paths("--layer", "1")
    assert "etc/new.conf" in paths("--layer", "1", "--all-layers")


def test_a_layer_that_is_not_there_is_an_error(path: str) -> None:
    with pytest.raises(UsageError, match="no layer 7; there are 2, counted from 0"):
        run_ls(parsed("ls", path, "--layer", "7"))


def test_sizes_are_sorted_the_largest_first(paths) -> None:  # type: ignore[no-untyped-def]
    assert paths("--sort", "size", "etc/*.conf") == ["etc/new.conf", "etc/app.conf"]
    assert paths("--sort", "layer")[-1] == "srv"


def test_directories_get_the_bytes_below_them_hardlinks_once(
    path: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run_ls(parsed("ls", path, "-f", "jsonl", "--sizes")) == 0

    rows = {row["path"]: row.get("size") for row in map(json.loads, capfdbinary.readouterr().out.splitlines())}
    assert rows["etc/app"] == 20
    assert rows["etc"] == 2035
    assert rows["bin"] == 33
    assert rows["srv"] == 0
    assert rows.get(".", 2069) == 2069


def test_people_read_rounded_sizes(path: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_ls(parsed("ls", path, "--human", "/etc/*.conf")) == 0

    text = capfdbinary.readouterr().out.decode()
    assert "       2.0 kB /etc/new.conf" in text
    assert "         10 B /etc/app.conf" in text
