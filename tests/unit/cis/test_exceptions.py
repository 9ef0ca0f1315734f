"""Findings with a documented exception, and the controls that rest on them."""

from __future__ import annotations

import msgspec

from imgscan.cis.evaluate import evaluate
from imgscan.cis.subject import Subject
from imgscan.model.control import Control, Status
from imgscan.model.finding import Finding, Suppression

from .support import finding, subject

LATER = Suppression("needed", "ops", "2027-01-01")
SOONER = Suppression("until the release", "dev", "2026-12-01")


def suid(name: str, kind: str, suppressed: Suppression | None = None) -> Finding:
    return finding("setuid.suid-file", path=name, evidence={"class": kind}, suppressed=suppressed)


def control(found: Subject) -> Control:
    return next(item for item in evaluate(found) if item.id == "4.8")


def test_a_failure_whose_findings_all_have_an_exception_is_marked_with_the_first_that_ends() -> None:
    found = control(subject(suid("a", "stray", LATER), suid("b", "expected", SOONER)))

    assert (found.status, found.suppressed) == (Status.FAIL, SOONER)
    assert len(found.findings) == 2


def test_what_is_left_without_an_exception_is_judged_alone() -> None:
    found = control(subject(suid("a", "stray", LATER), suid("b", "expected")))

    assert (found.status, found.suppressed) == (Status.WARN, None)
    assert len(found.findings) == 1
    assert found.evidence[-1] == "1 finding with a documented exception not counted"


def test_a_failure_without_an_exception_is_not_marked() -> None:
    found = control(subject(suid("a", "stray"), suid("b", "expected")))

    assert (found.status, found.suppressed) == (Status.FAIL, None)


def test_an_exception_makes_no_pass() -> None:
    every = {item.id: item.status for item in evaluate(subject(suid("a", "stray", LATER)))}

    assert every["4.8"] is every["no-setuid"] is Status.FAIL
    assert msgspec.structs.asdict(LATER)["owner"] == "ops"
