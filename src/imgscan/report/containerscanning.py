"""The format ``container-scanning``: GitLab's security report, which a merge request and the vulnerability report show.

Source: GitLab, "Security report schemas", container-scanning-report-format 15.0.7.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from imgscan.model.items import ReleaseItem, read_item
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownReport, ShownVulnerability
from imgscan.report.writers import Style

_VERSION = "15.0.7"
_SEVERITIES = {
    "CRITICAL": "Critical",
    "HIGH": "High",
    "MEDIUM": "Medium",
    "LOW": "Low",
    "NEGLIGIBLE": "Info",
    "UNKNOWN": "Unknown",
}
_MAX_MESSAGES = 10
_NO_TIME = "1970-01-01T00:00:00"
_DAY_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}))?")
_NAMED = re.compile(r"([A-Za-z]{2,12})-[\w:.-]+")


class Vendor(msgspec.Struct, frozen=True):
    """Who makes a program."""

    name: str


class Program(msgspec.Struct, frozen=True):
    """The program that scanned; analyzer and scanner are one here."""

    id: str
    name: str
    version: str
    vendor: Vendor


class Message(msgspec.Struct, frozen=True):
    """What the reader of a report must know of the scan."""

    level: Literal["info", "warn", "fatal"]
    value: str


class Scan(msgspec.Struct, frozen=True, omit_defaults=True):
    """The scan: GitLab wants times, which are the report's date or the image's, so that a report is reproducible."""

    analyzer: Program
    scanner: Program
    type: str
    start_time: str
    end_time: str
    status: str
    messages: tuple[Message, ...] = ()


class Identifier(msgspec.Struct, frozen=True):
    """One name of a vulnerability: CVE, GHSA."""

    type: str
    name: str
    value: str


class PackageName(msgspec.Struct, frozen=True):
    """A package's name, as an object since other fields may come."""

    name: str


class Dependency(msgspec.Struct, frozen=True):
    """The package that has it."""

    package: PackageName
    version: str


class Location(msgspec.Struct, frozen=True):
    """Which package of which image."""

    dependency: Dependency
    operating_system: str
    image: str


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One vulnerability of one package."""

    id: str
    name: str
    description: str
    severity: str
    solution: str | UnsetType = UNSET
    identifiers: tuple[Identifier, ...]
    location: Location


class Document(msgspec.Struct, frozen=True):
    """The whole report."""

    version: str
    scan: Scan
    vulnerabilities: tuple[Issue, ...]
    remediations: tuple[str, ...] = ()


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``container-scanning``; what a policy or a VEX document excuses is left out."""
    shown = [shown_report(report) for report in reports]
    program = Program("imgscan", "imgscan", shown[0].tool.version, Vendor("imgscan"))
    messages = tuple(message for report in shown for message in _messages(report))
    messages += tuple(Message("fatal", printable(f"{item.source}: {item.reason}")) for item in style.unread)
    whole = all(report.coverage.complete for report in shown) and not style.unread
    time = max((_time(report) for report in shown), default=_NO_TIME)
    status = "success" if whole else "failure"
    scan = Scan(program, program, "container_scanning", time, time, status, messages)
    issues = tuple(issue for report in shown for issue in _issues(report))
    return json_bytes(Document(_VERSION, scan, issues))


def _messages(report: ShownReport) -> Iterator[Message]:
    """Yield what makes a short list no clean bill of health."""
    name = report.image.name
    if report.vulnerabilities is None:
        yield Message("warn", f"{name}: no database of advisories was asked (imgscan db import)")
    elif report.vulnerabilities.same_image is False:
        yield Message("warn", f"{name}: the report on vulnerabilities is about another image and is left out")
    if not report.coverage.complete:
        yield Message("fatal", f"{name}: the image was not read whole: what is missing here may be in it")
    unmatched = [gap for gap in report.coverage.skipped if any(rule.startswith("vulnerab") for rule in gap.rules)]
    for gap in unmatched[:_MAX_MESSAGES]:
        yield Message("warn", f"{name}: {gap.count} {gap.what}: {gap.why}")


def _issues(report: ShownReport) -> Iterator[Issue]:
    result = report.vulnerabilities
    if result is None or result.same_image is False:
        return
    release = read_item(report.inventory, ReleaseItem)
    system = f"{release.id} {release.version_id or ''}".strip() if release is not None else "unknown"
    for item in result.items:
        dependency = Dependency(PackageName(item.package), item.version)
        text = f"{item.package} {item.version} is affected by {item.id}" + _remark(item)
        yield Issue(
            id=_id(report, item),
            name=f"{item.id} in {item.package}",
            description=text,
            severity=_SEVERITIES[item.severity],
            solution=f"Update {item.package} to {item.fixed_in} or later" if item.fixed_in else UNSET,
            identifiers=tuple(_identifier(name) for name in _names(item)),
            location=Location(dependency, system or "unknown", report.image.name),
        )


def _remark(item: ShownVulnerability) -> str:
    remarks = [
        "known to be exploited" if item.exploited is True else "",
        "only a lower layer has it" if item.deleted is True else "",
        item.note if item.note is not UNSET else "",
    ]
    return "".join(f"; {remark}" for remark in remarks if remark)


def _names(item: ShownVulnerability) -> Iterator[str]:
    yield item.id
    yield from item.aliases if item.aliases is not UNSET else ()


def _identifier(name: str) -> Identifier:
    match = _NAMED.fullmatch(name)
    return Identifier(match[1].lower() if match else "other", name, name)


def _id(report: ShownReport, item: ShownVulnerability) -> str:
    """Return what stays the same from scan to scan of one image's name, which GitLab compares."""
    parts = (report.image.name, item.id, item.package, item.version, str(item.layer), str(item.path))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _time(report: ShownReport) -> str:
    text = (report.date if report.date is not UNSET else "") or report.image.created or ""
    match = _DAY_TIME.match(text)
    return f"{match[1]}T{match[2] or '00:00:00'}" if match else _NO_TIME
