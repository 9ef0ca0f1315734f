"""A merge and questions to the image that are ended when the time is over: what was applied by then stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgscan.errors import LimitError
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem
from imgscan.rootfs import merge
from imgscan.rootfs.view import ImageView, merge_layers
from imgscan.testing import TarBuilder, merged, survey

from .test_view import Marked

MARKED = Marked()


def ends_after(calls: int) -> Callable[[], None]:
    left = [calls]

    def check() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise LimitError("the time is over (timeout)")

    return check


def merged_until(check: Callable[[], None] | None, *layers: TarBuilder) -> tuple[ImageView, tuple[Problem, ...]]:
    facts = [survey(layer, MARKED) for layer in layers]
    refs = tuple(
        LayerRef(index=index, blob=None, descriptor=Descriptor(), diff_id=item.diff_id or "", created_by=None)
        for index, item in enumerate(facts)
    )
    manifest = ImageManifest(
        references=(), manifest_digest=None, image_id=None, platform=None, config=ImageConfig(), layers=refs
    )
    return merge_layers(manifest, facts, Limits(), check)


LOWER = TarBuilder().file("marked-a", b"1").file("marked-b", b"2").file("marked-c", b"3")
UPPER = TarBuilder().whiteout("marked-a").file("marked-d", b"4")


def test_in_time_all_layers_are_merged() -> None:
    view, problems = merged_until(ends_after(1000), LOWER, UPPER)

    assert {node.path for node in view.walk()} == {"", "marked-b", "marked-c", "marked-d"}
    assert problems == ()


def test_out_of_time_the_layers_below_stay_and_the_others_are_told() -> None:
    view, problems = merged_until(ends_after(2), LOWER, UPPER)

    assert {node.path for node in view.walk()} == {"", "marked-a", "marked-b", "marked-c"}
    (problem,) = problems
    assert (problem.level, problem.stage, problem.code) == (Level.ERROR, "rootfs", "limit")
    assert problem.diff_id == view.manifest.layers[1].diff_id


def test_of_a_layer_that_is_not_applied_to_its_end_the_facts_so_far_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "_ENTRIES_AT_ONCE", 1)
    view, problems = merged_until(ends_after(3), LOWER, UPPER)

    assert {node.path for node in view.walk()} == {"", "marked-a", "marked-b"}
    assert [(fact.path, str(fact.state)) for fact in view.facts(MARKED)] == [
        ("marked-a", "visible"),
        ("marked-b", "visible"),
    ]
    assert len(problems) == 1
    assert list(view.hidden()) == []


def test_who_asks_very_much_is_ended_and_may_ask_again_without_a_clock() -> None:
    view = merged(LOWER, analyzers=(MARKED,))[0]
    questions: tuple[Callable[[], object], ...] = (
        lambda: view.stat("marked-a"),
        lambda: view.resolve("marked-b"),
        lambda: list(view.walk()),
        lambda: list(view.facts(MARKED)),
        lambda: list(view.visible(MARKED)),
        lambda: view.names(0),
    )

    for ask in questions:
        with view.watched(ends_after(0)), pytest.raises(LimitError):
            ask()
        ask()
