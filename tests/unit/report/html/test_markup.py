from __future__ import annotations

from imgscan.report.html.markup import element, fragment, verbatim


def test_text_is_escaped_in_content_and_attributes() -> None:
    assert element("p", "<b> & \"'", title="\"><'") == (
        '<p title="&quot;&gt;&lt;&#x27;">&lt;b&gt; &amp; &quot;&#x27;</p>'
    )


def test_markup_is_not_escaped_again() -> None:
    assert element("p", element("b", "<"), ["a", [element("i", 1)]], None) == "<p><b>&lt;</b>a<i>1</i></p>"


def test_a_joined_markup_is_text_again() -> None:
    assert element("p", "".join([element("b", "x")])) == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_attributes_are_bare_left_out_or_renamed() -> None:
    assert element("input", class_="a", aria_label="b", hidden=True, open=False, id=None, tabindex=0) == (
        '<input class="a" aria-label="b" hidden tabindex="0">'
    )


def test_a_fragment_and_a_verbatim_text_have_no_element() -> None:
    assert fragment("<", 1, None) == "&lt;1"
    assert verbatim("<") == "<"
