"""Archives behind scripts and programs."""

from __future__ import annotations

import gzip
import io
import zipfile
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.archives.appended import HEADS, appended, program_end, zip_start
from imgscan.testing import program

SCRIPT = b'#!/bin/sh\nexec java -jar "$0"\n'


def zip_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def pe(size: int = 64) -> bytes:
    head = b"MZ" + bytes(58) + pack("<I", 64) + b"PE\0\0" + pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0, 0)
    section = b".text\0\0\0" + pack("<IIIIIIHHI", size, 0, size, len(head) + 40, 0, 0, 0, 0, 0)
    return head + section + bytes(size)


@pytest.mark.parametrize("head", [SCRIPT, program(), pe()])
def test_a_zip_is_found_behind_each_head(head: bytes) -> None:
    archive = zip_of(a=b"1")

    assert appended(head + archive) == len(head)
    assert zip_start(head + archive) == len(head)
    assert zip_start(memoryview(head + archive)) == len(head)


@pytest.mark.parametrize("head", [program(), pe()])
def test_what_stands_behind_a_program_begins_at_its_end(head: bytes) -> None:
    assert appended(head + gzip.compress(b"x")) == len(head)
    assert appended(head) is None
    assert program_end(head, True) == len(head)


def test_a_stream_behind_a_script_begins_a_line() -> None:
    assert appended(SCRIPT + gzip.compress(b"x")) == len(SCRIPT)
    assert appended(SCRIPT + b"echo PK " + b"x" * 100) is None
    assert appended(b"text\n" + gzip.compress(b"x")) is None


def test_the_letters_of_an_end_alone_are_no_zip() -> None:
    assert zip_start(b"PK\5\6") is None
    assert zip_start(SCRIPT + b"PK\5\6" + bytes(18)) is None


@given(st.sampled_from(HEADS), st.binary(max_size=300))
def test_any_bytes_have_an_answer(head: bytes, rest: bytes) -> None:
    data = head + rest

    assert 0 <= (appended(data) or 0) <= len(data)
    assert program_end(data, False) is None or isinstance(program_end(data, False), int)
