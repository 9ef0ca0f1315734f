"""One scan's dealings with a store, over archives and observers made here."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from imgscan.archive.opener import open_archive
from imgscan.kept.facts import KeptFacts
from imgscan.kept.keys import layer_key
from imgscan.kept.parts import Record, Unit, packed, sealed, unpacked, unsealed
from imgscan.kept.secrecy import Secrecy
from imgscan.kept.texts import written
from imgscan.kept.units import ObserverUnits
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts, SurveyCost
from imgscan.model.limits import Limits
from imgscan.survey.survey import Surveyor
from imgscan.testing import ImageBuilder, TarBuilder
from tests.unit.kept.memory import MemoryStore
from tests.unit.kept.observers import Mappings, Tuples, Undeclared, Unwritable, Words

SECRET = b"hunter2"


class Keeper:
    """Takes one word for a secret."""

    id = "keeper"

    def holds_secret(self, data: bytes) -> bool:
        return SECRET in data

    def quotes_secret(self, data: bytes, facts: object) -> bool:
        return False


@pytest.fixture(autouse=True)
def small_layers_are_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgscan.kept.layers.SMALLEST", 0)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def image(*words: bytes) -> ImageBuilder:
    built = ImageBuilder()
    for number, word in enumerate(words):
        built.layer({f"{number}/words.txt": word, f"{number}/other": b""})
    return built


def survey(
    path: Path, built: ImageBuilder, store: MemoryStore, *observers: Words, limits: Limits | None = None
) -> tuple[dict[str, LayerFacts], int]:
    """Return the facts of an image's layers and how many of these came from the store."""
    archive_path = path / "image.tar"
    archive_path.write_bytes(built.docker_archive())
    surveyor = Surveyor(observers, limits or Limits())
    kept = KeptFacts(store, surveyor, Secrecy([Keeper()]))
    facts: dict[str, LayerFacts] = {}
    with open_archive(str(archive_path), surveyor.limits, surveyor.in_common(), 2, None) as archive:
        events = list(kept.survey(archive, archive.images, 2, None, facts, None, Deadline(None)))
    total = len({layer.digest for layer in built.layers})
    assert [(event.done, event.total) for event in events] == [(number + 1, len(facts)) for number in range(len(facts))]
    assert total <= len(facts)
    return facts, len(kept.layers.recalled)


def without_cost(facts: dict[str, LayerFacts]) -> dict[str, LayerFacts]:
    return {blob: replace(item, cost=SurveyCost()) for blob, item in facts.items()}


def test_a_second_survey_observes_nothing_and_says_the_same(tmp_path: Path, store: MemoryStore) -> None:
    first, again = Words(), Words()

    cold, none = survey(tmp_path, image(b"a b", b"c"), store, first)
    warm, both = survey(tmp_path, image(b"a b", b"c"), store, again)

    assert (none, both) == (0, 2)
    assert (first.seen, again.seen) == (2, 0)
    assert without_cost(warm) == without_cost(cold)
    assert store.puts == 2


def test_one_new_layer_pays_for_that_one(tmp_path: Path, store: MemoryStore) -> None:
    again = Words()
    survey(tmp_path, image(b"a b", b"c"), store, Words())

    _, recalled = survey(tmp_path, image(b"a b", b"c", b"new"), store, again)

    assert (recalled, again.seen) == (2, 1)


def test_only_observers_that_have_said_nothing_yet_observe(tmp_path: Path, store: MemoryStore) -> None:
    known, new, third = Words("known"), Words("new"), Words("known")
    survey(tmp_path, image(b"a b"), store, Words("known"))

    both, recalled = survey(tmp_path, image(b"a b"), store, known, new)
    plain, _ = survey(tmp_path, image(b"a b"), MemoryStore(), Words("known"), Words("new"))
    survey(tmp_path, image(b"a b"), store, third, Words("new"))

    assert (known.seen, new.seen, third.seen, recalled) == (0, 1, 0, 1)
    assert without_cost(both) == without_cost(plain)


def test_another_version_observes_anew_and_the_old_facts_stay(tmp_path: Path, store: MemoryStore) -> None:
    newer, older = Words(), Words()
    newer.version = 2
    survey(tmp_path, image(b"a b"), store, Words(), Words("other"))

    survey(tmp_path, image(b"a b"), store, newer, Words("other"))
    survey(tmp_path, image(b"a b"), store, older, Words("other"))

    assert (newer.seen, older.seen) == (1, 0)


def test_other_limits_observe_anew(tmp_path: Path, store: MemoryStore) -> None:
    again = Words()
    survey(tmp_path, image(b"a"), store, Words())

    survey(tmp_path, image(b"a"), store, again, limits=Limits(path_depth=100))

    assert again.seen == 1


def test_a_forged_layer_borrows_nothing(tmp_path: Path, store: MemoryStore) -> None:
    true, again = image(b"a b"), Words()
    survey(tmp_path, true, store, Words())
    forged = ImageBuilder().layer({"0/words.txt": b"lie"}, diff_id=true.layers[0].diff_id)

    facts, recalled = survey(tmp_path, forged, store, again)

    assert (recalled, again.seen) == (0, 1)
    ((fact,),) = [item.facts["words"] for item in facts.values()]
    assert fact.data.text == "lie"


def test_a_layer_that_is_not_what_was_promised_is_not_kept(tmp_path: Path, store: MemoryStore) -> None:
    survey(tmp_path, ImageBuilder().layer({"words.txt": b"a"}, diff_id="sha256:" + "0" * 64), store, Words())

    assert store.values == {}


def test_a_layer_that_was_not_read_to_its_end_is_not_kept(tmp_path: Path, store: MemoryStore) -> None:
    whole = TarBuilder().file("words.txt", b"a").build()

    survey(tmp_path, ImageBuilder().layer(whole[:512]), store, Words())

    assert store.values == {}


def test_a_layer_on_which_an_observer_raised_is_not_kept(tmp_path: Path, store: MemoryStore) -> None:
    survey(tmp_path, image(b"\xff"), store, Words())

    assert store.values == {}


def test_a_layer_of_which_a_bound_left_something_out_is_not_kept(tmp_path: Path, store: MemoryStore) -> None:
    for limits in (Limits(layer_facts=1), Limits(facts_bytes=10), Limits(content_bytes=3)):
        facts, _ = survey(tmp_path, image(b"word " * 100), store, Words(), limits=limits)
        assert any(item.problems for item in facts.values())

    assert store.values == {}


def test_a_layer_that_grows_beyond_its_ratio_is_not_kept(tmp_path: Path, store: MemoryStore) -> None:
    bomb = ImageBuilder().layer({"words.txt": b"a", "zeros": bytes(1 << 20)}, "gzip")

    survey(tmp_path, bomb, store, Words(), limits=Limits(layer_ratio=2))

    assert store.values == {}


def test_where_a_budget_runs_out_nothing_of_the_store_counts(tmp_path: Path, store: MemoryStore) -> None:
    limits = Limits(layer_facts=3)
    words = (b"a b", b"c d")
    survey(tmp_path, image(words[0]), store, Words(), limits=limits)
    survey(tmp_path, image(b"", words[1]), store, Words(), limits=limits)

    built = ImageBuilder().layer({"0/words.txt": words[0], "0/other": b""})
    built.layer({"1/words.txt": words[1], "1/other": b""})
    facts, recalled = survey(tmp_path, built, store, Words(), limits=limits)

    assert recalled == 0
    assert sum(len(item.facts.get("words", ())) for item in facts.values()) == 3
    assert [problem.code for item in facts.values() for problem in item.problems] == ["too-many-facts"]


def test_names_that_hold_a_secret_are_not_kept(tmp_path: Path, store: MemoryStore) -> None:
    for tar in (
        TarBuilder().file(f"etc/{SECRET.decode()}", b""),
        TarBuilder().symlink("etc/link", SECRET.decode()),
        TarBuilder().file("etc/file", b"", xattrs={"user.x": SECRET}),
    ):
        survey(tmp_path, ImageBuilder().layer(tar), store, Words())

    assert store.values == {}


def test_facts_that_hold_a_secret_are_not_kept_and_the_others_are(tmp_path: Path, store: MemoryStore) -> None:
    observers = [Words(), Words("quiet")]
    observers[1].interest = replace(observers[1].interest, max_content_bytes=0)
    survey(tmp_path, image(b"a " + SECRET), store, *observers)
    again = [Words(), Words("quiet")]
    again[1].interest = observers[1].interest

    _, recalled = survey(tmp_path, image(b"a " + SECRET), store, *again)

    assert (recalled, again[0].seen, again[1].seen) == (1, 1, 0)


def test_without_anybody_who_knows_secrets_nothing_is_kept(tmp_path: Path, store: MemoryStore) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(image(b"a").docker_archive())
    surveyor = Surveyor([Words()], Limits())
    with open_archive(str(path), surveyor.limits, surveyor.in_common(), 1, None) as archive:
        list(KeptFacts(store, surveyor, Secrecy([])).survey(archive, archive.images, 1, None, {}, None, Deadline(None)))

    assert store.values == {}


def test_mappings_of_other_packages_are_kept(tmp_path: Path, store: MemoryStore) -> None:
    again = Mappings()
    cold, _ = survey(tmp_path, image(b"a b"), store, Mappings())

    warm, _ = survey(tmp_path, image(b"a b"), store, again)

    assert again.seen == 0
    assert without_cost(warm) == without_cost(cold)


@pytest.mark.parametrize("kind", [Tuples, Undeclared, Unwritable])
def test_facts_that_would_be_read_back_as_others_are_not_kept(
    tmp_path: Path, store: MemoryStore, kind: type[Words]
) -> None:
    again = kind()
    survey(tmp_path, image(b"a b"), store, kind(), Words("known"))

    _, recalled = survey(tmp_path, image(b"a b"), store, again, Words("known"))

    assert (recalled, again.seen) == (1, 1)


def test_a_layer_that_nobody_promises_is_found_by_how_it_begins(tmp_path: Path, store: MemoryStore) -> None:
    built, again = ImageBuilder().layer({"words.txt": b"a"}, "gzip"), Words()
    survey(tmp_path, built, store, Words())

    _, recalled = survey(tmp_path, built, store, again)

    assert (recalled, again.seen) == (1, 0)


def test_small_layers_are_not_looked_up(tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgscan.kept.layers.SMALLEST", 1 << 20)

    survey(tmp_path, image(b"a"), store, Words())

    assert store.values == {}


def record_of(store: MemoryStore, built: ImageBuilder, observer: Words) -> tuple[str, Record, str]:
    """Return the key of a layer's record, the record, and the key of its unit."""
    units = ObserverUnits(Surveyor([observer], Limits()))
    key = layer_key(units.surroundings, built.layers[0].digest, "sha256")
    record = unsealed(key, store.values[key], Record)
    assert record is not None
    return key, record, units.keys[0]


def test_lies_under_a_right_seal_are_read_anew_where_they_make_no_sense(tmp_path: Path, store: MemoryStore) -> None:
    built = image(b"a b")
    survey(tmp_path, built, store, Words())
    key, record, name = record_of(store, built, Words())
    unit = unpacked(record.units[name], Unit)
    (column,) = unit.facts
    lies = [
        replace(column, entries=[7, 8]),
        replace(column, entries=[-1, 0]),
        replace(column, entries=[0]),
        replace(column, kinds=[0]),
        replace(column, kinds=[0, 0, 0], entries=[0, 0, 0]),
        replace(column, kinds=[0, 5]),
        replace(column, types=["os.system"]),
        replace(column, types=[]),
        replace(column, data=[written([1, 2])]),
        replace(column, data=[b""]),
        replace(column, observer="nobody"),
    ]
    for lie in lies:
        again = Words()
        part = packed(written(replace(unit, facts=[lie])))
        store.values[key] = sealed(key, replace(record, units={name: part}))

        facts, _ = survey(tmp_path, built, store, again)

        assert again.seen == 1
        assert [fact.data.text for item in facts.values() for fact in item.facts["words"]] == ["a", "b"]
    for record_lie in (replace(record, units={name: b"x"}), replace(record, skeleton=b"x"), replace(record, units={})):
        again = Words()
        store.values[key] = sealed(key, record_lie)
        survey(tmp_path, built, store, again)
        assert again.seen == 1


def test_units_of_other_versions_do_not_pile_up(
    tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgscan.kept.layers._MAX_UNITS", 3)
    built = image(b"a")
    for version in range(6):
        observer = Words()
        observer.version = version
        survey(tmp_path, built, store, observer, Words("other"))

    _, record, _ = record_of(store, built, Words())

    assert len(record.units) == 3
