"""All controls, in the order of the report."""

from __future__ import annotations

import msgspec

from imgscan.cis.checklist import CHECKS
from imgscan.cis.definition import Definition
from imgscan.cis.editions import DEFAULT, edition_of
from imgscan.cis.exceptions import with_exceptions
from imgscan.cis.gate import gated, leaves_open
from imgscan.cis.section4 import SECTION4
from imgscan.cis.section5 import SECTION5
from imgscan.cis.subject import Subject
from imgscan.model.control import CHECKLIST, Control, Status
from imgscan.model.finding import fingerprint
from imgscan.model.ledger import Gap

BENCHMARK: tuple[Definition, ...] = (*SECTION4, *SECTION5)
"""The controls of the benchmark, by their numbers in edition 1.6.0."""
EDITION = edition_of(DEFAULT).name
"""What reports call that edition."""


def evaluate(subject: Subject, version: str = DEFAULT) -> tuple[Control, ...]:
    """Return the result of each control, but for those that the policy turns off (by number or word).

    Raises:
        UsageError: the numbering of that edition of the benchmark is not known.
    """
    edition = edition_of(version)
    numbered = [(edition.number(item.id), edition.name, item) for item in BENCHMARK]
    worded = [(item.id, CHECKLIST, item) for item in CHECKS]
    off = subject.policy.controls_off
    return tuple(_control(subject, *entry) for entry in (*numbered, *worded) if entry[0] and entry[0] not in off)


def _control(subject: Subject, number: str, edition: str, item: Definition) -> Control:
    result, suppressed = with_exceptions(item.judge, subject)
    result = gated(item, result, subject)
    return Control(
        id=number,
        title=item.title,
        edition=edition,
        status=result.status,
        severity=result.severity if result.severity is not None else item.severity,
        reason=result.reason,
        evidence=result.evidence,
        findings=tuple(dict.fromkeys(map(fingerprint, result.findings))),
        remediation=result.remediation if result.status is not Status.PASS else "",
        suppressed=suppressed,
    )


def left_open(ledger: tuple[Gap, ...], version: str = DEFAULT) -> tuple[Gap, ...]:
    """Return the ledger with the ids of all controls that each gap leaves open, by the numbers of that edition."""
    number = edition_of(version).number
    definitions = [*((number(item.id), item) for item in BENCHMARK), *((item.id, item) for item in CHECKS)]
    named = [(name, item) for name, item in definitions if name]
    return tuple(
        msgspec.structs.replace(gap, controls=tuple(name for name, item in named if leaves_open(gap, item)))
        for gap in ledger
    )
