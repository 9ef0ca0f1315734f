"""The format ``html``: a report to read in a browser, print and hand over."""

from __future__ import annotations

from imgscan.report.html.page import write

__all__ = ["write"]
