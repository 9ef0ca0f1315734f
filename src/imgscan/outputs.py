"""What comes after a scan: reports written and read again, compared, and answered with a remedy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from imgscan.archive.opener import open_archive
from imgscan.archive.select import candidates_of
from imgscan.archive.source import SourceLike
from imgscan.compare.comparison import Comparison, compare
from imgscan.compare.side import Side, parse_side, side_of
from imgscan.compare.writers import comparison_writer
from imgscan.errors import Candidate
from imgscan.harden.hardening import harden_subject
from imgscan.harden.plan import Hardening
from imgscan.harden.subject import subject_of, subject_of_side
from imgscan.harden.writers import hardening_writer
from imgscan.model.limits import Limits
from imgscan.model.policy import Policy
from imgscan.policy.load import load_settings, read_bytes
from imgscan.report.document import Report
from imgscan.report.show import shown_report
from imgscan.report.writers import Style, writer_of

SavedReport: TypeAlias = Side
"""A report that was read from JSON: what a comparison and a remedy need of it."""

_MAX_REPORT_BYTES = 1 << 30


def write(
    result: Report | Sequence[Report] | Comparison | Hardening,
    form: str = "json",
    verbose: bool = False,
    width: int = 80,
) -> bytes:
    """Return a report (or several, of one archive), a comparison or a remedy in one of its formats.

    Formats of reports: text, json, jsonl, sarif, junit, html, markdown, cyclonedx, spdx, and those of other packages;
    of comparisons: text, json, markdown; of remedies: text, dockerfile, kubernetes, compose, quadlet, json.

    Raises:
        UsageError: there is no such format, or its library is not installed.
    """
    style = Style(verbose=verbose, width=width, every=isinstance(result, list | tuple))
    if isinstance(result, Comparison):
        return comparison_writer(form)(result, style)
    if isinstance(result, Hardening):
        return hardening_writer(form)(result, style)
    reports = (result,) if isinstance(result, Report) else tuple(result)
    return writer_of(form)(reports, style)


def read_report(source: str | os.PathLike[str] | bytes, image: str | None = None) -> SavedReport:
    """Return a report that was saved as JSON (``imgscan.report/1``), given as a path or as its bytes.

    Of a collection ``image`` names the one that is meant: name, id, digest or ``@N``. Every text in it is safe to show.

    Raises:
        UsageError: it cannot be read, is none, or holds several and none was named.
    """
    if isinstance(source, bytes):
        return parse_side(source, "the report", image)
    path = os.fspath(source)
    return parse_side(read_bytes(path, _MAX_REPORT_BYTES), path, image)


def diff(before: Report | SavedReport, after: Report | SavedReport) -> Comparison:
    """Return what changed between two reports."""
    return compare(_side(before), _side(after))


def _side(report: Report | SavedReport) -> Side:
    return side_of(msgspec.to_builtins(shown_report(report)), report.source) if isinstance(report, Report) else report


def hardening(report: Report | SavedReport) -> Hardening:
    """Return what to do about a report's findings, and how to run the image then; a function of the report alone."""
    return harden_subject(subject_of(report) if isinstance(report, Report) else subject_of_side(report))


def load_policy(path: str | os.PathLike[str]) -> Policy:
    """Return the decisions of a file of settings (imgscan.toml, pyproject.toml), for ``ScanOptions.policy``.

    Raises:
        UsageError: the file cannot be read or says something that makes no sense.
    """
    return load_settings(os.fspath(path)).policy


def list_images(source: SourceLike, limits: Limits | None = None) -> tuple[Candidate, ...]:
    """Return the images of an archive, for ``ScanOptions.image``: no layer is read, but where the source is a pipe.

    Raises:
        InputError: nothing of the source could be read.
    """
    with open_archive(source, limits or Limits()) as archive:
        return candidates_of(archive.images)
