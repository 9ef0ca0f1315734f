"""What layers may have observed beyond their size: in common, in whatever windows they came."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.model.problem import Level
from imgscan.rootfs.view import ImageView
from imgscan.survey.budget import SurveyBudget, usual_bytes, usual_facts, usual_hits, weight_of
from imgscan.survey.survey import Surveyor
from imgscan.testing import TarBuilder, survey


class Weighty:
    """Notes so many bytes of each file."""

    version = 1

    def __init__(self, count: int, name: str = "weighty") -> None:
        self.id = name
        self.interest = Interest(globs=("*",), kinds=frozenset(EntryKind))
        self._count = count

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {"text": "x" * self._count}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


def files(count: int) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"f{number}", b"")
    return tar


def test_more_facts_than_the_bound_are_an_error_and_the_first_are_kept() -> None:
    found = survey(files(5), Weighty(1), limits=Limits(layer_facts=3))

    assert [fact.entry for fact in found.facts["weighty"]] == [0, 1, 2]
    (problem,) = found.problems
    assert (problem.code, problem.level, problem.path) == ("too-many-facts", Level.ERROR, "f3")
    assert problem.rules == ("weighty.*",)
    assert "limits.layer_facts" in problem.message


def test_as_many_facts_as_the_bound_are_no_problem() -> None:
    found = survey(files(3), Weighty(1), limits=Limits(layer_facts=3))

    assert len(found.facts["weighty"]) == 3
    assert found.problems == ()


def test_facts_of_one_observer_leave_the_others_theirs() -> None:
    found = survey(files(3), Weighty(1, "a"), Weighty(1, "b"), limits=Limits(layer_facts=3))

    assert {name: len(facts) for name, facts in found.facts.items()} == {"a": 3, "b": 3}
    assert found.problems == ()


def test_heavy_facts_beyond_the_bound_are_an_error_and_light_ones_are_none() -> None:
    heavy = survey(files(5), Weighty(1000), limits=Limits(facts_bytes=2500))
    light = survey(files(5), Weighty(100), limits=Limits(facts_bytes=2500))

    assert len(heavy.facts["weighty"]) == 2
    assert [problem.code for problem in heavy.problems] == ["too-many-facts"]
    assert "limits.facts_bytes" in heavy.problems[0].message
    assert len(light.facts["weighty"]) == 5
    assert light.problems == ()


@pytest.mark.parametrize("chunk_bytes", [1, 511, 513, 4096, 1 << 20])
@pytest.mark.parametrize("limits", [Limits(layer_facts=4), Limits(facts_bytes=500)])
def test_which_facts_are_kept_does_not_depend_on_the_windows(limits: Limits, chunk_bytes: int) -> None:
    whole = survey(files(40), Weighty(90), limits=limits)

    found = survey(files(40), Weighty(90), limits=limits, chunk_bytes=chunk_bytes)

    assert found == whole
    assert 0 < len(found.facts["weighty"]) < 40


def test_layers_share_what_goes_beyond_their_size() -> None:
    survey_one = Surveyor((Weighty(1),), Limits(layer_facts=4)).in_common()

    first, second = (survey_one([files(3).build()]) for _ in range(2))

    assert len(first.facts["weighty"]) == 3
    assert len(second.facts["weighty"]) == 1
    assert (len(first.problems), len(second.problems)) == (0, 1)


def test_the_size_of_a_layer_accounts_for_hits_and_facts() -> None:
    assert (usual_hits(16_384), usual_facts(16_384), usual_bytes(16_384)) == (1, 4, 1024)
    assert (usual_hits(100), usual_facts(100), usual_bytes(8)) == (0, 0, 0)

    large = TarBuilder().file("big", bytes(40_000)).file("a", b"").file("b", b"")
    found = survey(large, Weighty(1), limits=Limits(layer_facts=1))

    assert len(found.facts["weighty"]) == 3
    assert found.problems == ()


def test_the_budget_is_used_up_by_what_was_taken() -> None:
    budget = SurveyBudget(Limits(layer_hits=1, layer_facts=1, facts_bytes=10))

    assert [budget.take_hit(), budget.take_hit()] == [True, False]
    assert [budget.take_fact("a"), budget.take_fact("b"), budget.take_fact("a")] == [True, True, False]
    assert [budget.take_bytes(6), budget.take_bytes(4), budget.take_bytes(1)] == [True, True, False]


def test_what_cannot_be_written_weighs_nothing() -> None:
    itself: dict[str, object] = {}
    itself["itself"] = itself

    assert weight_of({"a": 1}) == 4
    assert weight_of(itself) == 0
