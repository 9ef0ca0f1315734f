from __future__ import annotations

import pytest

from imgscan.cli.arguments import COMMANDS, build_parser

from .support import parsed


def test_every_command_has_its_parser() -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stop:
            build_parser("1").parse_args([command, "--help"])
        assert stop.value.code == 0


def test_a_scan_takes_several_images_and_other_commands_one() -> None:
    assert parsed("scan", "a", "b").images == ["a", "b"]
    assert parsed("layers", "a").image == "a"
    with pytest.raises(SystemExit):
        parsed("layers", "a", "b")


@pytest.mark.parametrize("width", ["39", "x", "-1", "10001", "1e3"])
def test_a_width_that_is_none_is_refused(width: str) -> None:
    with pytest.raises(SystemExit):
        parsed("scan", "a", "--width", width)


def test_a_width_is_a_number() -> None:
    assert parsed("scan", "a", "--width", "132").width == 132


def test_two_ways_to_keep_patterns_exclude_each_other() -> None:
    with pytest.raises(SystemExit):
        parsed("scan", "a", "--cache", "d", "--no-cache")


@pytest.mark.parametrize("words", [("a", "/etc", "--suid"), ("a", "--suid", "/etc"), ("--suid", "a", "/etc")])
def test_a_path_may_stand_before_and_behind_options(words: tuple[str, ...]) -> None:
    assert (parsed("ls", *words).image, parsed("ls", *words).path) == ("a", "/etc")


def test_what_is_no_argument_is_refused_still() -> None:
    for words in (("a", "/etc", "--suid", "/var"), ("a", "--nonesuch"), ("a", "--suid", "/etc", "/var")):
        with pytest.raises(SystemExit):
            parsed("ls", *words)
