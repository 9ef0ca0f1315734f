"""What the command line adds to a report and leaves out of it: ``--date``, ``--meta``, ``--min-severity``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec

from imgscan.errors import UsageError
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.handover import selected, with_details

_EPOCH = "SOURCE_DATE_EPOCH"
"""Seconds since 1970, for reproducible outputs (reproducible-builds.org, "SOURCE_DATE_EPOCH")."""
_LAST_SECOND = 253_402_300_799
"""Of the year 9999, the last that a date can have."""


class Details(msgspec.Struct, frozen=True):
    """The date (ISO), free fields, and the severity below which findings are left out."""

    date: str | None
    fields: dict[str, str]
    least: Severity | None

    def added_to(self, report: Report) -> Report:
        """Return the report as it is written; what fails a build was decided before."""
        if self.least is not None:
            report = selected(report, self.least)
        return with_details(report, self.date, self.fields)


def details_of(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Details:
    """Return what the options say, and for the date without one what ``SOURCE_DATE_EPOCH`` says.

    Raises:
        UsageError: one of them makes no sense.
    """
    fields: dict[str, str] = {}
    for text in arguments.meta:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--meta takes KEY=VALUE, not {printable(text)}")
        fields[name.strip()] = value
    least = Severity[arguments.min_severity.upper()] if arguments.min_severity else None
    return Details(_date(arguments.date, environment.get(_EPOCH, "")), fields, least)


def _date(text: str | None, epoch: str) -> str | None:
    if text is not None:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise UsageError(f"--date takes a day as 2026-11-30, not {printable(text)}") from None
    if not epoch:
        return None
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) < 13 and int(epoch) <= _LAST_SECOND):
        raise UsageError(f"{_EPOCH} takes seconds since 1970, not {printable(epoch)}")
    return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()
