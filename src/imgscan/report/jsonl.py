"""The format ``jsonl``: JSON Lines, one object a line, contract ``imgscan.lines/1`` (``schema-lines.json``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from msgspec import UNSET

from imgscan.formats.json import parse_json
from imgscan.report.document import Report
from imgscan.report.json import json_bytes, report_schema
from imgscan.report.show import shown_report
from imgscan.report.writers import Style

LINES = "imgscan.lines/1"


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``jsonl``: the lines of one image after the other's."""
    result = bytearray()  # not a list of lines: each may hold the room that its encoder took for it, 8 KiB
    for index, report in enumerate(reports):
        for line in lines_of(report, index):
            result += json_bytes(line, lines=True)
    return bytes(result)


def lines_of(report: Report, index: int = 0) -> Iterator[dict[str, object]]:
    """Yield the lines of one report, ``image`` first, ``coverage`` last.

    Each says its ``type``, has its content under that name, and the number of its image among those written.
    """
    shown = shown_report(report)
    added = {"date": shown.date, "details": shown.details, "selection": shown.selection}
    image = {"schema": LINES, "tool": shown.tool, "image": shown.image}
    image |= {name: value for name, value in added.items() if value is not UNSET}
    yield {"type": "image", "image_index": index, **image}
    lists: dict[str, Iterable[object]] = {
        "layer": shown.layers,
        "control": shown.controls,
        "finding": shown.findings,
    }
    for name, values in lists.items():
        yield from ({"type": name, "image_index": index, name: value} for value in values)
    for section, items in shown.inventory.items():
        for item in items if isinstance(items, list) else [items] if items else []:
            yield {"type": "item", "image_index": index, "section": section, "item": item}
    lists = {"usage": shown.usage, "problem": shown.problems}
    for name, values in lists.items():
        yield from ({"type": name, "image_index": index, name: value} for value in values)
    if shown.vulnerabilities is not None:
        yield {"type": "vulnerabilities", "image_index": index, "vulnerabilities": shown.vulnerabilities}
    if shown.timing is not UNSET:
        yield {"type": "timing", "image_index": index, "timing": shown.timing}
    yield {"type": "coverage", "image_index": index, "coverage": shown.coverage}


@cache
def line_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line, with that of the report inside it: it refers to nothing else."""
    schema: dict[str, Any] = parse_json(files("imgscan.report").joinpath("schema-lines.json").read_bytes(), "schema")
    return {**schema, "$defs": {"report": report_schema()}}
