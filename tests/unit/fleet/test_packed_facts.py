from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from imgscan.engine.prepared import Prepared
from imgscan.fleet.packed_facts import FactCodec
from imgscan.model.entry import EntryKind
from imgscan.model.fact import Fact, LayerFacts, OutsideFact, Region
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Level, Problem
from imgscan.testing import ImageBuilder, TarBuilder
from tests.golden import debian, distroless
from tests.integration.fleets import image


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return Prepared(ScanOptions(jobs=1))


@pytest.fixture(scope="module")
def codec(prepared: Prepared) -> FactCodec:
    return FactCodec(prepared.surveyor.observers)


def surveyed(prepared: Prepared, *images: ImageBuilder) -> list[LayerFacts]:
    survey = prepared.surveyor.survey
    return [survey([layer.blob]) for made in images for layer in made.layers]


def test_facts_come_back_as_they_were(prepared: Prepared, codec: FactCodec) -> None:
    everything = surveyed(prepared, debian(), distroless(), image(0), image(1))

    assert sum(len(facts.facts) for facts in everything) > 20
    for facts in everything:
        packed = codec.pack(facts)
        assert packed is not None
        assert codec.unpack(packed) == facts


def test_all_other_fields_come_back_too(prepared: Prepared, codec: FactCodec) -> None:
    (facts,) = surveyed(prepared, ImageBuilder().layer(TarBuilder().file("a", b"a")))
    facts = replace(
        facts,
        problems=(Problem(level=Level.WARNING, stage="layer", code="odd", message="odd", offset=1),),
        sha256=["0" * 64],
        digests={0: {"md5": "0"}},
        outside={"other": [OutsideFact(Region.PADDING, None, {"a": [1, "b", None]})]},
        facts={"other": [Fact("other", 0, {"plain": True}, "a/link")]},
        sparse=frozenset({1}),
        loadable=True,
    )

    packed = codec.pack(facts)
    assert packed is not None
    unpacked = codec.unpack(packed)
    assert unpacked == facts
    assert unpacked is not None
    assert unpacked.entries[0].kind is EntryKind.FILE


def test_a_name_that_is_not_utf_8_cannot_be_packed_and_one_that_is_can(prepared: Prepared, codec: FactCodec) -> None:
    odd, even = surveyed(prepared, ImageBuilder().layer({"\udcff": (0o644, b"")}).layer({"\u00e9": (0o644, b"")}))

    assert codec.pack(odd) is None
    assert codec.pack(even) is not None


def test_a_type_that_no_observer_said_is_neither_packed_nor_made(prepared: Prepared, codec: FactCodec) -> None:
    (facts,) = surveyed(prepared, ImageBuilder().layer({"a": (0o644, b"")}))
    strange = replace(facts, facts={"x": [Fact("x", 0, Problem(level=Level.ERROR, stage="", code="", message=""))]})
    packed = codec.pack(surveyed(prepared, image(0))[0])

    assert codec.pack(strange) is None
    assert packed is not None
    assert FactCodec(()).unpack(packed) is None


@settings(max_examples=60)
@given(st.binary(max_size=200), st.data())
def test_whatever_bytes_there_are_facts_or_nothing_come_of_them(data: bytes, draw: st.DataObject) -> None:
    prepared = Prepared(ScanOptions(analyzers=("setuid", "programs"), jobs=1))
    codec = FactCodec(prepared.surveyor.observers)
    packed = codec.pack(surveyed(prepared, image(0))[0])
    assert packed is not None
    at = draw.draw(st.integers(0, len(packed)))

    for damaged in (data, packed[:at], packed[:at] + data + packed[at + len(data) :]):
        result = codec.unpack(damaged)
        assert result is None or isinstance(result, LayerFacts)
