from __future__ import annotations

import pytest

from imgscan.formats.accounts.sudoers import (
    MAX_STATEMENTS,
    SudoAlias,
    SudoCommand,
    SudoDefaults,
    SudoFault,
    SudoInclude,
    SudoRule,
    parse_sudoers,
)


def test_a_rule_says_who_may_run_what_as_whom() -> None:
    (rule,) = parse_sudoers(b"%sudo\tALL=(ALL:ALL) ALL\n")
    assert rule == SudoRule(1, ("%sudo",), ("ALL",), (SudoCommand("ALL", "ALL:ALL"),))


@pytest.mark.parametrize(
    "text",
    [
        b"app ALL=(ALL) NOPASSWD: ALL",
        b"app ALL=(ALL) NOPASSWD:ALL",
        b"app ALL = (ALL) NOPASSWD : ALL",
        b"app ALL=(ALL) SETENV: NOPASSWD: ALL",
        b"app \\\n  ALL=(ALL) \\\n NOPASSWD: ALL # as it is",
        b"app ALL=(ALL) CWD=/tmp NOPASSWD: ALL",
    ],
)
def test_nopasswd_is_seen_however_it_is_written(text: bytes) -> None:
    (rule,) = parse_sudoers(text)
    assert isinstance(rule, SudoRule)
    (command,) = rule.commands
    assert (command.command, command.runas, command.nopasswd) == ("ALL", "ALL", True)


def test_tags_and_run_as_hold_for_the_rest_of_their_list() -> None:
    (rule,) = parse_sudoers(b"a ALL=(op) NOPASSWD: /bin/x, /bin/y, (root) PASSWD: /bin/z")
    assert isinstance(rule, SudoRule)
    assert [(item.command, item.runas, item.nopasswd) for item in rule.commands] == [
        ("/bin/x", "op", True),
        ("/bin/y", "op", True),
        ("/bin/z", "root", False),
    ]


def test_the_parts_of_a_rule_for_several_hosts_are_read_on_their_own() -> None:
    (rule,) = parse_sudoers(b"a h1 = NOPASSWD: /bin/x : h2, h3 = /bin/y")
    assert isinstance(rule, SudoRule)
    assert rule.hosts == ("h1", "h2", "h3")
    assert [(item.command, item.nopasswd) for item in rule.commands] == [("/bin/x", True), ("/bin/y", False)]


def test_names_may_be_quoted_or_escaped_or_numbers() -> None:
    rules = parse_sudoers(b'"%domain users" ALL=ALL\na\\ b ALL=ALL\n#1000, %#100 ALL=ALL\n')
    assert [rule.users for rule in rules if isinstance(rule, SudoRule)] == [
        ("%domain users",),
        ("a b",),
        ("#1000", "%#100"),
    ]


def test_a_comma_in_an_escape_does_not_part_commands() -> None:
    (rule,) = parse_sudoers(b"a ALL=/bin/x a\\,b, /bin/y")
    assert isinstance(rule, SudoRule)
    assert len(rule.commands) == 2


def test_comments_are_no_statements() -> None:
    assert parse_sudoers(b"# a ALL=(ALL) NOPASSWD: ALL\n\n   # more\n") == ()


def test_settings_aliases_and_includes() -> None:
    found = parse_sudoers(
        b"Defaults:app !authenticate, timestamp_timeout=0\nUser_Alias OPS = a, b : DEV = c\n"
        b"@includedir /etc/sudoers.d\n#include /etc/sudoers.local\n"
    )
    assert found == (
        SudoDefaults(1, ":app", ("!authenticate", "timestamp_timeout=0")),
        SudoAlias(2, "User_Alias", "OPS", ("a", "b")),
        SudoAlias(2, "User_Alias", "DEV", ("c",)),
        SudoInclude(3, "/etc/sudoers.d", directory=True),
        SudoInclude(4, "/etc/sudoers.local", directory=False),
    )


@pytest.mark.parametrize("text", [b"nonsense", b"a b c", b"User_Alias OPS", b"= ALL", b"a" * 9000])
def test_what_is_no_statement_is_a_fault(text: bytes) -> None:
    (fault,) = parse_sudoers(text)
    assert isinstance(fault, SudoFault)


def test_line_numbers_are_those_of_the_first_line_of_a_statement() -> None:
    found = parse_sudoers(b"# c\na ALL=\\\n ALL\nb ALL=ALL\n")
    assert [item.number for item in found] == [2, 4]


def test_no_more_statements_are_read_than_the_bound() -> None:
    assert len(parse_sudoers(b"a ALL=ALL\n" * (MAX_STATEMENTS + 5))) == MAX_STATEMENTS


@pytest.mark.parametrize(
    "digest",
    [
        b"sha256:" + b"ab" * 32,
        b"sha224 : " + b"0" * 56,
        b"sha384:aGFsbG8/aGFsbG8raGFsbG8=",
        b"sha512:aGk=, sha256:aGk=",
    ],
)
def test_a_digest_is_no_part_of_its_command(digest: bytes) -> None:
    (rule,) = parse_sudoers(b"a ALL=(root) NOPASSWD: " + digest + b" /bin/bash, /bin/y : h2 = /bin/z")
    assert isinstance(rule, SudoRule)
    found = [(item.command, item.nopasswd) for item in rule.commands]
    assert found == [("/bin/bash", True), ("/bin/y", True), ("/bin/z", False)]
    assert rule.hosts == ("ALL", "h2")


def test_a_digest_in_an_alias_ends_neither_the_alias_nor_its_member() -> None:
    found = parse_sudoers(b"Cmnd_Alias A = sha256:ab== /bin/x, sha224:00 /bin/y -a : B = /bin/z")
    assert [item.members for item in found if isinstance(item, SudoAlias)] == [("/bin/x", "/bin/y -a"), ("/bin/z",)]


def test_a_program_that_is_named_like_a_digest_is_a_command() -> None:
    (rule,) = parse_sudoers(b"a ALL=NOPASSWD: /usr/bin/sha256, /opt/sha256sum x")
    assert isinstance(rule, SudoRule)
    assert [item.command for item in rule.commands] == ["/usr/bin/sha256", "/opt/sha256sum x"]


def test_a_tag_that_asks_for_the_password_is_told_from_none() -> None:
    (rule,) = parse_sudoers(b"a ALL= /bin/x, PASSWD: /bin/y, NOPASSWD: /bin/z")
    assert isinstance(rule, SudoRule)
    assert [(item.nopasswd, item.passwd) for item in rule.commands] == [(False, False), (False, True), (True, False)]


@pytest.mark.parametrize(
    ("text", "scope", "settings"),
    [
        (b"Defaults: zed !authenticate", ":zed", ("!authenticate",)),
        (b"Defaults:zed , ann !authenticate, setenv", ":zed,ann", ("!authenticate", "setenv")),
        (b"Defaults:a\\ b !authenticate", ":a\\ b", ("!authenticate",)),
        (b"Defaults!/bin/x !authenticate", "!/bin/x", ("!authenticate",)),
        (b"Defaults\t!authenticate", "", ("!authenticate",)),
    ],
)
def test_the_scope_of_a_setting_is_a_list(text: bytes, scope: str, settings: tuple[str, ...]) -> None:
    assert parse_sudoers(text) == (SudoDefaults(1, scope, settings),)


def test_a_continued_statement_says_where_it_ends_and_another_does_not() -> None:
    found = parse_sudoers(b"a ALL=\\\n ALL\nb ALL=ALL\nUser_Alias A = a, \\\n b, \\\n c\nc ALL=ALL \\")
    assert [(item.number, item.last) for item in found] == [(1, 2), (3, 0), (4, 6), (7, 0)]


@pytest.mark.parametrize("text", [b'@include "/etc/a b" # why', b"#include /etc/a\\ b # why"])
def test_an_include_ends_where_its_path_does(text: bytes) -> None:
    assert parse_sudoers(text) == (SudoInclude(1, "/etc/a b", directory=False),)
