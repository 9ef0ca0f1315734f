"""Compressed files in memory, up to a bound."""

from __future__ import annotations

import gzip
import zlib
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.archives.inflated import MAGICS, inflated
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


# Gzip: headers, members and trailers (RFC 1952)

NAME, COMMENT, EXTRA, CHECKED = 8, 16, 4, 2


def member(content: bytes, flags: int = 0, crc: int | None = None, level: int = 6) -> bytes:
    """Return one gzip member with all that its flags say."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\3"
    header += b"\3\0abc" if flags & EXTRA else b""
    header += b"name\0" if flags & NAME else b""
    header += b"comment\0" if flags & COMMENT else b""
    header += pack("<H", zlib.crc32(header) & 0xFFFF) if flags & CHECKED else b""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    trailer = pack("<II", zlib.crc32(content) if crc is None else crc, len(content))
    return header + packer.compress(content) + packer.flush() + trailer


@pytest.mark.parametrize("flags", range(0, 32, 2))
def test_every_kind_of_header_is_read(flags: int) -> None:
    assert inflated(member(b"one ", flags) + member(b"two", flags), 100) == (b"one two", True)


@pytest.mark.parametrize("flags", [0x20, 0x40, 0x80])
def test_a_member_with_a_reserved_flag_is_not_read(flags: int) -> None:
    assert inflated(member(b"one") + member(b"two", flags), 100) == (b"one", False)


def test_a_header_whose_checksum_is_wrong_is_not_read() -> None:
    data = bytearray(member(b"text", CHECKED))
    data[10] ^= 1

    assert inflated(bytes(data), 100) == (b"", False)


def test_content_whose_checksum_is_wrong_is_read_and_said_to_be_damaged() -> None:
    assert inflated(member(b"text", crc=5) + member(b"more"), 100) == (b"text", False)


def test_what_stands_behind_the_members_is_ignored() -> None:
    assert inflated(member(b"text") + b"\0" * 9 + b"more", 100) == (b"text", True)


def test_many_members_are_read_in_linear_time() -> None:
    assert inflated(member(b"") * 50_000 + member(b"text"), 100) == (b"text", True)


@given(
    st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 9), st.sampled_from(range(0, 32, 2))), max_size=4),
    st.integers(0, 1500),
    st.integers(0, 2000),
)
def test_it_says_what_zlib_says_wherever_it_is_cut(members: list[tuple[bytes, int, int]], cut: int, most: int) -> None:
    data = b"".join(member(text, flags, level=level) for text, level, flags in members)[:cut]
    content, whole = _by_zlib(data)

    assert inflated(data, most) == (content[:most], whole and len(content) <= most)


def _by_zlib(data: bytes) -> tuple[bytes, bool]:
    content, whole = b"", data.startswith(MAGICS)
    while whole and data.startswith(MAGICS):
        stream = zlib.decompressobj(31)
        content += stream.decompress(data)
        whole, data = stream.eof, stream.unused_data
    return content, whole
