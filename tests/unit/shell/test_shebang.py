from __future__ import annotations

from imgscan.shell.shebang import Shebang, parse_shebang


def test_interpreter_and_the_one_argument() -> None:
    assert parse_shebang(b"#!/bin/bash -eu -x\nexit") == Shebang("/bin/bash", "-eu -x")
    assert parse_shebang(b"#! /bin/sh\t-e") == Shebang("/bin/sh", "-e")


def test_what_env_is_given_is_the_program() -> None:
    for text, program in (
        (b"#!/usr/bin/env python3\n", "python3"),
        (b"#!/usr/bin/env -S A=b node --x\n", "node"),
        (b"#!/usr/bin/env\n", "/usr/bin/env"),
        (b"#!/bin/dash\n", "/bin/dash"),
    ):
        found = parse_shebang(text)
        assert found is not None
        assert found.program() == program


def test_no_interpreter_is_none() -> None:
    for text in (b"", b"#!", b"#!\n/bin/sh", b"#!  \n", b"\x7fELF", b"# !/bin/sh"):
        assert parse_shebang(text) is None


def test_a_carriage_return_belongs_to_the_name() -> None:
    assert parse_shebang(b"#!/bin/sh\r\necho\r\n") == Shebang("/bin/sh\r", "")


def test_only_the_first_256_bytes_count() -> None:
    found = parse_shebang(b"#!/bin/sh " + b"a" * 1000)
    assert found is not None
    assert len(found.argument) == 256 - len("#!/bin/sh ")
