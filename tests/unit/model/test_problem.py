"""Problems, and the log that keeps them bounded."""

from __future__ import annotations

from imgscan.errors import LimitError, Position, TarHeaderError
from imgscan.model.problem import Level, Problem, ProblemLog, problem_from


def test_of_each_kind_the_first_are_kept_and_the_rest_counted() -> None:
    log = ProblemLog("layer", 2)
    for number in range(5):
        log.warn("odd", f"number {number}", f"p{number}", number)
    log.error("odd", "another level")
    log.warn("other", "another code")

    assert [(item.level, item.code, item.message) for item in log.problems()] == [
        (Level.WARNING, "odd", "number 0"),
        (Level.WARNING, "odd", "number 1"),
        (Level.ERROR, "odd", "another level"),
        (Level.WARNING, "other", "another code"),
        (Level.WARNING, "odd", "and 3 more of this kind (odd)"),
    ]


def test_as_many_as_the_bound_are_all_kept() -> None:
    log = ProblemLog("layer", 2)
    log.warn("odd", "one")
    log.warn("odd", "two")

    assert [item.message for item in log.problems()] == ["one", "two"]


def test_a_bound_of_none_keeps_the_count_alone() -> None:
    log = ProblemLog("layer", 0)
    log.error("odd", "one")

    (told,) = log.problems()
    assert (told.level, told.message) == (Level.ERROR, "and 1 more of this kind (odd)")


def test_problems_of_another_stage_keep_it() -> None:
    log = ProblemLog("survey", 5)
    log.extend([Problem(level=Level.ERROR, stage="layer", code="x", message="m")])

    assert [item.stage for item in log.problems()] == ["layer"]


def test_an_error_becomes_a_problem_with_its_place() -> None:
    found = problem_from(TarHeaderError("bad", Position("s", "d", "p", 5)), "layer")

    assert found == Problem(
        level=Level.ERROR,
        stage="layer",
        code="tarheader",
        message="bad",
        source="s",
        diff_id="d",
        path="p",
        offset=5,
    )
    assert problem_from(LimitError("m"), "layer", Level.WARNING).level is Level.WARNING
    assert problem_from(LimitError("m"), "layer").code == "limit"
