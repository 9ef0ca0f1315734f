"""Names of an image in shell words and comments: a real shell reads them back, a parser sees one line."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.harden.quoting import comment, is_plain, yaml_text
from imgscan.quoting import shell_word

NAMES = st.text(st.characters(exclude_characters="\0"), max_size=12).map(lambda text: "/x" + text)
HOSTILE = (
    "/bin/a b",
    "/bin/a\nRUN rm -rf /",
    "/bin/$(reboot)`reboot`",
    "/bin/'\"\\",
    "/bin/a; reboot #",
    "/bin/%s%n",
    "/bin/<<EOF",
    "/bin/a\\",
    "/bin/\u202egpj",
    "/bin/\udcff\udc80",
    "/bin/*?[a]",
    "/bin/~",
)


def read_back(word: str) -> bytes:
    """Return what a shell makes of one word."""
    done = subprocess.run(["sh", "-c", f"printf '%s\\n' {word}"], capture_output=True, check=True)
    return done.stdout[:-1]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_shell_reads_a_hostile_name_back(name: str) -> None:
    word = shell_word(name)

    assert word is not None
    assert read_back(word) == os.fsencode(name)


@given(st.one_of(NAMES, st.sampled_from(HOSTILE)))
def test_a_word_is_one_line_of_plain_characters(name: str) -> None:
    word = shell_word(name)

    if word is None:
        assert name.endswith("\n")
    else:
        assert is_plain(word)
        assert not {"<", ">", "#", "*", ";", "`"} & set(word)


def test_a_name_that_ends_in_a_newline_has_no_word() -> None:
    assert shell_word("/bin/a\n") is None
    assert shell_word("/bin/a\nb") is not None


@given(st.text(max_size=300))
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert comment(text).splitlines() in ([], [comment(text)])
    assert len(comment(text)) <= 140


def test_a_text_of_yaml_is_quoted() -> None:
    assert yaml_text('a: "b"\n# c') == '"a: \\"b\\"\\\\x0a# c"'


def test_a_comment_gives_no_command_to_an_agent_of_a_build_service() -> None:
    assert "##vso[" not in comment("x ##vso[task.complete]")
    assert comment("a # b") == "a # b"
