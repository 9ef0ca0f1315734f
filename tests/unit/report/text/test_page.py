from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.report.text.page import Page, columns


def test_text_goes_on_under_itself() -> None:
    page = Page(width=40)

    lines = list(page.wrapped("LABEL      ", "one two three four five six seven eight"))

    assert lines == ["LABEL      one two three four five six", "           seven eight"]


def test_a_long_word_is_not_cut_so_that_it_can_be_copied() -> None:
    word = "sha256:" + "a" * 64

    assert list(Page(width=40).wrapped("id         ", word)) == ["id         " + word]


@given(st.text(), st.integers(40, 120))
def test_no_line_is_wider_than_the_page_unless_it_is_one_word(text: str, width: int) -> None:
    for line in Page(width=width).wrapped(" " * 11, text):
        assert columns(line) <= width or " " not in line.strip()


@given(st.text(), st.integers(3, 40))
def test_a_text_is_cut_to_its_columns(text: str, most: int) -> None:
    assert columns(Page().cut(text, most)) <= most


@pytest.mark.parametrize(("text", "count"), [("abc", 3), ("\u65e5\u672c", 4), ("e\u0301", 1), ("", 0)])
def test_columns_are_those_of_a_terminal(text: str, count: int) -> None:
    assert columns(text) == count


def test_nothing_of_an_image_reaches_the_terminal_raw() -> None:
    page = Page()
    hostile = "a\x1b[31mb\u202ec\r\nd"

    shown = "\n".join(page.wrapped("x ", hostile)) + page.cut(hostile, 60)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\r" not in shown


def test_colours_are_added_only_where_they_are_wanted() -> None:
    assert Page(color=True).paint("FAIL", "FAIL") == "\x1b[1;31mFAIL\x1b[0m"
    assert Page(color=False).paint("FAIL", "FAIL") == "FAIL"


def test_dots_are_ascii_where_nothing_else_can_be_shown() -> None:
    assert Page(unicode=False).cut("abcdefgh", 6) == "abc..."
    assert Page(unicode=True).cut("abcdefgh", 6) == "abcde\u2026"
