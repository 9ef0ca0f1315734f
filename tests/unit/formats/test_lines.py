"""Lines are counted when asked for, and rightly however they are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats import lines
from imgscan.formats.lines import Lines, count_lines, has_lines

TEXTS = st.lists(st.sampled_from([b"\n", b"x", b"\0\n\n", b"\xff" * 9]), max_size=40).map(b"".join)


@given(TEXTS, st.integers(0, 60), st.integers(0, 60), st.integers(1, 70))
def test_line_ends_of_a_part_are_counted_however_it_is_cut(text: bytes, start: int, stop: int, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_PIECE", piece)

        assert count_lines(bytearray(text), start, min(stop, len(text))) == text[start:stop].count(b"\n")


@given(TEXTS, st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_the_line_of_a_place_does_not_depend_on_what_was_asked_before(
    text: bytes, asked: list[tuple[int, int]]
) -> None:
    kept = Lines(text)

    for start, at in asked:
        if start <= at:
            assert kept.line(start, start, at) == text[start:at].count(b"\n") + start + 1


def test_the_line_of_a_match_of_a_buffer_that_is_used_again_is_not_told() -> None:
    kept = Lines(bytearray(b"a\nb"))
    kept.close()

    with pytest.raises(ValueError, match="while the match is being judged"):
        kept.line(0, 0, 3)


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"", True),
        (b"key = value\nkey2", True),
        ("k=\xe9".encode("latin-1"), True),
        ("key = va".encode("utf-16-le"), True),
        ("key = va".encode("utf-16-be"), True),
        ("key = v".encode("utf-16"), True),
        ("\ufeff\u5bc6\u7801\u0100=".encode("utf-16-le"), True),
        (b"\x7fELF\x02\x01\x01" + bytes(9), False),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", False),
        (b"SQLite format 3\0", False),
        (b"a\0", True),  # one letter of UTF-16
    ],
)
def test_a_binary_has_no_lines(head: bytes, text: bool) -> None:
    assert has_lines(head) is text
