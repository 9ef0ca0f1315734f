"""Analyzers in turn, and the time that they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imgscan.analyzers.conclusion import conclude_all
from imgscan.model.deadline import Deadline
from imgscan.model.finding import Finding, Severity
from imgscan.model.problem import Level
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, merged


class Endless:
    """Finds one thing, then asks the image the same again and again."""

    id = "endless"
    version = 1
    needs = ()
    rules: Mapping[str, Any] = {}

    def conclude(self, view: ImageView) -> Iterator[Finding]:
        yield Finding(rule="endless.first", analyzer=self.id, severity=Severity.LOW, message="found")
        while view.stat("a") is not None:
            pass


class Short:
    """Finds one thing."""

    id = "short"
    version = 1
    needs = ()
    rules: Mapping[str, Any] = {}

    def conclude(self, view: ImageView) -> Iterator[Finding]:
        yield Finding(rule="short.one", analyzer=self.id, severity=Severity.LOW, message="found")


class Wrong(Short):
    """Yields what is no finding."""

    id = "wrong"

    def conclude(self, view: ImageView) -> Iterator[Finding]:
        yield from super().conclude(view)
        yield "not a finding"  # type: ignore[misc]


VIEW = merged(TarBuilder().file("a", b"x"))[0]


def test_an_analyzer_that_would_not_end_is_ended_with_its_time_and_what_it_said_stays() -> None:
    result = conclude_all(VIEW, [Endless(), Short()], deadline=Deadline(0.1))

    assert [finding.rule for finding in result.findings] == ["endless.first"]
    assert [(problem.level, problem.code, problem.rules) for problem in result.problems] == [
        (Level.ERROR, "limit", ("endless.*",)),
        (Level.ERROR, "limit", ("short.*",)),
    ]
    assert all("timeout" in problem.message for problem in result.problems)


def test_analyzers_in_time_say_all_that_they_have_to_say() -> None:
    result = conclude_all(VIEW, [Short()], deadline=Deadline(600))

    assert [finding.rule for finding in result.findings] == ["short.one"]
    assert result.problems == ()
    assert VIEW.stat("a") is not None


def test_what_is_no_finding_is_a_fault_of_its_analyzer_and_of_no_other() -> None:
    result = conclude_all(VIEW, [Wrong(), Short()])

    assert [finding.rule for finding in result.findings] == ["short.one", "short.one"]
    assert [(problem.code, problem.rules) for problem in result.problems] == [("analyzer", ("wrong.*",))]
