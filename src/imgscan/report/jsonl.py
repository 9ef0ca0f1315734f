"""The format ``jsonl``: JSON Lines, one object a line, contract ``imgscan.lines/1`` (``schema-lines.json``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from imgscan.formats.json import parse_json
from imgscan.report.document import Report
from imgscan.report.json import json_bytes, report_schema
from imgscan.report.plain import plain_report
from imgscan.report.writers import Style

LINES = "imgscan.lines/1"

_LISTS = (("layer", "layers"), ("control", "controls"), ("finding", "findings"))


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``jsonl``: the lines of one image after the other's."""
    lines = (line for index, report in enumerate(reports) for line in lines_of(report, index))
    return b"".join(json_bytes(line, lines=True) for line in lines)


def lines_of(report: Report, index: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the lines of one report, ``image`` first, ``coverage`` last.

    Each says its ``type``, has its content under that name, and the number of its image among those written.
    """
    plain = plain_report(report)
    added: dict[str, Any] = {key: plain[key] for key in ("date", "details", "selection") if key in plain}
    image: dict[str, Any] = {"schema": LINES, "tool": plain["tool"], "image": plain["image"], **added}
    yield {"type": "image", "image_index": index, **image}
    for kind, key in _LISTS:
        for value in plain[key]:
            yield {"type": kind, "image_index": index, kind: value}
    for section, items in plain["inventory"].items():
        for item in items if isinstance(items, list) else [items] if items else []:
            yield {"type": "item", "image_index": index, "section": section, "item": item}
    for directory in plain["usage"]:
        yield {"type": "usage", "image_index": index, "usage": directory}
    for problem in plain["problems"]:
        yield {"type": "problem", "image_index": index, "problem": problem}
    if plain["vulnerabilities"] is not None:
        yield {"type": "vulnerabilities", "image_index": index, "vulnerabilities": plain["vulnerabilities"]}
    if "timing" in plain:
        yield {"type": "timing", "image_index": index, "timing": plain["timing"]}
    yield {"type": "coverage", "image_index": index, "coverage": plain["coverage"]}


@cache
def line_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line, with that of the report inside it: it refers to nothing else."""
    schema: dict[str, Any] = parse_json(files("imgscan.report").joinpath("schema-lines.json").read_bytes(), "schema")
    return {**schema, "$defs": {"report": report_schema()}}
