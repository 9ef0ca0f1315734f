"""The format ``summary``: the table of all images alone as JSON, contract ``imgscan.summary/1``."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.summary import summary_of
from imgscan.report.writers import Style

CONTRACT = "imgscan.summary/1"


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return ``summary`` of the JSON collection as a document of its own."""
    summary = summary_of(reports, style.unread)
    return json_bytes({"schema": CONTRACT, "images": summary.images, "unread": summary.unread})
