"""Saved JSON reports: one (``imgscan.report/1``), or the collection of several (``imgscan.reports/1``)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

ONE = "imgscan.report/1"
SEVERAL = "imgscan.reports/1"


class _Head(msgspec.Struct, frozen=True):
    schema: str = ""
    reports: object = None


def saved_reports(document: object) -> list[dict[str, object]] | None:
    """Return the reports of a JSON document, None where it is neither a report nor a collection of some."""
    head = _head(document)
    reports = [document] if head.schema == ONE else head.reports if head.schema == SEVERAL else None
    if not isinstance(reports, list):
        return None
    fitting = [item for item in reports if isinstance(item, dict) and _head(item).schema == ONE]
    return fitting if len(fitting) == len(reports) else None


def _head(document: object) -> _Head:
    try:
        return msgspec.convert(document, _Head) if isinstance(document, Mapping) else _Head()
    except msgspec.ValidationError:
        return _Head()
