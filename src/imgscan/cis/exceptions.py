"""Documented exceptions of findings, carried over to the controls that rest on them."""

from __future__ import annotations

import msgspec

from imgscan.cis.definition import Judge
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict
from imgscan.model.control import Status
from imgscan.model.finding import Suppression
from imgscan.wording import counted

_OPEN = (Status.FAIL, Status.WARN)


def with_exceptions(judge: Judge, subject: Subject) -> tuple[ControlVerdict, Suppression | None]:
    """Return the verdict, and the exception that answers for it.

    Where exceptions cover all findings behind a failure or warning it stands, and is marked with the first that ends;
    where some are left, these alone are judged.
    """
    result = judge(subject)
    marks = [item.suppressed for item in result.findings if item.suppressed is not None]
    if result.status not in _OPEN or not marks:
        return result, None
    first = min(marks, key=lambda mark: mark.expires or "9999")
    if len(marks) == len(result.findings):
        return result, first
    open_findings = tuple(item for item in subject.findings if item.suppressed is None)
    rest = judge(msgspec.structs.replace(subject, findings=open_findings))
    if rest.status not in _OPEN:
        return result, first
    line = f"{counted(len(marks), 'finding')} with a documented exception not counted"
    return msgspec.structs.replace(rest, evidence=(*rest.evidence, line)), None
