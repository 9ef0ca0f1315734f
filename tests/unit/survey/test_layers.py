"""The facts of an image's layers, from the bottom up: what comes again, what is too much."""

from __future__ import annotations

from imgscan.model.fact import LayerFacts
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.survey.layers import facts_of_all
from imgscan.testing import TarBuilder, survey
from imgscan.testing.image import LayerSource


def facts_of(blobs: str, *, limits: Limits, **layers: LayerSource) -> list[LayerFacts]:
    """Return the facts of an image whose layers are the blobs of one letter each."""
    refs = tuple(LayerRef(index=index, blob=blob, descriptor=Descriptor()) for index, blob in enumerate(blobs))
    manifest = ImageManifest(
        references=(), manifest_digest=None, image_id=None, platform=None, config=ImageConfig(), layers=refs
    )
    return facts_of_all(manifest, {name: survey(layer) for name, layer in layers.items()}, limits)


TWO = TarBuilder().file("a", b"").file("b", b"")
THREE = TarBuilder().file("c", b"").file("d", b"").file("e", b"")


def entries(found: list[LayerFacts]) -> list[int]:
    return [len(layer.entries) for layer in found]


def codes(found: list[LayerFacts]) -> list[str]:
    return [problem.code for layer in found for problem in layer.problems]


def test_a_layer_that_comes_again_is_listed_again_within_the_bound() -> None:
    found = facts_of("xyxx", limits=Limits(repeated_entries=4), x=TWO, y=THREE)

    assert (entries(found), codes(found)) == ([2, 3, 2, 2], [])


def test_beyond_it_a_layer_right_above_itself_has_no_entries_and_is_whole() -> None:
    found = facts_of("xxxx", limits=Limits(repeated_entries=2), x=TWO)

    assert (entries(found), codes(found)) == ([2, 2, 0, 0], ["repeated-layer"])
    assert all(layer.complete for layer in found)
    assert found[3].digest == found[0].digest
    assert "2 layers that only repeat" in found[3].problems[0].message


def test_beyond_it_a_layer_over_another_one_is_left_out() -> None:
    found = facts_of("xyx", limits=Limits(repeated_entries=1), x=TWO, y=THREE)

    assert (entries(found), codes(found)) == ([2, 3, 0], ["missing-layer"])
    assert "limits.repeated_entries" in found[2].problems[0].message
    assert not found[2].complete


def test_an_empty_layer_between_is_none() -> None:
    found = facts_of("xzx", limits=Limits(repeated_entries=0), x=TWO, z=TarBuilder())

    assert (entries(found), codes(found)) == ([2, 0, 0], ["repeated-layer"])


def test_layers_over_the_bound_of_an_image_are_left_out() -> None:
    found = facts_of("xy", limits=Limits(image_entries=4), x=TWO, y=THREE)

    assert (entries(found), codes(found)) == ([2, 0], ["missing-layer"])


def test_a_layer_without_a_blob_has_a_problem() -> None:
    assert codes(facts_of("x?", limits=Limits(), x=TWO)) == ["missing-layer"]
