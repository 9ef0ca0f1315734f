"""What a report holds of more findings and items than its limits allow."""

from __future__ import annotations

from imgscan.analyzers.gathering import Gathering
from imgscan.model.finding import Finding, Item, Severity
from imgscan.model.limits import Limits
from imgscan.model.problem import Level

LIMITS = Limits(findings_per_rule=2, items_per_section=3)


def finding(rule: str, severity: Severity, path: str) -> Finding:
    return Finding(rule=rule, analyzer="a", severity=severity, message="m", path=path)


def test_findings_of_a_rule_beyond_the_bound_are_counted_in_a_problem_that_names_it() -> None:
    gathering = Gathering(LIMITS)

    for number in range(5):
        gathering.add(finding("a.flood", Severity.MEDIUM, str(number)), "x")

    assert [item.path for item in gathering.findings] == ["0", "1"]
    (problem,) = gathering.problems()
    assert (problem.level, problem.code) == (Level.ERROR, "too-many-findings")
    assert "3 findings a.flood of severity MEDIUM beyond limits.findings_per_rule" in problem.message


def test_a_flood_pushes_out_neither_worse_findings_of_its_rule_nor_those_of_others() -> None:
    gathering = Gathering(LIMITS)

    for number in range(5):
        gathering.add(finding("a.flood", Severity.LOW, str(number)), "x")
    gathering.add(finding("a.flood", Severity.CRITICAL, "worst"), "x")
    gathering.add(finding("a.other", Severity.LOW, "other"), "x")

    assert [item.path for item in gathering.findings] == ["0", "1", "worst", "other"]


def test_items_of_a_section_beyond_the_bound_are_counted_in_a_problem_that_names_it() -> None:
    gathering = Gathering(LIMITS)

    for number in range(5):
        gathering.add(Item("setuid", {"path": number}), "x")
    gathering.add(Item("daemons", {"path": 9}), "x")

    assert gathering.inventory == {"setuid": [{"path": 0}, {"path": 1}, {"path": 2}], "daemons": [{"path": 9}]}
    (problem,) = gathering.problems()
    assert problem.code == "too-many-items"
    assert "2 more items of setuid than limits.items_per_section" in problem.message


def test_what_the_bounds_allow_is_kept_without_a_problem() -> None:
    gathering = Gathering(LIMITS)

    for number in range(2):
        gathering.add(finding("a.few", Severity.HIGH, str(number)), "x")
        gathering.add(Item("setuid", {"path": number}), "x")

    assert len(gathering.findings) == len(gathering.inventory["setuid"]) == 2
    assert list(gathering.problems()) == []
