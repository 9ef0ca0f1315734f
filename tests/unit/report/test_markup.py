from __future__ import annotations

import pytest

from imgscan.report.markup import code, markdown

from .schemas import rendered

TEXTS = (
    "<b>bold</b> &amp; </code></td><script>x</script>",
    "**a** _b_ ~~c~~ `d` ``e`` $f$ ^g^",
    "[a](https://evil.example) ![b](x.png) [c]: d <https://evil.example>",
    "https://evil.example HTTP://evil.example ftp://evil.example www.evil.example WWW.evil.example",
    "a@evil.example mailto:a@evil.example x.y+z@evil.example a@b-c.example xmpp:a@evil.example/b",
    "| a | b \\| c \\\\| d",
    "# a", "- a", "1. a", "> a", "    a", "--- a", ":smile:", "\\",
    "two\nlines\r\nthree\tcolumns",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("shown", [markdown, code])
def test_nothing_comes_of_a_text_in_a_table_but_the_text(shown: object, text: str) -> None:
    assert callable(shown)
    page = rendered(f"| a | b |\n| --- | --- |\n| {shown(text)} | end |\n")

    assert page.elements <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    expected = text.replace("\r\n", "  ").replace("\n", " ").replace("\t", " ").strip()
    assert expected in page.text.replace("\u200b", "")


@pytest.mark.parametrize("text", ["@everyone", "#1", "GH-1", "gh-1", "owner/name#1"])
def test_nobody_is_mentioned_and_nothing_referred_to(text: str) -> None:
    page = rendered(markdown(text))

    assert "\u200b" in page.text
    assert text not in page.text


def test_code_can_be_copied_as_it_was() -> None:
    assert rendered(code("node_modules/@scope/a#b|c")).text.strip() == "node_modules/@scope/a#b|c"


def test_plain_words_stay_plain() -> None:
    assert markdown("runs as root, mode 4755: /usr/bin/su (see -v)") == "runs as root, mode 4755: /usr/bin/su (see -v)"


def test_nothing_is_no_code() -> None:
    assert code("") == ""
