"""What to do next: the remedies that weigh most, and the commands that show more."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from imgscan.analyzers.catalog import rule_of
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity, State
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.text.page import Page

_MOST = 5


def step_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield the first remedies and the commands for evidence and for more of the report."""
    yield page.heading("NEXT STEPS").rstrip()
    for number, (remedy, why) in enumerate(_remedies(report), 1):
        yield from page.wrapped(f"  {number}. ", why, 5, "dim")
        yield from (f"     {printable(line)}" for line in remedy.splitlines())  # not wrapped, to be copied
    source = shlex.quote(printable(report.source))
    gone = next((item for item in report.findings if _can_be_shown(item)), None)
    if gone and gone.layer:
        path = shlex.quote("/" + printable(gone.path or ""))
        yield f"  evidence   imgscan cat {source} {path} --layer {gone.layer.index}"
    if not page.verbose:
        yield f"  all of it  imgscan {source} -v"
    yield f"  to keep    imgscan {source} -f html=report.html -f json=report.json"


def _can_be_shown(finding: Finding) -> bool:
    """Whether ``imgscan cat --layer`` shows what a weighty finding is about, though no running container does."""
    gone = finding.state in (State.DELETED, State.OVERWRITTEN) and finding.severity >= Severity.MEDIUM
    return gone and finding.path is not None and "!" not in finding.path


def _remedies(report: Report) -> list[tuple[str, str]]:
    """Return remedies that can be pasted, the weightiest first, each once, and what asks for it.

    Only those of controls have lines: in a finding's a newline is one of a path, and would begin an instruction.
    """
    found: dict[str, str] = {}
    for control in sorted(report.controls, key=lambda item: -item.severity):
        if control.status is Status.FAIL and not control.suppressed and control.remediation:
            found.setdefault(control.remediation, f"{control.id}: {control.reason}")
    for finding in report.findings:
        if finding.severity >= Severity.HIGH and not finding.suppressed and finding.remediation:
            found.setdefault(printable(finding.remediation), rule_of(finding.rule).title)
    return list(found.items())[:_MOST]
