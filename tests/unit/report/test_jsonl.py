from __future__ import annotations

import json

import jsonschema_rs
import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from imgscan.model.entry import EntryKind
from imgscan.model.usage import PathUsage
from imgscan.report.json import json_bytes
from imgscan.report.jsonl import line_schema, write
from imgscan.report.show import shown_report
from imgscan.report.writers import Style

from .made import ERROR, EVERY_CONTROL, EVERY_FINDING, EVERYTHING, SETUID, report
from .schemas import lines_of


def test_each_thing_of_a_report_is_a_line_the_image_first_and_coverage_last() -> None:
    lines = lines_of(write([EVERYTHING], Style()))

    kinds = [line["type"] for line in lines]
    inventory = ["item"] * 4
    assert kinds == [
        "image",
        "layer",
        *["control"] * len(EVERY_CONTROL),
        *["finding"] * len(EVERY_FINDING),
        *inventory,
        "problem",
        "coverage",
    ]


def test_lines_hold_what_the_report_holds() -> None:
    plain = json.loads(json_bytes(shown_report(EVERYTHING)))

    lines = lines_of(write([EVERYTHING], Style()))

    assert lines[0]["tool"] == plain["tool"]
    assert lines[0]["image"] == plain["image"]
    assert [line["finding"] for line in lines if line["type"] == "finding"] == plain["findings"]
    assert [line["control"] for line in lines if line["type"] == "control"] == plain["controls"]
    items = {(line["section"], line["item"].get("name")) for line in lines if line["type"] == "item"}
    assert items == {("packages", "musl"), ("packages", "zlib"), ("shells", None), ("elf", None)}
    assert lines[-1]["coverage"] == plain["coverage"]


def test_no_part_of_a_report_is_missing_from_the_lines() -> None:
    used = replace(
        EVERYTHING, usage=(PathUsage(path="usr", kind=EntryKind.DIRECTORY, size=10, files=1, layer=0, layer_size=10),)
    )

    lines = lines_of(write([used], Style()))

    parts = {
        "layers": "layer",
        "controls": "control",
        "findings": "finding",
        "inventory": "item",
        "problems": "problem",
    }
    said = {key for key, value in to_builtins(shown_report(used)).items() if value is not None}
    expected = {parts.get(key, key) for key in said} - {"schema", "tool"}
    assert {line["type"] for line in lines} == expected


def test_lines_of_several_images_say_whose_they_are() -> None:
    lines = lines_of(write([report(SETUID), report(problems=(ERROR,))], Style(every=True)))

    assert [(line["type"], line["image_index"]) for line in lines] == [
        ("image", 0),
        ("layer", 0),
        ("finding", 0),
        ("coverage", 0),
        ("image", 1),
        ("layer", 1),
        ("problem", 1),
        ("coverage", 1),
    ]


def test_a_text_with_line_ends_stays_on_its_line() -> None:
    odd = replace(SETUID, message="one\ntwo\u2028three\x85four")

    lines = write([report(odd)], Style()).splitlines()

    assert len(lines) == 4
    assert b"one\\\\x0atwo" in lines[2]


def test_the_lines_of_a_controls_remedy_stay_lines_and_no_other() -> None:
    odd = replace(EVERY_CONTROL[0], remediation="RUN a\x1b\nUSER b", reason="one\ntwo")
    finding = replace(SETUID, remediation="RUN a\nRUN b")

    plain = shown_report(report(finding, controls=(odd,)))

    assert plain.controls[0].remediation == "RUN a\\x1b\nUSER b"
    assert plain.controls[0].reason == "one\\x0atwo"
    assert plain.findings[0].remediation == "RUN a\\x0aRUN b"


@pytest.mark.parametrize(
    "line",
    [
        {"type": "finding", "image_index": 0},
        {"type": "other", "image_index": 0},
        {"type": "coverage", "coverage": {}},
        {"type": "item", "image_index": 0, "section": "shells", "item": {}, "more": 1},
    ],
)
def test_the_schema_refuses_other_lines(line: dict[str, object]) -> None:
    assert not jsonschema_rs.is_valid(line_schema(), line)
