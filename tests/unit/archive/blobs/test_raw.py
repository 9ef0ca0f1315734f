"""Stored bytes in order: once, or as often as wanted."""

from __future__ import annotations

import os

import pytest

from imgscan.archive.blobs.medium import Medium
from imgscan.archive.blobs.raw import OnePass, Rereadable, read_all
from imgscan.errors import UnreadableError


def test_what_a_look_took_comes_again_once() -> None:
    chunks = OnePass(iter([b"a", b"b", b"c"]))

    assert next(chunks.peek()) == b"a"
    assert list(chunks.all()) == [b"a", b"b", b"c"]
    assert list(chunks.all()) == []


def test_what_lies_in_a_file_comes_as_often_as_wanted() -> None:
    chunks = Rereadable(Medium("a", 2, lambda size, offset: b"ab"[offset : offset + 1]))

    assert [list(chunks.peek()), list(chunks.all()), list(chunks.all())] == [[b"a", b"b"]] * 3


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"abc")
    os.close(writer)

    assert b"".join(read_all(reader, "standard input")) == b"abc"
    os.close(reader)


def test_what_the_system_cannot_read_is_an_error_of_the_tree() -> None:
    descriptor = os.open("/", os.O_RDONLY)

    with pytest.raises(UnreadableError, match=r"standard input: cannot be read \(Is a directory\)"):
        list(read_all(descriptor, "standard input"))
    os.close(descriptor)
