from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from imgscan.engine.prepared import Prepared
from imgscan.fleet.packed_facts import FactCodec
from imgscan.kept.secrecy import Secrecy
from imgscan.kept.units import ObserverUnits
from imgscan.model.entry import EntryKind
from imgscan.model.fact import Fact, LayerFacts, OutsideFact, Region, SurveyCost
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Level, Problem
from imgscan.testing import ImageBuilder, TarBuilder
from tests.golden import debian, distroless
from tests.integration.fleets import image

TOKEN = "ghp_a8Kd93jXb2LqPz7RtYwE5nMv1cUo4sGh6FiT"


def codec_of(prepared: Prepared, surroundings: str = "") -> FactCodec:
    return FactCodec(ObserverUnits(prepared.surveyor), prepared.secrecy, surroundings)


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return Prepared(ScanOptions(jobs=1))


@pytest.fixture(scope="module")
def codec(prepared: Prepared) -> FactCodec:
    return codec_of(prepared)


def surveyed(prepared: Prepared, *images: ImageBuilder) -> list[LayerFacts]:
    survey = prepared.surveyor.survey
    return [survey([layer.blob]) for made in images for layer in made.layers]


def back(codec: FactCodec, facts: LayerFacts) -> LayerFacts | None:
    """Return what comes back of facts, but for what the survey took of its budgets."""
    packed = codec.pack(facts)
    unpacked = None if packed is None else codec.unpack(facts.digest or "", packed)
    return None if unpacked is None else replace(unpacked, cost=facts.cost)


def test_facts_come_back_as_they_were(prepared: Prepared, codec: FactCodec) -> None:
    everything = surveyed(prepared, debian(), distroless(), image(0), image(1))

    assert sum(len(facts.facts) for facts in everything) > 20
    for facts in everything:
        assert back(codec, facts) == facts


def test_all_other_fields_come_back_too(prepared: Prepared, codec: FactCodec) -> None:
    (facts,) = surveyed(prepared, ImageBuilder().layer(TarBuilder().file("a", b"a")))
    (linked,) = surveyed(prepared, ImageBuilder().layer({"etc/passwd": (0o644, b"root:x:0:0::/:/bin/sh\n")}))
    data = linked.facts["accounts"][0].data
    facts = replace(
        facts,
        problems=(Problem(level=Level.WARNING, stage="layer", code="odd", message="odd", offset=1),),
        sha256=["0" * 64],
        digests={0: {"md5": "0"}},
        matched_bytes=7,
        outside={"accounts": [OutsideFact(Region.PADDING, None, data)]},
        facts={"accounts": [Fact("accounts", 0, data, "a/link")]},
        sparse=frozenset({1}),
        loadable=True,
    )

    unpacked = back(codec, facts)
    assert unpacked == facts
    assert unpacked is not None
    assert unpacked.entries[0].kind is EntryKind.FILE


def test_a_name_that_is_not_utf_8_comes_back(prepared: Prepared, codec: FactCodec) -> None:
    (odd,) = surveyed(prepared, ImageBuilder().layer({"bin/\udcff": (0o4755, b"")}))

    assert back(codec, odd) == odd


@pytest.mark.parametrize(
    "tar",
    [
        TarBuilder().file(f"srv/{TOKEN}.txt", b"x"),
        TarBuilder().symlink("a", f"/srv/{TOKEN}"),
        TarBuilder().file("etc/ld.so.conf", f"/opt/{TOKEN}\n".encode()),
    ],
)
def test_what_holds_a_secret_is_not_packed(tar: TarBuilder, prepared: Prepared, codec: FactCodec) -> None:
    (facts,) = surveyed(prepared, ImageBuilder().layer(tar))

    assert codec.pack(facts) is None


def test_a_secret_in_a_file_that_nobody_else_quotes_is_packed_without_its_value(
    prepared: Prepared, codec: FactCodec
) -> None:
    (facts,) = surveyed(prepared, ImageBuilder().layer({"srv/notes": (0o644, f"TOKEN={TOKEN}\n".encode())}))

    assert facts.facts["secrets"]
    assert back(codec, facts) == facts
    assert not Secrecy([]).admits(b"")  # and without anybody who knows secrets nothing is packed


def test_a_type_that_no_observer_said_is_neither_packed_nor_made(prepared: Prepared, codec: FactCodec) -> None:
    (facts,) = surveyed(prepared, ImageBuilder().layer({"a": (0o644, b"")}))
    problem = Problem(level=Level.ERROR, stage="", code="", message="")
    strange = replace(facts, facts={"setuid": [Fact("setuid", 0, problem)]})
    (known,) = surveyed(prepared, ImageBuilder().layer({"bin/su": (0o4755, b"")}))
    packed = codec.pack(known)

    assert codec.pack(strange) is None
    assert packed is not None
    assert codec.unpack("sha256:" + "0" * 64, packed) is None
    assert codec_of(prepared, "others").unpack(known.digest or "", packed) is None


@settings(max_examples=60)
@given(st.binary(max_size=200), st.data())
def test_whatever_bytes_there_are_facts_as_they_were_or_nothing_come_of_them(data: bytes, draw: st.DataObject) -> None:
    prepared = Prepared(ScanOptions(analyzers=("setuid", "programs"), jobs=1))
    codec = codec_of(prepared)
    facts = replace(surveyed(prepared, image(0))[0], cost=SurveyCost())
    packed = codec.pack(facts)
    assert packed is not None
    at = draw.draw(st.integers(0, len(packed)))

    for damaged in (data, packed[:at], packed[:at] + data + packed[at + len(data) :]):
        result = codec.unpack(facts.digest or "", damaged)
        assert result is None or (damaged == packed and replace(result, cost=facts.cost) == facts)
