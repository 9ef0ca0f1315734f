"""Shells and interpreters told by their content, and ids by their names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from imgscan.formats.accounts.names import parse_account_names
from imgscan.shell.interpreters import interpreter_of


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x7fELF..BASH_VERSION..GNU bash, version 5..", "bash"),
        (b"\x7fELF..BusyBox v1.36..\0[\0[[\0acpid\0", "busybox"),
        (b"\x7fELF..PERL5LIB..PERL5OPT", "perl"),
        (b"\x7fELF..BASH_VERSION only..", None),
        (b"#!/bin/bash\nBASH_VERSION GNU bash", None),
        (b"", None),
    ],
)
def test_a_program_is_told_by_the_strings_it_needs(content: bytes, name: str | None) -> None:
    assert interpreter_of(content) == name


@pytest.mark.parametrize("path", ["/bin/bash", "/bin/dash", "/usr/bin/perl"])
def test_the_shells_of_this_machine_are_known(path: str) -> None:
    program = Path(path)
    if sys.platform != "linux" or not program.is_file() or not program.read_bytes().startswith(b"\x7fELF"):
        pytest.skip(f"no {path} here")

    assert interpreter_of(program.read_bytes()) == program.resolve().name.rstrip("0123456789.")


def test_ids_have_all_their_names() -> None:
    data = b"root:x:0:0:::\ntoor:x:0:0:::\nmail:x:8:\nshort\nbad:x:-1:\n:x:5:\n+::\n"

    assert parse_account_names(data) == {0: ("root", "toor"), 8: ("mail",)}


def test_many_names_of_one_id_are_all_known() -> None:
    data = "".join(f"u{number}:x:0:0::/:/bin/sh\n" for number in range(100_000)).encode()

    assert len(parse_account_names(data)[0]) == 100_000
