"""What to do next: the remedies that weigh most, and the commands that show and do all of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import msgspec

from imgscan.analyzers.catalog import rule_of
from imgscan.cis.remedy import one_line
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity, State, fingerprint
from imgscan.printable import printable
from imgscan.report.controls import rows_of
from imgscan.report.document import Report
from imgscan.report.text.page import Page
from imgscan.wording import counted

_MAX_STEPS = 6


class Step(msgspec.Struct, frozen=True):
    """One step: how much it weighs, what it is about, and the remedy, in lines."""

    severity: Severity
    about: str
    remedy: str
    on_secrets: bool = False


def step_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield the first remedies and the commands for evidence, for the remedy as a whole, and for more of the report."""
    yield page.heading("NEXT STEPS").rstrip()
    steps = steps_of(report)
    for number, step in enumerate(steps[:_MAX_STEPS], 1):
        label = f"  {number}. {page.paint(f'{step.severity.name:<9}', step.severity.name)}"
        yield from page.wrapped(label, step.about, 14, "dim")
        yield from (f"     {printable(line)}" for line in step.remedy.splitlines())  # not wrapped, to be copied
    source = shlex.quote(printable(report.source))
    if len(steps) > _MAX_STEPS:
        yield f"     and {counted(len(steps) - _MAX_STEPS, 'other step')}: imgscan harden has all of them"
    gone = next((item for item in report.findings if _can_be_shown(item)), None)
    if gone and gone.layer:
        path = shlex.quote("/" + printable(gone.path or ""))
        yield f"  evidence   imgscan cat {source} {path} --layer {gone.layer.index}"
    if steps:
        yield f"  to harden  imgscan harden {source}"
    if not page.verbose:
        yield f"  all of it  imgscan {source} -v"
    yield f"  to keep    imgscan {source} -f html=report.html -f json=report.json"


def _can_be_shown(finding: Finding) -> bool:
    """Whether ``imgscan cat --layer`` shows what a weighty finding is about, though no running container does."""
    gone = finding.state in (State.DELETED, State.OVERWRITTEN) and finding.severity >= Severity.MEDIUM
    return gone and finding.path is not None and "!" not in finding.path


def steps_of(report: Report) -> list[Step]:
    """Return the remedies of failed controls and of the weightiest findings, the worst first, each once.

    A secret is in other hands already: of steps that weigh the same its one comes first.
    """
    steps = [*_of_controls(report), *_of_findings(report)]
    steps.sort(key=lambda step: (-step.severity, not step.on_secrets))
    result: dict[str, Step] = {}
    for step in steps:
        result.setdefault(step.remedy, step)
    return list(result.values())


def _of_controls(report: Report) -> Iterator[Step]:
    """Yield a step for each failed control. Its remedy has lines: what it quotes of an image has none."""
    by_fingerprint = {fingerprint(item): item for item in report.findings}
    for row in rows_of(report.controls):
        control = row.control
        if control.status is not Status.FAIL or control.suppressed or not control.remediation:
            continue
        result = [by_fingerprint[name] for name in control.findings if name in by_fingerprint]
        severity = max([item.severity for item in result if not item.suppressed], default=control.severity)
        on_secrets = any(item.rule.startswith("secrets.") for item in result)
        yield Step(severity, f"{control.id}: {control.reason}", control.remediation, on_secrets)


def _of_findings(report: Report) -> Iterator[Step]:
    """Yield a step for each rule of high severity that no failed control brings."""
    answered = {name for item in report.controls if item.status is Status.FAIL for name in item.findings}
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.severity >= Severity.HIGH and not finding.suppressed and fingerprint(finding) not in answered:
            by_rule.setdefault(finding.rule, []).append(finding)
    for rule, items in by_rule.items():
        remedy = one_line(items)
        if remedy:
            about = rule_of(rule).title + (f", {len(items)} times" if len(items) > 1 else "")
            severity = max(item.severity for item in items)
            yield Step(severity, about, remedy, rule.startswith("secrets."))
