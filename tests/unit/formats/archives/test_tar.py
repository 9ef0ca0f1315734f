"""The 512-byte header: fields, checksums, dialects, numbers."""

from __future__ import annotations

import pytest

from imgscan.errors import TarHeaderError
from imgscan.formats.archives.tar import HeaderParser, RawHeader, parse_number
from imgscan.testing import tar_header
from imgscan.testing.header import Dialect, Fields

DIALECTS: tuple[Dialect, ...] = ("v7", "ustar", "pax", "gnu", "star")


def parsed(block: bytes) -> RawHeader:
    return HeaderParser().parse(block, 0)


# Numbers


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"0000644\0", 0o644),
        (b"644\0\0\0\0\0", 0o644),
        (b" 644 \0\0\0", 0o644),
        (b"0000644 ", 0o644),
        (b"00006440", 0o6440),  # no terminator at all
        (bytes(8), 0),
        (b" " * 8, 0),
        (b"7\0garbag", 7),  # up to the first NUL, as Go reads it
        (b"\x80\0\0\0\0\0\0\x2a", 42),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff", -1),
        (b"\xff\xff\xff\xff\xff\xff\xff\xfe", -2),
        (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", (1 << 63) - 1),
        (b"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", -(1 << 63)),
    ],
)
def test_a_number_is_octal_or_base_256(field: bytes, value: int) -> None:
    assert parse_number(field, 0) == value


@pytest.mark.parametrize(
    "field",
    [
        b"0000648\0",
        b"-000644\0",
        b"+000644\0",
        b"0o00644\0",
        b"00_0644\0",
        b"6 44\0\0\0\0",
        b"abcdefg\0",
        b"\x80\0\0\0\x80\0\0\0\0\0\0\0",
        b"\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x80" + b"\xff" * 11,
    ],
)
def test_anything_else_is_an_error_with_its_offset(field: bytes) -> None:
    with pytest.raises(TarHeaderError) as caught:
        parse_number(field, 1536)

    assert caught.value.position.offset == 1536


# Headers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gives_all_fields(dialect: Dialect) -> None:
    block = tar_header(
        "bin/su", dialect, mode=0o104755, uid=1, gid=2, size=3, mtime=4, link="target", major=5, minor=6, typeflag=b"3"
    )

    name, flag, owner, size, mtime, link, device, gnu = parsed(block)

    assert (name, flag, owner, size, mtime, link) == (b"bin/su", b"3", (0o4755, 1, 2), 3, 4, b"target")
    assert device == ((0, 0) if dialect == "v7" else (5, 6))
    assert gnu is (dialect == "gnu")


def test_names_of_100_bytes_have_no_terminator() -> None:
    assert parsed(tar_header("n" * 100, link="l" * 100))[0] == b"n" * 100
    assert parsed(tar_header("n" * 100, link="l" * 100))[5] == b"l" * 100


def test_a_name_ends_at_its_first_nul() -> None:
    assert parsed(tar_header(b"real\0hidden"))[0] == b"real"


@pytest.mark.parametrize("dialect", ["ustar", "pax"])
def test_the_ustar_prefix_stands_before_the_name(dialect: Dialect) -> None:
    assert parsed(tar_header("name", dialect, prefix="p" * 155))[0] == b"p" * 155 + b"/name"


def test_a_v7_header_has_no_prefix() -> None:
    assert parsed(tar_header("name", "v7", prefix="folder"))[0] == b"name"


def test_a_star_header_has_a_shorter_prefix() -> None:
    block = tar_header("name", "star", prefix=b"p" * 131 + b"00000000001 00000000002 ")

    assert parsed(block)[0] == b"p" * 131 + b"/name"


def test_a_gnu_header_has_times_where_others_have_a_prefix() -> None:
    assert parsed(tar_header("name", "gnu", prefix="14213531666\00014213531667\0"))[0] == b"name"


def test_a_gnu_header_whose_times_are_text_has_a_prefix_as_old_go_wrote() -> None:
    assert parsed(tar_header("name", "gnu", prefix="some/folder"))[0] == b"some/folder/name"


@pytest.mark.parametrize("offset", [0, 60, 120, 156, 200, 300, 400, 511])
def test_one_changed_byte_breaks_the_checksum(offset: int) -> None:
    block = bytearray(tar_header("name", link="x"))
    block[offset] ^= 1

    with pytest.raises(TarHeaderError, match="checksum") as caught:
        HeaderParser().parse(bytes(block), 512)

    assert caught.value.position.offset == 512


def test_the_checksum_may_be_summed_of_signed_bytes() -> None:
    block = tar_header("\u00e9\u00e9")
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])

    assert parsed(tar_header("\u00e9\u00e9", checksum=b"%06o\0 " % signed))[0] == "\u00e9\u00e9".encode()
    with pytest.raises(TarHeaderError):
        parsed(tar_header("\u00e9\u00e9", checksum=b"%06o\0 " % (signed + 1)))


def test_a_block_of_highest_ascii_bytes_is_summed_right() -> None:
    fields = Fields(link=b"\x7f" * 100, prefix=b"\x7f" * 155, uname=b"\x7f" * 32, gname=b"\x7f" * 32)

    assert parsed(tar_header(b"\x7f" * 100, **fields))[5] == b"\x7f" * 100


@pytest.mark.parametrize("checksum", [b"        ", b"zzzzzz\0 ", b"\x80\0\0\0\0\0\0\0", b"7777777\0"])
def test_a_checksum_that_is_no_number_or_another_is_an_error(checksum: bytes) -> None:
    with pytest.raises(TarHeaderError):
        parsed(tar_header("name", checksum=checksum))


@pytest.mark.parametrize("field", ["mode", "uid", "gid", "size", "mtime"])
@pytest.mark.parametrize("value", [b"9", b"0x10", b"-1", b"1_0", b"8"])
def test_a_field_that_is_no_number_is_an_error(field: str, value: bytes) -> None:
    fields: Fields = {field: value}  # type: ignore[misc]  # the field is the parameter

    with pytest.raises(TarHeaderError):
        parsed(tar_header("name", **fields))


@pytest.mark.parametrize("size", [b"00000000144\0", b"144\0", b" 144 \0", b"00000000144 ", b"100000000144", 0o144])
def test_every_spelling_of_a_size_is_read(size: bytes | int) -> None:
    expected = 0o100000000144 if size == b"100000000144" else 0o144

    assert parsed(tar_header("name", size=size))[3] == expected


def test_sizes_and_ids_beyond_octal_are_base_256() -> None:
    found = parsed(tar_header("name", "gnu", size=1 << 40, uid=1 << 31, gid=(1 << 32) - 2, mtime=-5))

    assert (found[3], found[2], found[4]) == (1 << 40, (0o644, 1 << 31, (1 << 32) - 2), -5)


def test_a_negative_size_is_an_error() -> None:
    with pytest.raises(TarHeaderError, match="negative"):
        parsed(tar_header("name", size=-1))


def test_a_parser_that_has_seen_many_headers_gives_what_a_new_one_gives() -> None:
    parser = HeaderParser()
    blocks = [
        tar_header(f"f{number}", mode=number % 512, uid=number, mtime=number, size=number, major=number % 7)
        for number in range(9000)
    ]

    assert [parser.parse(block, 0) for block in blocks] == [parsed(block) for block in blocks]
