from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.accounts.doas import MAX_RULES, DoasRule, parse_doas


def rule(text: str) -> DoasRule:
    (result,) = parse_doas(text.encode())
    return result


def test_a_rule_has_options_who_as_whom_and_what() -> None:
    found = rule("permit nopass setenv { -ENV PS1=$X } keepenv :wheel as www cmd /bin/ls args -l /tmp\n")

    assert (found.permit, found.options, found.identity, found.target) == (
        True,
        ("nopass", "setenv", "keepenv"),
        ":wheel",
        "www",
    )
    assert (found.command, found.arguments, found.fault) == ("/bin/ls", ("-l", "/tmp"), "")


@pytest.mark.parametrize(
    ("text", "command", "arguments"),
    [
        ("permit a", "", None),
        ("permit a cmd /bin/ls", "/bin/ls", None),
        ("permit a cmd /bin/ls args", "/bin/ls", ()),
        ('permit a cmd "/bin/my ls" args "-l x"', "/bin/my ls", ("-l x",)),
        ("permit a \\\n  cmd ls # and a comment", "ls", None),
    ],
)
def test_commands_and_arguments_are_any_some_or_none(
    text: str, command: str, arguments: tuple[str, ...] | None
) -> None:
    found = rule(text)

    assert (found.identity, found.target, found.command, found.arguments) == ("a", "root", command, arguments)


def test_lines_are_counted_and_comments_and_blank_lines_are_none() -> None:
    found = parse_doas(b"# permit nopass a\n\n  permit a\\\n\ndeny b\n")

    assert [(item.number, item.permit, item.identity) for item in found] == [(3, True, "a"), (5, False, "b")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("allow a", "begins neither"),
        ("permit", "names nobody"),
        ("permit nopass", "names nobody"),
        ("permit setenv { A a", "brace"),
        ("permit a as", "ends with"),
        ("permit a /bin/ls", "ends with"),
        ('permit "a', "stands for nothing"),
    ],
)
def test_what_is_no_rule_says_why(text: str, fault: str) -> None:
    assert fault in rule(text).fault


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        ("deny a", "permit nopass a", True),
        ("deny a", "permit nopass a cmd ls", True),
        ("permit a cmd ls", "permit nopass a cmd ls args -l", True),
        ("permit a cmd ls args", "permit nopass a cmd ls", False),
        ("permit a cmd ls", "permit nopass a", False),
        ("deny b", "permit nopass a", False),
        ("deny a as www", "permit nopass a", False),
    ],
)
def test_a_later_rule_decides_for_what_it_covers(later: str, earlier: str, expected: bool) -> None:
    assert rule(later).covers(rule(earlier)) is expected


@given(st.binary(max_size=300))
def test_whatever_the_bytes_it_ends(data: bytes) -> None:
    assert all(item.fault or item.identity for item in parse_doas(data))


def test_more_rules_than_the_bound_are_left_out() -> None:
    assert len(parse_doas(b"permit a\n" * (MAX_RULES + 5))) == MAX_RULES
