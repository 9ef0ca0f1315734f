"""A former JSON report as what was known before: fingerprints of its findings."""

from __future__ import annotations

import re
from typing import Any

from imgscan.errors import ManifestError, UsageError
from imgscan.formats.json import parse_json

_ONE = "imgscan.report/1"
_SEVERAL = "imgscan.reports/1"
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")


def parse_baseline(data: bytes, source: str) -> frozenset[str]:
    """Return the fingerprints of the findings of a report, or of all reports of a collection.

    What an exception covered then is left out: when that exception ends, its finding counts as new.

    Raises:
        UsageError: it is no report of imgscan, or a finding of it has no fingerprint; no other exception.
    """
    try:
        document = parse_json(data, source)
    except ManifestError as error:
        raise UsageError(str(error)) from None
    found: set[str] = set()
    for report in _reports(document, source):
        findings = report.get("findings")
        if not isinstance(findings, list):
            raise UsageError(f"{source}: the report has no list of findings")
        found.update(_fingerprint(item, source) for item in findings if not _suppressed(item))
    return frozenset(found)


def _reports(document: Any, source: str) -> list[dict[str, Any]]:
    schema = document.get("schema") if isinstance(document, dict) else None
    reports = document.get("reports") if schema == _SEVERAL else [document]
    fine = isinstance(reports, list) and all(isinstance(item, dict) and item.get("schema") == _ONE for item in reports)
    if not fine:
        raise UsageError(f"{source}: not a report of imgscan ({_ONE}, as -f json writes it)")
    return list(reports)


def _suppressed(item: Any) -> bool:
    return isinstance(item, dict) and bool(item.get("suppressed"))


def _fingerprint(item: Any, source: str) -> str:
    value = item.get("fingerprint") if isinstance(item, dict) else None
    if not isinstance(value, str) or not _FINGERPRINT.fullmatch(value):
        raise UsageError(f"{source}: a finding without a fingerprint of 32 hexadecimal digits")
    return value
