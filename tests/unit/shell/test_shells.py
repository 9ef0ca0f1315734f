"""Shells and multi-call programs, known by what is in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.shell.multicall import applets_of
from imgscan.shell.shells import shell_in


@pytest.mark.parametrize(
    ("content", "shell"),
    [
        (b"..\0BASH_VERSINFO\0..", "bash"),
        (b"..PS4=+ \0..OPTIND=1\0..", "dash"),
        (b"..\0ZSH_PATCHLEVEL\0..", "zsh"),
        (b"KSH_VERSION=@(#)MIRBSD KSH R59", "mksh"),
        (b"@(#)$Id: Version AJM 93u+m", "ksh93"),
        (b"Tcsh thinks your terminal", "tcsh"),
        (b"$YASH_LOADPATH", "yash"),
    ],
)
def test_a_shell_is_known_by_its_own_words(content: bytes, shell: str) -> None:
    assert shell_in(b"\x7fELF" + content) == shell


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"if BASH_VERSINFO is set, completions for bash",  # a generator of completions
        b"OPTIND=1",  # half of the marks
        b"ZSH_VERSION",
        b"@(#)$Id: Version AJM 93u+m [+NAME?shcomp - compile a shell script]",
    ],
)
def test_what_only_mentions_a_shell_is_none(content: bytes) -> None:
    assert shell_in(content) is None


def test_busybox_has_a_table_of_applets() -> None:
    assert applets_of(b"\x7fELF\0[\0[[\0ash\0sh\0") == ("[", "[[", "ash", "sh")


def test_toybox_names_its_commands_in_their_help() -> None:
    content = b"Toybox %s multicall binary%s\0usage: cat [-u]\n\0usage: nc [-46]\0usage: sh [-c]\0usage: %s\0"

    assert applets_of(content) == ("cat", "nc", "sh")


def test_help_texts_alone_make_no_multi_call_program() -> None:
    assert applets_of(b"usage: cat [-u]\n") == ()


@given(st.binary())
def test_any_content_is_looked_through(content: bytes) -> None:
    shell_in(content)
    applets_of(b"Toybox %s multicall binary" + content)
