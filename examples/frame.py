"""What a fleet's reports say, as tables of pandas: one row for each finding, and which rule is in how many images.

frame = findings(Path("out").glob("reports/*.json"))       # imgscan fleet DIR --out out
by_rule(frame)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

COLUMNS = ("image", "rule", "severity", "path", "layer", "fingerprint")


def findings(paths: Iterable[Path]) -> pd.DataFrame:
    """Return a row for each finding of each report (``imgscan.report/1``)."""
    return pd.DataFrame(list(_rows(paths)), columns=list(COLUMNS))


def _rows(paths: Iterable[Path]) -> Iterator[tuple[object, ...]]:
    for path in paths:
        report = json.loads(path.read_bytes())
        for item in report["findings"]:
            layer = item["layer"]["diff_id"] if item["layer"] else None
            yield report["image"]["source"], item["rule"], item["severity"], item["path"], layer, item["fingerprint"]


def by_rule(frame: pd.DataFrame) -> pd.DataFrame:
    """Return in how many images and layers each rule has findings, the most frequent first."""
    groups = frame.groupby(["severity", "rule"])
    result = groups.agg(images=("image", "nunique"), layers=("layer", "nunique"), findings=("fingerprint", "size"))
    return result.sort_values("images", ascending=False)
