"""Compressed files in memory, up to a bound."""

from __future__ import annotations

import gzip

import pytest

from imgscan.formats.inflated import inflated
from imgscan.testing import compress
from imgscan.testing.compress import Compression

TEXT = b"a line of text\n" * 5000
KINDS: tuple[Compression, ...] = ("gzip", "zstd", "xz", "bzip2")


@pytest.mark.parametrize("kind", KINDS)
def test_what_fits_is_unpacked_whole(kind: Compression) -> None:
    assert inflated(compress(TEXT, kind), len(TEXT)) == (TEXT, True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most", [0, 1, 1000, len(TEXT) - 1])
def test_no_more_than_the_bound_is_unpacked_and_it_is_said(kind: Compression, most: int) -> None:
    assert inflated(compress(TEXT, kind), most) == (TEXT[:most], False)


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_stream_that_is_cut_the_beginning_is_read_and_it_is_said(kind: Compression) -> None:
    found, whole = inflated(compress(TEXT, kind)[:-12], len(TEXT))

    assert not whole
    assert TEXT.startswith(found)


def test_all_members_of_a_gzip_file_are_read() -> None:
    assert inflated(gzip.compress(b"one ") + gzip.compress(b"two"), 100) == (b"one two", True)


@pytest.mark.parametrize("data", [b"", b"text", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd\xff\xff"])
def test_what_is_none_gives_nothing(data: bytes) -> None:
    assert inflated(data, 100) == (b"", False)
