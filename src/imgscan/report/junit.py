"""The format ``junit``: JUnit XML as Surefire and Jenkins write and read it, a suite an image, a case a control."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from imgscan.model.control import CHECKLIST
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownControl, ShownProblem, ShownReport
from imgscan.report.writers import Style

_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (section 2.2, "Char")."""

_SHOWN = 50
"""Lines of evidence in one case."""


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``junit``."""
    suites = ET.Element("testsuites", name="imgscan")
    for report in reports:
        suites.append(_suite(report, style.failing))
    for key in ("tests", "failures", "errors"):
        suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    ET.indent(suites)
    written: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(report: Report, failing: frozenset[str]) -> ET.Element:
    plain = shown_report(report)
    known = {item.fingerprint for item in plain.findings if item.known}
    suite = ET.Element("testsuite", name=_text(printable(report.image.title())))
    cases = [*(_case(control, known, failing) for control in plain.controls), _reading(plain)]
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("tests", str(len(cases)))
    properties = ET.SubElement(suite, "properties")
    image = plain.image
    described = {
        "tool": f"{plain.tool.name} {plain.tool.version}",
        "source": image.source,
        "format": image.format,
        "image_id": image.image_id,
        "manifest_digest": image.manifest_digest,
        "platform": image.platform,
        "created": image.created,
        "date": plain.date or None,
        **(plain.details or {}),
    }
    for name, value in described.items():
        if value:
            ET.SubElement(properties, "property", name=_text(name), value=_text(value))
    suite.extend(cases)
    return suite


def _case(control: ShownControl, known: set[str], failing: frozenset[str]) -> ET.Element:
    """Return a control's case; what does not count against ``--fail-on`` is skipped, not failed.

    ``failing`` are the statuses that fail it.
    """
    edition = control.edition
    group = "imgscan.checklist" if edition == CHECKLIST else f"imgscan.{_dotless(edition)}"
    case = ET.Element("testcase", classname=_text(group), name=_text(f"{control.id} {control.title}"))
    status, reason, accepted = control.status, control.reason, control.suppressed
    details = _details(control)
    if status in failing and accepted is not None:
        until = f", until {accepted.expires}" if accepted.expires else ""
        _add(case, "skipped", f"accepted by {accepted.owner}{until}: {accepted.reason}", "ACCEPTED", details)
    elif status in failing and control.findings and known.issuperset(control.findings):
        _add(case, "skipped", f"known from the baseline: {reason}", "KNOWN", details)
    elif status in failing:
        _add(case, "failure", reason, control.severity, details)
    elif status in ("NOT_EVALUABLE", "UNKNOWN"):
        _add(case, "skipped", reason, status, details)
    else:
        ET.SubElement(case, "system-out").text = _text("\n".join(filter(None, (f"{status}: {reason}", details))))
    return case


def _reading(plain: ShownReport) -> ET.Element:
    """Return the case that says whether the image was read whole: without it a green suite proves little."""
    case = ET.Element("testcase", classname="imgscan.coverage", name="the image was read whole")
    lines = [_problem(item) for item in plain.problems]
    details = "\n".join([*lines[:_SHOWN], *([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else [])])
    if not plain.coverage.complete:
        count = sum(item.level == "error" for item in plain.problems)
        _add(case, "error", f"read in part: {count} problem{'s' if count != 1 else ''}", "incomplete", details)
    elif details:
        ET.SubElement(case, "system-out").text = _text(details)
    return case


def _problem(item: ShownProblem) -> str:
    where = ", ".join(name for name in (item.source, item.path) if name is not None)
    return f"{item.level}: {where + ': ' if where else ''}{item.message}"


def _details(control: ShownControl) -> str:
    evidence = control.evidence
    rest = [f"and {len(evidence) - _SHOWN} more"] if len(evidence) > _SHOWN else []
    remedy = [f"What to do: {control.remediation}"] if control.remediation else []
    return "\n".join([*evidence[:_SHOWN], *rest, *remedy])


def _add(case: ET.Element, tag: str, message: str, kind: str, details: str) -> None:
    ET.SubElement(case, tag, message=_text(message), type=kind).text = _text(details) or None


def _dotless(edition: str) -> str:
    """Return an edition as one part of a class name, which dots would divide."""
    return re.sub(r"[^0-9A-Za-z]+", "-", edition)


def _text(text: str) -> str:
    return _NO_XML.sub("", text)
