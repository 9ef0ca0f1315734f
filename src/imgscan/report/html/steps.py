"""What to do next: the remedies of what was found, the worst first, each once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from imgscan.report.html.findings import title_of
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.place import Place
from imgscan.report.html.words import badge, code, number, prose, shortened

_MOST = 25
_MOST_LINES = 6
_COMMANDS = ("RUN ", "USER ", "HEALTHCHECK ", "COPY ", "FROM ", "ENV ", "EXPOSE ", "docker ", "ADD ", "STOPSIGNAL ")


class _Step(msgspec.Struct):
    severity: str
    rule: str
    message: str
    count: int
    remedies: dict[str, None]
    controls: dict[str, None]


def steps(plain: dict[str, Any], place: Place) -> Markup | None:
    """Return the section; None where nothing calls for a step."""
    found = list(_steps(plain))
    if not found:
        return None
    items = (_step(step) for step in found[:_MOST])
    left = len(found) - _MOST
    lead = (
        "The remedies of all findings from low severity on, the worst first. Where a file comes with the base image, "
        "a leaner base saves the step."
    )
    return place.section(
        "steps",
        "Next steps",
        element("p", lead, class_="lead"),
        element("ol", items, class_="steps"),
        element("p", f"and {number(left)} more causes; each finding has its remedy", class_="more")
        if left > 0
        else None,
    )


def _steps(plain: dict[str, Any]) -> Iterator[_Step]:
    """Yield one step for each cause; findings that are accepted or only for information call for none."""
    answered: dict[str, list[str]] = {}
    for control in plain["controls"]:
        if control["status"] in ("FAIL", "WARN") and not control["suppressed"]:
            for print_ in control["findings"]:
                answered.setdefault(print_, []).append(control["id"])
            if control["status"] == "FAIL" and control["remediation"] and not control["findings"]:
                yield _Step(
                    control["severity"],
                    control["id"],
                    control["reason"],
                    1,
                    {control["remediation"]: None},
                    {control["id"]: None},
                )
    found: dict[tuple[str, str], _Step] = {}
    for row in plain["findings"]:
        if row["severity"] == "INFO" or not row["remediation"] or row["suppressed"]:
            continue
        key = row["severity"], row["rule"]
        step = found.setdefault(key, _Step(row["severity"], row["rule"], row["message"], 0, {}, {}))
        step.count += 1
        step.remedies[row["remediation"]] = None
        step.controls.update(dict.fromkeys(answered.get(row["fingerprint"], ())))
    yield from found.values()


def _step(step: _Step) -> Markup:
    remedies = list(step.remedies)
    commands = [remedy for remedy in remedies if remedy.startswith(_COMMANDS)]
    words = [remedy for remedy in remedies if not remedy.startswith(_COMMANDS)]
    left = len(remedies) - len(commands[:_MOST_LINES]) - len(words[:_MOST_LINES])
    return element(
        "li",
        element("p", *_title(step), class_="title"),
        element("p", prose(step.message, 400), class_="message") if step.count == 1 else None,
        (element("p", prose(word, 800)) for word in words[:_MOST_LINES]),
        element("pre", element("code", "\n".join(shortened(line, 800) for line in commands[:_MOST_LINES])))
        if commands
        else None,
        element("p", f"and {number(left)} more like it", class_="more") if left > 0 else None,
    )


def _title(step: _Step) -> tuple[Content, ...]:
    return (
        badge(step.severity.lower(), step.severity.capitalize()),
        " ",
        element("span", title_of(step.rule), class_="cause"),
        element("span", number(step.count), class_="count") if step.count > 1 else None,
        fragment(" answers ", [[", " if at else "", code(id_, 40)] for at, id_ in enumerate(list(step.controls)[:8])])
        if step.controls
        else None,
    )
