"""A gate for continuous integration with rules of its own.

    python examples/gate.py IMAGE [REPORT.json]

No secret in any layer, no SUID file that a package did not bring, nothing unread; all else is told and lets pass.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import imgscan


def reasons(report: imgscan.Report) -> Iterator[str]:
    """Yield why the image does not pass."""
    if not report.complete:
        yield "it was read in part: " + "; ".join(problem.message for problem in report.problems)
    for finding in report.findings:
        serious = finding.severity >= imgscan.Severity.HIGH
        if serious and finding.rule.startswith(("secrets.", "setuid.")):
            yield f"{finding.severity.name} {finding.rule} {finding.path or ''}: {finding.message}"
    for control in report.controls:
        if control.id in ("4.8", "4.10") and control.status is imgscan.Status.UNKNOWN:
            yield f"{control.id} could not be decided: {control.reason}"


def main(arguments: Sequence[str]) -> int:
    """Return 0 where it passes, 1 where it does not, 3 where it cannot be read."""
    source, *outputs = arguments
    try:
        report = imgscan.scan(source)
    except imgscan.InputError as error:
        print(error, file=sys.stderr)
        return 3
    for output in outputs:
        Path(output).write_bytes(imgscan.write(report))
    found = list(reasons(report))
    for reason in found:
        print(reason)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
