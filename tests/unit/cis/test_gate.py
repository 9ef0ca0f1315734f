from __future__ import annotations

import pytest

from imgscan.cis.definition import Definition
from imgscan.cis.gate import gated
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.model.ledger import EVERYTHING, Cause, Gap

from .support import subject


def control(*rests: str, **values: frozenset[Status]) -> Definition:
    return Definition(
        id="x", title="X", severity=Severity.LOW, judge=_judge, gives={}, rests=rests or ("elf.*",), **values
    )


def _judge(subject: Subject) -> ControlVerdict:
    return verdict(Status.PASS, "nothing is there")


def ruled(status: Status, *gaps: Gap, item: Definition | None = None) -> ControlVerdict:
    return gated(item or control(), verdict(status, "said"), subject(ledger=gaps))


def gap(*rules: str, cause: Cause = Cause.LIMIT, controls: tuple[str, ...] = ()) -> Gap:
    return Gap(cause=cause, what="members", why="too deep", rules=rules, controls=controls)


@pytest.mark.parametrize("status", Status)
def test_without_a_gap_that_touches_it_every_verdict_stands(status: Status) -> None:
    assert ruled(status, gap("secrets.*"), gap()) == verdict(status, "said")


def test_a_pass_that_a_gap_touches_is_unknown_and_says_why() -> None:
    found = ruled(Status.PASS, gap("elf.*"), gap("elf.no-relro"))

    assert (found.status, found.severity) == (Status.UNKNOWN, None)
    assert found.reason == "members: too deep (and 1 other gap); of what was seen: said"


def test_a_gap_may_name_the_control_itself() -> None:
    assert ruled(Status.PASS, gap(controls=("x",))).status is Status.UNKNOWN
    assert ruled(Status.PASS, gap(controls=("y",))).status is Status.PASS


@pytest.mark.parametrize("status", [Status.FAIL, Status.WARN])
def test_what_was_proved_stands_and_says_that_there_may_be_more(status: Status) -> None:
    found = ruled(status, gap(*EVERYTHING, cause=Cause.DAMAGE))

    assert found.status is status
    assert found.reason == ("said; the image was not read whole, or does not verify (too deep), so this may not be all")


def test_what_rests_on_silence_beside_a_pass_is_unknown_too() -> None:
    item = control(silence=frozenset({Status.NOT_EVALUABLE}))

    assert ruled(Status.NOT_EVALUABLE, gap("elf.*"), item=item).status is Status.UNKNOWN
    assert ruled(Status.NOT_EVALUABLE, gap("elf.*")).status is Status.NOT_EVALUABLE


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.FAIL}))
def test_nothing_but_a_failure_stands_where_an_analyzer_did_not_run(status: Status) -> None:
    absent = Gap(cause=Cause.NOT_RUN, what="analyzer elf", why="not chosen", rules=("elf.*",))

    assert ruled(status, absent).status is Status.UNKNOWN
    assert ruled(status, absent).reason == "not run: analyzer elf"
    assert ruled(Status.FAIL, absent).status is Status.FAIL
