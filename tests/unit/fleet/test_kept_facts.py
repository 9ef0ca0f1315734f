from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from imgscan.engine.prepared import Prepared
from imgscan.fleet.kept_facts import KeptFacts
from imgscan.fleet.packed_facts import FactCodec
from imgscan.kept.units import ObserverUnits
from imgscan.model.fact import LayerFacts
from imgscan.model.options import ScanOptions
from imgscan.testing import ImageBuilder
from tests.integration.fleets import image


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return Prepared(ScanOptions(analyzers=("setuid",), jobs=1))


@pytest.fixture(scope="module")
def facts(prepared: Prepared) -> LayerFacts:
    return prepared.surveyor.survey([image(0).layers[0].blob])


@pytest.fixture
def codec(prepared: Prepared) -> FactCodec:
    return FactCodec(ObserverUnits(prepared.surveyor), prepared.secrecy, "")


def test_what_one_process_keeps_another_one_gets(facts: LayerFacts, codec: FactCodec, tmp_path: Path) -> None:
    KeptFacts(str(tmp_path), codec).put(facts)
    kept = KeptFacts(str(tmp_path), codec)

    assert facts.digest is not None
    assert kept.has(facts.digest)
    assert (found := kept.get(facts.digest)) is not None
    assert replace(found, cost=facts.cost) == facts
    assert kept.get(facts.digest) is kept.get(facts.digest)  # at hand
    assert not kept.has("sha256:" + "0" * 64)
    assert kept.get("sha256:" + "0" * 64) is None


@pytest.mark.parametrize("damage", [b"", b"\x00", b"not facts"])
def test_a_damaged_file_is_none(damage: bytes, facts: LayerFacts, codec: FactCodec, tmp_path: Path) -> None:
    KeptFacts(str(tmp_path), codec).put(facts)
    (path,) = (item for item in tmp_path.rglob("*") if item.is_file())
    path.write_bytes(damage)

    assert KeptFacts(str(tmp_path), codec).get(facts.digest or "") is None


def test_facts_of_another_layer_under_this_one_s_name_are_none(
    facts: LayerFacts, codec: FactCodec, tmp_path: Path
) -> None:
    other = replace(facts, digest="sha256:" + "1" * 64)
    kept = KeptFacts(str(tmp_path), codec)
    kept.put(facts)
    (path,) = (item for item in tmp_path.rglob("*") if item.is_file())
    data = codec.pack(other)
    assert data is not None
    path.write_bytes(data)

    assert kept.get(facts.digest or "") is None


@pytest.mark.parametrize("digest", ["sha256:../../x", "../..:x", "", "sha256:", "sha256:a/b", "\x00:\x00"])
def test_no_digest_leads_out_of_the_folder(digest: str, codec: FactCodec, facts: LayerFacts, tmp_path: Path) -> None:
    kept = KeptFacts(str(tmp_path / "facts"), codec)
    kept.put(replace(facts, digest=digest))

    assert [item.name for item in tmp_path.iterdir()] == ["facts"]
    kept.has(digest)
    kept.get(digest)


def test_a_layer_with_a_secret_in_its_names_is_at_hand_in_this_process_and_written_nowhere(
    prepared: Prepared, codec: FactCodec, tmp_path: Path
) -> None:
    named = ImageBuilder().layer({"srv/ghp_a8Kd93jXb2LqPz7RtYwE5nMv1cUo4sGh6FiT": (0o644, b"")})
    secret = prepared.surveyor.survey([named.layers[0].blob])
    kept = KeptFacts(str(tmp_path), codec)

    kept.put(secret)

    assert kept.has(secret.digest or "")
    assert kept.get(secret.digest or "") is secret
    assert list(tmp_path.iterdir()) == []
    assert not KeptFacts(str(tmp_path), codec).has(secret.digest or "")


def test_what_is_at_hand_does_not_grow_without_end(
    prepared: Prepared, codec: FactCodec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgscan.fleet.kept_facts._AT_HAND", 3000)
    kept = KeptFacts(str(tmp_path), codec)
    digests = []
    for number in range(6):
        one = prepared.surveyor.survey([ImageBuilder().layer({f"{number}": (0o644, b"")}).layers[0].blob])
        kept.put(one)
        kept.get(one.digest or "")
        digests.append(one.digest or "")
    for path in tmp_path.rglob("sha256-*"):
        path.unlink()

    assert [kept.has(digest) for digest in digests] == [False] + [True] * 5
