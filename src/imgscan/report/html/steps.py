"""What to do next: the remedies of what was found, the worst first, each once."""

from __future__ import annotations

import msgspec

from imgscan.report.html.filter import SEVERITIES
from imgscan.report.html.findings import title_of
from imgscan.report.html.joined_commands import merged
from imgscan.report.html.markup import Content, Markup, element
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, is_command, number, prose, shortened
from imgscan.report.shown import ShownReport

_MAX_ROWS = 25
_MAX_REMEDIES = 6
_MAX_CONTROLS = 8


class _Step(msgspec.Struct):
    severity: str
    title: str
    message: str
    count: int = 0
    remedies: dict[str, None] = msgspec.field(default_factory=dict)
    controls: dict[str, None] = msgspec.field(default_factory=dict)


def steps(plain: ShownReport, scope: Scope) -> Markup | None:
    """Return the section; None where nothing calls for a step."""
    result = sorted((*_of_controls(plain), *_of_findings(plain)), key=lambda step: SEVERITIES.index(step.severity))
    if not result:
        return None
    left = len(result) - _MAX_ROWS
    lead = (
        "The remedies of all findings from low severity on, the worst first. Where a file comes with the base image, "
        "a leaner base saves the step."
    )
    return scope.section(
        "steps",
        "Next steps",
        element("p", lead, class_="lead"),
        element("ol", map(_step, result[:_MAX_ROWS]), class_="steps"),
        element("p", f"and {number(left)} more causes; each finding has its remedy", class_="more")
        if left > 0
        else None,
    )


def _of_controls(plain: ShownReport) -> list[_Step]:
    """Return a step for each failed control without a finding that would bring its remedy."""
    return [
        _Step(row.severity, row.title, row.reason, 1, {row.remediation: None}, {row.id: None})
        for row in plain.controls
        if row.status == "FAIL" and row.remediation and not row.findings and not row.suppressed
    ]


def _of_findings(plain: ShownReport) -> list[_Step]:
    """Return a step for each cause; findings that are accepted or only for information call for none."""
    answered: dict[str, list[str]] = {}
    for control in plain.controls:
        if control.status in ("FAIL", "WARN") and not control.suppressed:
            for print_ in control.findings:
                answered.setdefault(print_, []).append(control.id)
    result: dict[tuple[str, str], _Step] = {}
    for row in plain.findings:
        if row.severity == "INFO" or not row.remediation or row.suppressed:
            continue
        key = row.severity, row.rule
        step = result.get(key) or result.setdefault(key, _Step(row.severity, title_of(row.rule), row.message))
        step.count += 1
        step.remedies[row.remediation] = None
        step.controls.update(dict.fromkeys(answered.get(row.fingerprint, ())))
    return list(result.values())


def _step(step: _Step) -> Markup:
    words = [text for text in step.remedies if not is_command(text)]
    commands, left = merged(text for text in step.remedies if is_command(text))
    left += max(len(words) - _MAX_REMEDIES, 0) + max(len(commands) - _MAX_REMEDIES, 0)
    block = "\n".join(shortened(text, 4000) for text in commands[:_MAX_REMEDIES])
    return element(
        "li",
        element("p", *_title(step), class_="title"),
        element("p", prose(step.message, 400), class_="message") if step.count == 1 else None,
        element("pre", element("code", block)) if commands else None,
        (element("p", prose(text, 800), class_="remedy") for text in words[:_MAX_REMEDIES]),
        element("p", f"and {number(left)} more like it", class_="more") if left > 0 else None,
    )


def _title(step: _Step) -> tuple[Content, ...]:
    controls = list(step.controls)
    remainder = " and more" if len(controls) > _MAX_CONTROLS else None
    ids = ([", " if at else "", code(id_, 40)] for at, id_ in enumerate(controls[:_MAX_CONTROLS]))
    return (
        badge(step.severity.lower(), step.severity.capitalize()),
        " ",
        element("span", shortened(step.title, 200), class_="cause"),
        [" ", element("span", number(step.count), class_="count")] if step.count > 1 else None,
        element("span", "for ", ids, remainder, class_="answers") if controls else None,
    )
