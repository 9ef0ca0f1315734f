"""The JSON report, contract ``imgscan.report/1``. orjson is wrapped here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec
import orjson

from imgscan.report.document import Report
from imgscan.report.show import shown_report
from imgscan.report.summary import Unread, summary_of
from imgscan.report.writers import Style

COLLECTION = "imgscan.reports/1"

_LINES = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def write_json(reports: Sequence[Report], every: bool = False, unread: Sequence[Unread] = ()) -> bytes:
    """Return one report as JSON, or with ``every`` an object ``{"schema": "imgscan.reports/1", "reports": [...]}``.

    That object has a ``summary``, too: a row for each image, and the sources that gave no report.

    The same image, options and version give the same bytes.
    """
    shown = [shown_report(report) for report in reports]
    summary = summary_of(reports, unread)
    document = {"schema": COLLECTION, "summary": summary, "reports": shown} if every else shown[0]
    return json_bytes(document)


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``json``."""
    return write_json(reports, style.every, style.unread)


def json_bytes(document: object, lines: bool = False) -> bytes:
    """Return structs and plain values as JSON, indented, or with ``lines`` on one line that ends with a newline."""
    plain = msgspec.to_builtins(document)
    try:
        if lines:
            return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE)
        return orjson.dumps(plain, option=_LINES)
    except TypeError:  # sizes of sparse files, or their sum, beyond the 64 bits that orjson writes
        separators = (",", ":") if lines else None
        text = json.dumps(plain, indent=None if lines else 2, ensure_ascii=False, separators=separators)
        return text.encode() + b"\n"


def write_layers(report: Report) -> bytes:
    """Return the report's list of layers alone as JSON."""
    return json_bytes(shown_report(report).layers)


@cache
def report_schema() -> dict[str, object]:
    """Return the JSON Schema of one report."""
    result: dict[str, object] = orjson.loads(files("imgscan.report").joinpath("schema.json").read_bytes())
    return result
