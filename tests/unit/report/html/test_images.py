from __future__ import annotations

import pytest
from msgspec.structs import replace

from imgscan.printable import printable
from imgscan.report.html import index, write
from imgscan.report.html.images import MAX_ROWS, images
from imgscan.report.summary import Unread, summary_of
from imgscan.report.writers import Style
from tests.unit.report.html.hostile import TEXTS, hostile
from tests.unit.report.html.structure import Page
from tests.unit.report.made import EVERYTHING, report

OTHER = replace(EVERYTHING, source="other.tar")
UNREAD = (Unread("broken.tar", "no tar header"),)


def test_the_page_of_several_images_begins_with_a_table_that_leads_to_each() -> None:
    page = Page(write((EVERYTHING, OTHER), Style()))

    assert page.faults == []
    assert page.ids.index("images") < page.ids.index("image-0-image")
    assert {"#image-0-image", "#image-1-image"} <= set(page.links)


def test_the_page_of_one_image_has_no_table_of_images() -> None:
    assert "images" not in Page(write((EVERYTHING,), Style())).ids


def test_the_page_names_what_was_not_read_also_beside_a_single_report() -> None:
    page = Page(write((EVERYTHING,), Style(unread=UNREAD)))

    assert page.faults == []
    assert "broken.tar" in page.text
    assert "no tar header" in page.text


def test_the_index_has_the_table_and_no_report() -> None:
    page = Page(index.write((EVERYTHING, OTHER), Style(unread=UNREAD)))

    assert page.faults == []
    assert set(page.ids) == {"report", "images-title", "images"}
    assert "2 images" in page.text
    assert "no tar header" in page.text


def test_the_index_says_nothing_of_unread_images_where_all_were_read() -> None:
    assert "Not read" not in Page(index.write((EVERYTHING, OTHER), Style())).text


def test_no_script_may_run_in_the_index() -> None:
    page = Page(index.write((EVERYTHING, OTHER), Style()))

    assert page.raw["script"] == []
    assert "script-src 'none'" in page.metas["Content-Security-Policy"]


def test_the_counts_of_the_table_are_those_of_the_summary() -> None:
    (row,) = summary_of((EVERYTHING,)).images
    text = Page(index.write((EVERYTHING,), Style())).text

    assert row.findings["CRITICAL"] == 1
    for count in (*row.findings.values(), *row.checks.values()):
        assert str(count) in text or count == 0


def test_an_image_read_in_part_is_said_to_be() -> None:
    partial = replace(report(), coverage=replace(EVERYTHING.coverage, complete=False))
    whole = replace(report(), coverage=replace(EVERYTHING.coverage, complete=True), problems=())

    assert "in part" in Page(index.write((partial,), Style())).text
    assert "in part" not in Page(index.write((whole,), Style())).text


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_makes_no_element_in_the_index(text: str) -> None:
    page = Page(index.write((hostile(text),), Style(unread=(Unread(text, text),))))

    assert page.faults == []
    assert printable(text) in page.text


def test_images_beyond_the_most_are_counted() -> None:
    summary = summary_of((EVERYTHING,))
    long = replace(summary, images=summary.images * (MAX_ROWS + 3))

    assert "and 3 more images" in images(long)
    assert "more images" not in images(summary)
