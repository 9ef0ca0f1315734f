"""Maps of sparse files."""

from __future__ import annotations

import pytest

from imgscan.errors import TarHeaderError
from imgscan.formats.archives.sparse import check_segments, parse_map_1_0, parse_old_gnu, parse_pax_map, parse_real_size
from imgscan.testing import sparse_member, tar_number


def test_an_old_gnu_header_lists_four_segments_and_whether_more_follow() -> None:
    parts = [(number * 100, b"x") for number in range(5)]
    block = sparse_member("old", "f", parts, 1000)[:512]

    assert parse_old_gnu(block, 386, 4, 0) == ([(0, 1), (100, 1), (200, 1), (300, 1)], True)
    assert parse_real_size(block, 0) == 1000


def test_an_extension_block_lists_21() -> None:
    parts = [(number * 100, b"x") for number in range(30)]
    blocks = sparse_member("old", "f", parts, 5000)

    first, more = parse_old_gnu(blocks[512:1024], 0, 21, 512)
    second, end = parse_old_gnu(blocks[1024:1536], 0, 21, 1024)

    assert [start for start, _ in first + second] == [number * 100 for number in range(4, 30)]
    assert (more, end) == (True, False)


def test_a_segment_that_is_no_number_is_an_error() -> None:
    with pytest.raises(TarHeaderError):
        parse_old_gnu(b"9x".ljust(512, b"\0"), 0, 21, 0)


def test_a_negative_real_size_is_an_error() -> None:
    block = bytes(483) + tar_number(-1, 12) + bytes(17)

    with pytest.raises(TarHeaderError, match="negative"):
        parse_real_size(block, 0)


def test_a_pax_map_is_pairs() -> None:
    assert parse_pax_map(b"0,5,9,1", 2, 0) == [(0, 5), (9, 1)]
    assert parse_pax_map(b"", None, 0) == []


@pytest.mark.parametrize(("text", "count"), [(b"0", None), (b"0,5", 2), (b"0,-5", 1), (b"0,,5", None), (b"a,b", 1)])
def test_a_malformed_pax_map_is_an_error(text: bytes, count: int | None) -> None:
    with pytest.raises(TarHeaderError):
        parse_pax_map(text, count, 0)


def test_map_1_0_is_read_once_it_is_whole() -> None:
    data = b"2\n0\n5\n9\n1\n"

    assert parse_map_1_0(data[:4], 2, 0) is None
    assert parse_map_1_0(data.ljust(512, b"\0"), 5, 0) == [(0, 5), (9, 1)]


@pytest.mark.parametrize("data", [b"", b"x\n", b"-1\n", b"1" * 21 + b"\n", b"1\nx\n1\n", b"\n", b"9" * 512])
def test_a_malformed_map_1_0_is_an_error(data: bytes) -> None:
    with pytest.raises(TarHeaderError):
        parse_map_1_0(data, data.count(b"\n"), 0)


def test_segments_in_order_inside_the_file_are_right() -> None:
    check_segments([(0, 5), (5, 0), (9, 1), (10, 0)], 10, 6, 0)
    check_segments([], 1 << 62, 0, 0)


@pytest.mark.parametrize(
    ("segments", "size", "stored"),
    [
        ([(5, 5), (0, 5)], 10, 10),  # backwards
        ([(0, 6), (5, 5)], 10, 11),  # overlapping
        ([(0, 11)], 10, 11),  # beyond the end
        ([(0, -1)], 10, 0),
        ([(0, 10)], 10, 9),  # more than is stored
        ([], 1 << 63, 0),
    ],
)
def test_segments_that_cannot_be_are_an_error(segments: list[tuple[int, int]], size: int, stored: int) -> None:
    with pytest.raises(TarHeaderError):
        check_segments(segments, size, stored, 0)
