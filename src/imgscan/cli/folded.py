"""Reports of Trivy and Grype named at the command line, read and folded into a report."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from imgscan.compare.side import SideVulnerabilities, SideVulnerability
from imgscan.errors import ManifestError, UsageError
from imgscan.formats.image.vulnerabilities import parse_vulnerabilities
from imgscan.model.vulnerability import Vulnerabilities
from imgscan.policy.load import read_bytes
from imgscan.printable import printable

_MAX_REPORT_BYTES = 256 * 1024 * 1024


class Folded(NamedTuple):
    """The content of one file."""

    content: Vulnerabilities

    def side(self) -> SideVulnerabilities:
        """Return it as a saved report has it."""
        items = (
            SideVulnerability(
                id=printable(item.id),
                package=printable(item.package),
                version=printable(item.version),
                severity=str(item.rating),
                fixed_in=printable(item.fixed_in),
            )
            for item in self.content.items
        )
        return SideVulnerabilities(tool=self.content.tool, items=tuple(items))


def read_vulnerabilities(path: str) -> Folded:
    """Return what a report of Trivy or Grype says.

    Raises:
        UsageError: the file cannot be read, or is none of the two.
    """
    try:
        return Folded(parse_vulnerabilities(read_bytes(path, _MAX_REPORT_BYTES), printable(path)))
    except ManifestError as error:
        raise UsageError(str(error)) from None


def vulnerability_files(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the file of each side, ``A`` and ``B``: from ``--vulnerabilities-a FILE`` or ``--vulnerabilities A=FILE``.

    Raises:
        UsageError: a side is named twice, or none.
    """
    given = [("A", arguments.vulnerabilities_a), ("B", arguments.vulnerabilities_b)]
    result = {side: path for side, path in given if path is not None}
    for text in arguments.vulnerabilities:
        side, equals, path = text.partition("=")
        if not equals or not path or side.upper() not in ("A", "B"):
            raise UsageError("--vulnerabilities takes A=FILE or B=FILE")
        if side.upper() in result:
            raise UsageError(f"two reports of vulnerabilities for {side.upper()}")
        result[side.upper()] = path
    return result
