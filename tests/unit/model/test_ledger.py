from __future__ import annotations

import pytest

from imgscan.model.ledger import EVERYTHING, FILES, Cause, Gap, folded, gap_of, overlap
from imgscan.model.problem import Level, Problem


def gap(*rules: str, count: int = 1, layer: int | None = None) -> Gap:
    return Gap(cause=Cause.LIMIT, what="members", why="over 3 deep", count=count, rules=rules, layer=layer)


def problem(code: str, level: Level = Level.ERROR, **values: str) -> Problem:
    return Problem(level=level, stage="layer", code=code, message="said", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("secrets.*", "secrets.key.private", True),
        ("secrets.*", "secrets.key.*", True),
        ("secrets.key.private", "secrets.key.private", True),
        ("*", "elf.no-relro", True),
        ("*", "elf.*", True),
        ("secrets.*", "secretsx.y", False),
        ("secrets.key.*", "secrets.token.*", False),
        ("secrets.key", "secrets.key.private", False),
        ("elf.*", "setuid.*", False),
    ],
)
def test_families_and_rules_overlap_where_they_have_a_rule_in_common(one: str, other: str, same: bool) -> None:
    assert overlap(one, other) is same
    assert overlap(other, one) is same


def test_a_gap_without_rules_opens_nothing() -> None:
    assert not gap().opens(("*", "secrets.*"))
    assert gap("*").opens(("secrets.*",))


def test_a_gap_says_what_and_why_with_path_and_count() -> None:
    one = Gap(cause=Cause.DAMAGE, what="an entry", why="cut", path="x", count=1234)

    assert one.sentence() == "an entry (/x), 1,234 times: cut"
    assert gap().sentence() == "members: over 3 deep"


def test_gaps_of_a_kind_are_added_up_and_others_stay() -> None:
    found = folded([gap("a.*", layer=1), gap("b.*"), gap("a.*", count=2, layer=2)])

    assert [(item.rules, item.count, item.layer) for item in found] == [(("a.*",), 3, None), (("b.*",), 1, None)]


def test_an_error_opens_everything_unless_it_says_less() -> None:
    wide, narrow = gap_of(problem("truncated"), {}), gap_of(problem("analyzer", rules=("elf.*",)), {})  # type: ignore[arg-type]

    assert wide is not None
    assert narrow is not None
    assert (wide.cause, wide.rules) == (Cause.DAMAGE, EVERYTHING)
    assert (narrow.cause, narrow.rules) == (Cause.FAULT, ("elf.*",))


def test_a_warning_opens_what_its_code_leaves_undecided_and_else_nothing() -> None:
    odd = gap_of(problem("opaque-root", Level.WARNING), {})

    assert odd is not None
    assert (odd.cause, odd.rules) == (Cause.AMBIGUOUS, FILES)
    assert gap_of(problem("trailing-slash", Level.WARNING), {}) is None


def test_the_gap_of_a_problem_knows_layer_and_path() -> None:
    found = gap_of(problem("path-too-long", diff_id="sha256:2", path="a/b"), {"sha256:2": 4})
    whole = gap_of(problem("truncated", diff_id="sha256:2"), {"sha256:2": 4})

    assert found is not None
    assert whole is not None
    assert (found.what, found.layer, found.path, found.cause) == ("an entry", 4, "a/b", Cause.LIMIT)
    assert whole.what == "layer 4"
