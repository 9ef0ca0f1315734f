from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgscan.explore.masked import PREVIEW_BYTES, masked


def test_a_secret_is_stars_and_the_text_around_it_stays() -> None:
    assert masked(b"user=me\npass=hunter2\n", [(13, 7)]) == "user=me\npass=*******\n"


def test_a_text_without_secrets_is_as_it_is() -> None:
    assert masked("käse\n\ttab".encode(), []) == "käse\n    tab"


def test_a_secret_in_a_binary_is_masked_in_both_columns() -> None:
    text = masked(b"\0hunter2\0", [(1, 7)])

    assert "hunter2" not in text
    assert b"hunter2".hex(" ") not in text
    assert "2a 2a 2a" in text


def test_what_acts_on_a_terminal_is_shown_and_does_not_act() -> None:
    assert masked(b"\x1b[2J\x07\x9b\xff", []) == "\\x1b[2J\\x07\\x9b\\xff"


def test_the_end_of_a_long_content_is_said_to_be_left_out() -> None:
    assert masked(b"a" * (PREVIEW_BYTES + 1), []).endswith("(the rest is left out)")
    assert "lines more" in masked(b"a\n" * 1000, [])


@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(-5, 400), st.integers(0, 400)), max_size=4))
def test_whatever_the_content_nothing_in_it_acts(data: bytes, spans: list[tuple[int, int]]) -> None:
    assert all(char == "\n" or char.isprintable() for char in masked(data, spans))
