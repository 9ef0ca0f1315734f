"""The JSON report, contract ``imgscan.report/1``. orjson is wrapped here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from imgscan.report.document import Report
from imgscan.report.plain import plain_report
from imgscan.report.writers import Style

COLLECTION = "imgscan.reports/1"

_LINES = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def write_json(reports: Sequence[Report], every: bool = False) -> bytes:
    """Return one report as JSON, or with ``every`` an object ``{"schema": "imgscan.reports/1", "reports": [...]}``.

    The same image, options and version give the same bytes.
    """
    plain: Any = [plain_report(report) for report in reports]
    document = {"schema": COLLECTION, "reports": plain} if every else plain[0]
    return _written(document)


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``json``."""
    return write_json(reports, style.every)


def _written(document: Any) -> bytes:
    try:
        return orjson.dumps(document, option=_LINES)
    except TypeError:  # sizes of sparse files, or their sum, beyond the 64 bits that orjson writes
        return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def write_layers(report: Report) -> bytes:
    """Return the report's list of layers alone as JSON."""
    return _written(plain_report(report)["layers"])


@cache
def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of one report."""
    found: dict[str, Any] = orjson.loads(files("imgscan.report").joinpath("schema.json").read_bytes())
    return found
