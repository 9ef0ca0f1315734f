"""The formats of a comparison by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from imgscan.compare import markdown, text
from imgscan.compare.comparison import Comparison
from imgscan.compare.plain import plain_comparison
from imgscan.report.json import json_bytes
from imgscan.report.writers import Style, one_of

ComparisonWriter: TypeAlias = Callable[[Comparison, Style], bytes]


def write_json(comparison: Comparison, style: Style) -> bytes:
    """Return the format ``json``."""
    return json_bytes(plain_comparison(comparison))


_WRITERS: dict[str, ComparisonWriter] = {"text": text.write, "json": write_json, "markdown": markdown.write}


def comparison_writer(name: str) -> ComparisonWriter:
    """Return the writer of a format.

    Raises:
        UsageError: there is no such format.
    """
    return one_of(_WRITERS, name, "a comparison")
