"""Strings from an image made safe to show."""

from __future__ import annotations

import pytest

from imgscan.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('plain text / with \\ and "quotes"', 'plain text / with \\ and "quotes"'),
        ("", ""),
        ("caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"),
        ("a\tb\nc\r", "a\\x09b\\x0ac\\x0d"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x7f\x00", "\\x7f\\x00"),
        ("\x85\x9b", "\\xc2\\x85\\xc2\\x9b"),
        ("caf\udce9", "caf\\xe9"),
        ("\udcff\udc80", "\\xff\\x80"),
        ("\ud800", "\\xed\\xa0\\x80"),
        ("evil\u202egnp.exe", "evil\\xe2\\x80\\xaegnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\xe2\\x80\\x8bwidth\\xef\\xbb\\xbf"),
        ("soft\u00adhyphen", "soft\\xc2\\xadhyphen"),
        ("line\u2028end", "line\\xe2\\x80\\xa8end"),
    ],
)
def test_what_moves_a_cursor_or_hides_is_shown_as_bytes(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_every_byte_can_be_shown() -> None:
    text = bytes(range(256)).decode("utf-8", "surrogateescape")

    shown = printable(text)

    assert shown.isprintable()
    assert shown.encode()
    assert "\\xff" in shown


def test_no_character_of_unicode_escapes_control() -> None:
    for code in (*range(0xA0), 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)):
        shown = printable(chr(code))
        assert shown.isprintable(), hex(code)
