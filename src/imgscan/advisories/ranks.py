"""What raises the rank of a vulnerability: EPSS, and CISA's list of those that are exploited.

Sources: FIRST, EPSS data (``cve,epss,percentile``); CISA, Known Exploited Vulnerabilities, JSON.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from imgscan.errors import ManifestError, Position


class _Exploited(msgspec.Struct, frozen=True):
    cveID: str  # noqa: N815 (the name of the document)


class _Catalog(msgspec.Struct, frozen=True):
    vulnerabilities: list[_Exploited]


def exploited(data: bytes, name: str) -> list[str]:
    """Return the ids of CISA's catalog.

    Raises:
        ManifestError: it is no such document.
    """
    try:
        return [item.cveID for item in msgspec.json.decode(data, type=_Catalog).vulnerabilities]
    except (msgspec.DecodeError, RecursionError) as error:
        raise ManifestError(f"no catalog of CISA ({error})", Position(source=name)) from None


def epss_scores(data: bytes, name: str) -> Iterator[tuple[str, float]]:
    """Yield id and probability of a CSV of EPSS.

    Raises:
        ManifestError: a row is none; the position is its line.
    """
    number = 0
    rows = csv.reader(io.StringIO(data.decode("utf-8", "replace")))
    while True:
        number += 1
        try:
            row = next(rows, None)
        except csv.Error as error:  # a carriage return within a line, a field over 128 KiB
            raise ManifestError(f"line {number}: no row of EPSS ({error})", Position(source=name)) from None
        if row is None:
            return
        if not row or row[0].startswith("#") or row[0] == "cve":
            continue
        try:
            score = float(row[1])
        except (IndexError, ValueError):
            score = -1.0
        if not 0 <= score <= 1:
            raise ManifestError(f"line {number}: no row of EPSS", Position(source=name))
        yield row[0], score
