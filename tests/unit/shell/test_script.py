from __future__ import annotations

import pytest

from imgscan.shell.script import MAX_COMMANDS, Command, parse_script


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b && c d; e || f\ng & h", [("a", "b"), ("c", "d"), ("e",), ("f",), ("g",), ("h",)]),
        ("echo 'a && b' \"c; d\" e\\ f", [("echo", "a && b", "c; d", "e f")]),
        ("set -eux; A=b C='d e' curl x", [("set", "-eux"), ("curl", "x")]),
        ("if ! test x; then exec y; fi", [("test", "x"), ("y",)]),
        ("a \\\n  b # c && d\ne", [("a", "b"), ("e",)]),
        ("(a; b) { c; }", [("a",), ("b",), ("c",)]),
        ('sh -c "$(curl -fsSL https://x.test)"', [("sh", "-c", "$(curl -fsSL https://x.test)")]),
        ("bash <(wget -O- x)", [("bash", "<(wget -O- x)")]),
        ("a#b c", [("a#b", "c")]),
        ("echo 'unterminated", [("echo", "unterminated")]),
        ("a >/dev/null 2>&1 && b &>x & c", [("a", ">/dev/null", "2>&1"), ("b", "&>x"), ("c",)]),
        ("A=b", []),
        ("", []),
    ],
)
def test_commands_and_their_words(text: str, words: list[tuple[str, ...]]) -> None:
    assert [command.words for command in parse_script(text)] == words


def test_what_reads_a_pipe_says_so() -> None:
    assert parse_script("curl x | sh -s && b") == (
        Command(("curl", "x")),
        Command(("sh", "-s"), piped=True),
        Command(("b",)),
    )


def test_the_program_has_no_directory() -> None:
    assert parse_script("/usr/bin/curl -k x")[0].program == "curl"


def test_no_more_commands_are_read_than_the_bound() -> None:
    assert len(parse_script("a;" * (MAX_COMMANDS + 5))) == MAX_COMMANDS
