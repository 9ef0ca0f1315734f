"""``--timing``: each stage's time in text, JSON and JSON Lines, and in none of them unless it is asked for."""

from __future__ import annotations

import pytest

from ..unit.report.schemas import lines_of
from .support import ALPINE, imgscan

STAGES = ["read", "merge", "conclude", "judge"]


def test_json_has_the_time_of_each_stage_in_order_and_the_schema_takes_it() -> None:
    plain = imgscan(ALPINE, "--skip", "secrets", "--timing", "-f", "json").report

    assert [item["stage"] for item in plain["timing"]] == STAGES
    assert plain["timing"][0]["cpu_seconds"] > 0


def test_json_lines_have_one_of_type_timing_ahead_of_the_last() -> None:
    lines = lines_of(imgscan(ALPINE, "--skip", "secrets", "--timing", "-f", "jsonl").out)

    assert [line["type"] for line in lines[-2:]] == ["timing", "coverage"]
    assert [item["stage"] for item in lines[-2]["timing"]] == STAGES


def test_text_tells_the_stages_in_one_part() -> None:
    text = imgscan(ALPINE, "--skip", "secrets", "--timing").text

    (line,) = [line for line in text.splitlines() if line.startswith("TIME")]
    assert line.startswith("TIME       read ")


@pytest.mark.parametrize("form", ["json", "jsonl", "text"])
def test_without_the_option_no_report_depends_on_the_clock(form: str) -> None:
    first, second = (imgscan(ALPINE, "--skip", "secrets", "-f", form).out for _ in range(2))

    assert first == second
    assert b'"timing"' not in first
    assert b"\nTIME" not in first
