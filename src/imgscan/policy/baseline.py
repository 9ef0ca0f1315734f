"""A former JSON report as what was known before: fingerprints of its findings."""

from __future__ import annotations

import re

import msgspec

from imgscan.errors import ManifestError, UsageError
from imgscan.formats.json import parse_json
from imgscan.policy.saved import ONE, saved_reports

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
    reports = saved_reports(document)
    if reports is None:
        raise UsageError(f"{source}: not a report of imgscan ({ONE}, as -f json writes it)")
    result: set[str] = set()
    for report in reports:
        try:
            findings = msgspec.convert(report, _Report).findings
        except msgspec.ValidationError:
            raise UsageError(f"{source}: the report has no list of findings") from None
        result.update(_fingerprint(item, source) for item in findings if not _is_suppressed(item))
    return frozenset(result)


class _Report(msgspec.Struct, frozen=True):
    findings: list[object]


class _Row(msgspec.Struct, frozen=True):
    fingerprint: str
    suppressed: object = None


def _row(item: object) -> _Row | None:
    try:
        return msgspec.convert(item, _Row)
    except msgspec.ValidationError:
        return None


def _is_suppressed(item: object) -> bool:
    row = _row(item)
    return row is not None and bool(row.suppressed)


def _fingerprint(item: object, source: str) -> str:
    row = _row(item)
    if row is None or not _FINGERPRINT.fullmatch(row.fingerprint):
        raise UsageError(f"{source}: a finding without a fingerprint of 32 hexadecimal digits")
    return row.fingerprint
