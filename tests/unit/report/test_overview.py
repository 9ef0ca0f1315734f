from __future__ import annotations

import json

from msgspec.structs import replace

from imgscan.report import overview
from imgscan.report.json import write_json
from imgscan.report.summary import Unread
from imgscan.report.writers import Style
from tests.unit.report.made import EVERYTHING


def test_the_summary_is_that_of_the_json_collection_alone() -> None:
    reports, unread = (EVERYTHING, replace(EVERYTHING, source="other.tar")), (Unread("x.tar", "no tar"),)
    alone = json.loads(overview.write(reports, Style(every=True, unread=unread)))

    assert alone.pop("schema") == "imgscan.summary/1"
    assert alone == json.loads(write_json(reports, True, unread))["summary"]


def test_the_summary_of_one_image_has_one_row_and_nothing_unread() -> None:
    alone = json.loads(overview.write((EVERYTHING,), Style()))

    assert [row["source"] for row in alone["images"]] == [EVERYTHING.source]
    assert alone["unread"] == []
