"""Shells, interpreters and multi-call programs, known by what is in them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.shell.known import TABLE, program_by_content
from imgscan.shell.multicall import applets_of


def name_of(content: bytes) -> str | None:
    """Return what a content is called."""
    row = program_by_content(content)
    return None if row is None else row.name


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
    assert name_of(b"\x7fELF" + content) == shell


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
    assert name_of(content) is None


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x7fELF..BASH_VERSION..GNU bash, version 5..", "bash"),
        (b"\x7fELF..BusyBox v1.36..\0[\0[[\0acpid\0", "busybox"),
        (b"\x7fELF..PERL5LIB..PERL5OPT", "perl"),
        (b"\x7fELF..BASH_VERSION only..", None),
        (b"", None),
    ],
)
def test_a_program_is_told_by_the_strings_it_needs(content: bytes, name: str | None) -> None:
    assert name_of(content) == name


@pytest.mark.parametrize("path", ["/bin/bash", "/bin/dash", "/usr/bin/perl"])
def test_the_shells_of_this_machine_are_known(path: str) -> None:
    program = Path(path)
    if sys.platform != "linux" or not program.is_file() or not program.read_bytes().startswith(b"\x7fELF"):
        pytest.skip(f"no {path} here")

    assert name_of(program.read_bytes()) == program.resolve().name.rstrip("0123456789.")


def test_a_name_stands_in_one_row() -> None:
    names = [name for row in TABLE for name in row.names]

    assert len(names) == len(set(names))


def test_busybox_has_a_table_of_applets() -> None:
    assert applets_of(b"\x7fELF\0[\0[[\0ash\0sh\0") == ("[", "[[", "ash", "sh")


def test_toybox_names_its_commands_in_their_help() -> None:
    content = b"Toybox %s multicall binary%s\0usage: cat [-u]\n\0usage: nc [-46]\0usage: sh [-c]\0usage: %s\0"

    assert applets_of(content) == ("cat", "nc", "sh")


def test_help_texts_alone_make_no_multi_call_program() -> None:
    assert applets_of(b"usage: cat [-u]\n") == ()


@given(st.binary())
def test_any_content_is_looked_through(content: bytes) -> None:
    program_by_content(content)
    applets_of(b"Toybox %s multicall binary" + content)
