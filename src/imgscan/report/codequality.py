"""The format ``codequality``: GitLab's report on code quality, which a merge request shows as what came and what went.

Source: GitLab, "Code Quality report format": the part of Code Climate's that GitLab reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownReport
from imgscan.report.summary import Unread
from imgscan.report.writers import Style

_SEVERITIES = {"INFO": "info", "LOW": "minor", "MEDIUM": "major", "HIGH": "critical", "CRITICAL": "blocker"}


class Lines(msgspec.Struct, frozen=True):
    """Where it begins, 1 where no line is known."""

    begin: int


class Location(msgspec.Struct, frozen=True):
    """A path in the image, or the archive's name for what is about the image."""

    path: str
    lines: Lines


class Issue(msgspec.Struct, frozen=True):
    """One thing that counts."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``codequality``; what a policy excuses or a baseline knows is left out."""
    shown = [shown_report(report) for report in reports]
    issues = [issue for report in shown for issue in _issues(report, style, len(shown) > 1)]
    return json_bytes([*issues, *(_unread(item) for item in style.unread)])


def _issues(report: ShownReport, style: Style, several: bool) -> Iterator[Issue]:
    """Yield findings, and controls that fail a build with no finding behind them."""
    source = report.image.source.rstrip("/").rpartition("/")[2] or "image"
    salt = (report.image.image_id or report.image.manifest_digest or source) if several else ""
    for item in report.findings:
        if item.suppressed is None and not item.known:
            where = Location(printable((item.path or source).lstrip("/")), Lines(max(item.line or 1, 1)))
            yield Issue(item.message, item.rule, _print(item.fingerprint, salt), _SEVERITIES[item.severity], where)
    for control in report.controls:
        if control.status in style.failing and control.suppressed is None and not control.findings:
            name = f"{control.id} {control.title}"
            where = Location(printable(source), Lines(1))
            print_ = _print(f"{control.edition} {control.id}", salt)
            yield Issue(f"{name}: {control.reason}", control.id, print_, _SEVERITIES[control.severity], where)
    if not report.coverage.complete:
        where = Location(printable(source), Lines(1))
        text = "The image was not read whole: what is missing here may be in it"
        yield Issue(text, "incomplete", _print("incomplete", salt), "blocker", where)


def _unread(item: Unread) -> Issue:
    """Return that a source gave no report."""
    name = printable(item.source)
    return Issue(printable(item.reason), "unread", _print(name, "unread"), "blocker", Location(name, Lines(1)))


def _print(text: str, salt: str) -> str:
    """Return a fingerprint that is one image's own where there are several: GitLab takes the first of equal ones."""
    return hashlib.sha256(f"{salt}\0{text}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
