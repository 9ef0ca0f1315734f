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


def sections(size: int, kind: int = 1, order: str = "<") -> bytes:
    """Return a program of 64 bits whose one section, 16 bytes behind its headers of ``size`` bytes each, has a type."""
    table = pack(order + "II", 0, kind) + bytes(16) + pack(order + "QQ", 64 + size, 16) + bytes(24)
    head = b"\x7fELF\2" + (b"\1" if order == "<" else b"\2") + bytes(26)
    head += pack(order + "QQ", 0, 64) + bytes(4) + pack(order + "6H", 64, 0, 0, size, 1, 0)
    return head + table + bytes(size - len(table)) + bytes(16)


@pytest.mark.parametrize("size", [64, 72])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_program_ends_behind_its_sections(size: int, order: str) -> None:
    assert program_end(sections(size, order=order), True) == 64 + size + 16
    assert program_end(memoryview(sections(size, order=order)), True) == 64 + size + 16


@pytest.mark.parametrize("kind", [0, 8])
def test_a_section_without_bytes_is_no_part_of_a_program(kind: int) -> None:
    assert program_end(sections(64, kind), True) == 128


@pytest.mark.parametrize("size", [64, 72])
def test_a_program_whose_sections_are_cut_short_has_no_end(size: int) -> None:
    assert program_end(sections(size)[: 64 + size // 2 - 4], True) is None


@pytest.mark.parametrize("at", [32, 40])
def test_a_program_whose_tables_no_file_reaches_has_no_end(at: int) -> None:
    data = bytearray(sections(72))
    data[at : at + 8] = b"\xff" * 8
    data[56:58] = b"\1\0"

    assert program_end(bytes(data), True) is None


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
