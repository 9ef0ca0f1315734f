"""Pax records: lengths, values, attributes."""

from __future__ import annotations

import base64

import pytest

from imgscan.errors import TarHeaderError
from imgscan.formats.archives.pax import parse_pax, parse_pax_int, parse_pax_time, parse_xattrs
from imgscan.testing import pax_records


def test_records_come_back_as_written() -> None:
    records = {b"path": b"a" * 300, b"comment": b"", b"uname": "\u00e9".encode(), b"x": b"two\nlines=here"}

    assert parse_pax(pax_records(records), 0) == records


def test_of_double_keys_the_last_one_counts() -> None:
    assert parse_pax(pax_records([("path", "first"), ("path", "last")]), 0) == {b"path": b"last"}


def test_no_data_are_no_records() -> None:
    assert parse_pax(b"", 0) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"garbage",
        b"10 path=x",  # cut
        b"9 path=x\n\n",
        b"11 path=abc",  # no newline
        b"12 path=abc\0\n",  # a NUL in a path
        b"7 path\n",  # no equals sign
        b"6 =x\n ",
        b"5 =x\n",  # no key
        b"0 path=x\n",
        b"-9 path=x\n",
        b"+9 path=x\n",
        b" 9 path=x\n",
        b"9path=x\n",
        b"99999999999999999999999 path=x\n",
        b"9 path=x\n\0\0\0",  # something behind
        b"9 p\0th=x\n",
        b"4 a\n",
    ],
)
def test_a_malformed_record_is_an_error(data: bytes) -> None:
    with pytest.raises(TarHeaderError) as caught:
        parse_pax(data, 512)

    assert caught.value.position.offset is not None
    assert caught.value.position.offset >= 512


def test_the_error_of_a_record_tells_where_it_begins() -> None:
    with pytest.raises(TarHeaderError) as caught:
        parse_pax(pax_records({"path": "x"}) + b"nonsense", 1024)

    assert caught.value.position.offset == 1024 + 9


def test_a_nul_in_another_value_is_kept() -> None:
    assert parse_pax(pax_records({b"SCHILY.xattr.a": b"\0\1\0"}), 0) == {b"SCHILY.xattr.a": b"\0\1\0"}


def test_the_pairs_of_sparse_format_0_0_come_joined() -> None:
    records = [("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "5"), ("GNU.sparse.offset", "9")]

    found = parse_pax(pax_records([*records, ("GNU.sparse.numbytes", "1")]), 0)

    assert found == {b"GNU.sparse.map": b"0,5,9,1"}


@pytest.mark.parametrize(
    "records",
    [
        [("GNU.sparse.numbytes", "5")],
        [("GNU.sparse.offset", "0"), ("GNU.sparse.offset", "5")],
        [("GNU.sparse.offset", "0,1")],
    ],
)
def test_sparse_pairs_out_of_order_are_an_error(records: list[tuple[str, str]]) -> None:
    with pytest.raises(TarHeaderError):
        parse_pax(pax_records(records), 0)


@pytest.mark.parametrize(("value", "number"), [(b"0", 0), (b"-5", -5), (b"+5", 5), (b"9223372036854775807", 2**63 - 1)])
def test_an_int_is_decimal(value: bytes, number: int) -> None:
    assert parse_pax_int(value, 0) == number


@pytest.mark.parametrize("value", [b"", b"1.5", b"1_0", b" 1", b"0x1", b"--1", b"9223372036854775808", b"9" * 5000])
def test_any_other_int_is_an_error(value: bytes) -> None:
    with pytest.raises(TarHeaderError):
        parse_pax_int(value, 0)


@pytest.mark.parametrize(
    ("value", "nanoseconds"),
    [
        (b"1", 10**9),
        (b"1.", 10**9),
        (b"1.5", 1_500_000_000),
        (b"1.123456789", 1_123_456_789),
        (b"1.1234567899", 1_123_456_789),
        (b"-1.5", -1_500_000_000),
        (b"-0.5", -500_000_000),
        (b"0.000000001", 1),
    ],
)
def test_a_time_is_in_nanoseconds(value: bytes, nanoseconds: int) -> None:
    assert parse_pax_time(value, 0) == nanoseconds


@pytest.mark.parametrize("value", [b"", b".", b".5", b"-.5", b"1.-5", b"1.5.5", b"1e5", b"abc", b"1.\xb2"])
def test_any_other_time_is_an_error(value: bytes) -> None:
    with pytest.raises(TarHeaderError):
        parse_pax_time(value, 0)


def test_attributes_of_star_are_raw_and_those_of_libarchive_encoded() -> None:
    records = {
        b"SCHILY.xattr.user.a": b"\0raw\n",
        b"LIBARCHIVE.xattr.user.b%20c": base64.b64encode(b"value").rstrip(b"="),
        b"path": b"x",
    }

    assert parse_xattrs(records) == {"user.a": b"\0raw\n", "user.b c": b"value"}


def test_of_both_spellings_stars_wins() -> None:
    records = {b"LIBARCHIVE.xattr.user.a": base64.b64encode(b"one"), b"SCHILY.xattr.user.a": b"other"}

    assert parse_xattrs(records) == {"user.a": b"other"}


def test_an_attribute_that_is_no_base64_is_kept_as_it_is() -> None:
    assert parse_xattrs({b"LIBARCHIVE.xattr.a": b"not*base64"}) == {"a": b"not*base64"}


def test_no_attributes_are_none() -> None:
    assert parse_xattrs({b"path": b"x", b"SCHILY.xattr.gone": b""}) is None
