"""Whatever an image is, every finding and every failed control of its report is answered by ``harden``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imgscan.compare.side import side_of
from imgscan.engine import scan
from imgscan.errors import ImgscanError
from imgscan.harden.hardening import harden, harden_subject
from imgscan.harden.needed import Needed
from imgscan.harden.plain import plain_hardening
from imgscan.harden.plan import DIGITS, Form, Hardening
from imgscan.harden.subject import subject_of, subject_of_side
from imgscan.model.control import Status
from imgscan.model.finding import fingerprint
from imgscan.report.document import Report
from imgscan.report.json import json_bytes
from imgscan.report.show import shown_report

from ..golden import NAMES, report_of

ROOT = Path(__file__).parents[2]
NOTHING = Needed(files={"/app": "/app"}, folders=(), links={}, packages=frozenset(), start="/app")
"""What needs nothing: all else is left behind."""
KEPT = sorted(path.name for path in (ROOT / "testdata/images").iterdir())


def answered(plain: dict[str, Any]) -> set[str]:
    """Return what the parts of a remedy name as answered: digits of fingerprints, and ids of controls."""
    found = set()
    for part in (*plain["commands"], *plain["settings"], *plain["advice"]):
        answers = part["answers"]
        listed = answers if isinstance(answers, list) else [answers] if answers else []
        found |= {item["fingerprint"] for item in (*listed, *part.get("also", ()))}
    return found


def hold(report: Report) -> None:
    subject = subject_of(report)
    hold_answers(report, harden(report))
    if subject.settings is not None:
        hold_answers(report, harden_subject(subject, Form.FLAT))
        hold_answers(report, harden_subject(subject, Form.DISTROLESS, NOTHING))


def hold_answers(report: Report, hardening: Hardening) -> None:
    plain: dict[str, Any] = json.loads(json_bytes(plain_hardening(hardening)))

    wanted = {fingerprint(item)[:DIGITS] for item in report.findings if not item.suppressed}
    failed = {item.id for item in report.controls if item.status is Status.FAIL and not item.suppressed}
    assert wanted - answered(plain) == set()
    assert {item["id"] for item in plain["controls"] if item["answers"]} == failed
    assert all(item["text"].strip() for item in plain["advice"])
    assert all(item["command"].strip() and "\n" not in item["command"] for item in plain["commands"])


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_and_failed_control_is_answered(name: str) -> None:
    hold(report_of(name))


@pytest.mark.parametrize("name", KEPT)
def test_every_finding_of_a_kept_image_is_answered(name: str) -> None:
    try:
        report = scan(str(ROOT / "testdata/images" / name))
    except ImgscanError:
        pytest.skip("not an image that can be read alone")
    hold(report)


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_report_gives_the_remedy_of_the_scan(name: str) -> None:
    report = report_of(name)
    saved = json.loads(json_bytes(shown_report(report)))

    assert plain_hardening(harden_subject(subject_of_side(side_of(saved, "x")))) == plain_hardening(harden(report))
