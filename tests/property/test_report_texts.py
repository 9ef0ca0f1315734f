"""Whatever a text of an image is, the formats show it and nothing comes of it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from imgscan.model.control import Status
from imgscan.printable import printable
from imgscan.report.junit import write
from imgscan.report.markup import code, markdown
from imgscan.report.sarif.result import escaped
from imgscan.report.writers import Style

from ..unit.report.made import control, report
from ..unit.report.schemas import rendered

# Mostly what means something to Markdown, so that combinations come up.
TEXTS = st.text(st.sampled_from("[](){}<>*_`~|\\!#@:/.-+=&;$^\"' \n\twaGH19é\u202e\x1b\udcff"), max_size=40) | st.text(
    max_size=40
)


@given(TEXTS)
def test_markdown_shows_a_text_and_nothing_comes_of_it(text: str) -> None:
    for shown in (markdown, code):
        page = rendered(f"| a | b |\n| --- | --- |\n| x{shown(printable(text))}x | end |\n")

        assert page.elements <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
        words = re.sub(r"\s", " ", printable(text))
        assert f"x{words}x" in page.text.replace("\u200b", "")


@given(TEXTS)
def test_a_message_has_no_bracket_that_is_not_escaped(text: str) -> None:
    found = escaped(text)

    assert all(len(match[1]) % 2 for match in re.finditer(r"(\\*)[\[\]]", found))
    assert re.sub(r"(\\+)([\[\]])", lambda match: "\\" * (len(match[1]) // 2) + match[2], found) == text


@given(st.text(max_size=40))
def test_xml_holds_every_text(text: str) -> None:
    item = control("4.1", Status.FAIL, suppressed=None)
    written = write([report(controls=(item,), references=(text,) if text else ())], Style())

    (suite,) = ET.fromstring(written)
    assert (suite.get("name") or "").startswith(printable(text) or "sha256:")
