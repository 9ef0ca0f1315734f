from __future__ import annotations

from imgscan.cis.checklist import CHECKS
from imgscan.cis.evaluate import BENCHMARK
from imgscan.cis.rationale import RATIONALES


def test_every_control_has_its_rationale_and_no_other_has() -> None:
    assert sorted(RATIONALES) == sorted(item.id for item in (*BENCHMARK, *CHECKS))


def test_why_and_remedy_are_sentences() -> None:
    for name, rationale in RATIONALES.items():
        assert rationale.why.endswith("."), name
        assert rationale.remedy, name
