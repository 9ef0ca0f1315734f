"""The format ``sarif``: SARIF 2.1.0 (OASIS), one run an image, within the upload limits of GitHub code scanning."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.sarif.limits import UPLOAD_LIMITS, UploadLimits
from imgscan.report.sarif.run import run_of
from imgscan.report.writers import Style

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``sarif``."""
    return write_sarif(reports)


def write_sarif(reports: Sequence[Report], limits: UploadLimits = UPLOAD_LIMITS) -> bytes:
    """Return a SARIF log with one run a report.

    What ``limits`` do not let through is left out, the least severe results first, and told in a notification of the
    run. The same reports give the same bytes.
    """
    limit = limits.results
    while True:
        result = json_bytes(_log(reports, limits, limit))
        # Compressed it is never noticeably longer, so most are not compressed to be measured.
        if len(result) <= limits.gzip_bytes or limit == 0 or len(gzip.compress(result, 6)) <= limits.gzip_bytes:
            return result
        limit //= 2


def _log(reports: Sequence[Report], limits: UploadLimits, limit: int) -> dict[str, object]:
    kept = reports[: limits.runs]
    titles = [report.image.title() for report in kept]
    ids = [title if titles.count(title) == 1 else f"{title}@{n}" for n, title in enumerate(titles)]
    left_out = len(reports) - len(kept)
    runs = [run_of(report, name, limits, limit, left_out) for report, name in zip(kept, ids, strict=True)]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}
