from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.kept import keys
from imgscan.kept.keys import hint_key, layer_key, linked_key, observer_key, surroundings_of, unit_key
from imgscan.model.interest import Interest, Links
from imgscan.model.limits import Limits
from tests.unit.kept.observers import Words


def test_a_layers_key_depends_on_all_that_its_facts_depend_on() -> None:
    usual = surroundings_of(Limits(), False)
    others = {
        layer_key(usual, "sha256:a", "sha256"),
        layer_key(usual, "sha256:b", "sha256"),
        layer_key(usual, "sha256:a", "sha512"),
        layer_key(surroundings_of(Limits(layer_hits=1), False), "sha256:a", "sha256"),
        layer_key(surroundings_of(Limits(), True), "sha256:a", "sha256"),
        hint_key(usual, b"a", 1),
        hint_key(usual, b"a", 2),
        hint_key(usual, b"b", None),
        linked_key(usual, "sha256:a", (Words(),), b"1"),
        linked_key(usual, "sha256:a", (Words(),), b"2"),
    }

    assert len(others) == 10
    assert {len(key) for key in others} == {64}


def test_the_same_gives_the_same_key() -> None:
    assert surroundings_of(Limits(), False) == surroundings_of(Limits(), False)
    assert unit_key((Words(),)) == unit_key((Words(),))


def test_another_version_of_the_program_or_of_its_files_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = surroundings_of(Limits(), False)

    monkeypatch.setattr(keys, "__version__", "0.0.0")
    other = surroundings_of(Limits(), False)
    monkeypatch.setattr(keys, "_sources", lambda: "of other files")
    assert len({usual, other, surroundings_of(Limits(), False)}) == 3


def test_another_version_of_a_library_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = surroundings_of(Limits(), False)

    monkeypatch.setattr(keys, "_libraries", lambda: ("hyperscan 0",))

    assert surroundings_of(Limits(), False) != usual


def test_what_identifies_an_observer_are_its_version_rules_and_interest() -> None:
    usual, newer, stricter, curious, linking = Words(), Words(), Words(), Words(), Words()
    newer.version = 2
    stricter.rules_digest = "other"
    curious.interest = Interest(names=frozenset({"other.txt"}))
    linking.interest = Interest(names=frozenset({"words.txt"}), links=Links(len))

    assert len({observer_key(item) for item in (usual, newer, stricter, curious, linking)}) == 5
    assert observer_key(Words()) == observer_key(usual)


def test_an_observer_of_another_package_whose_code_changes_is_another_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tests.unit.kept.observers as module

    changed = tmp_path / "observers.py"
    changed.write_text("changed")
    usual = observer_key(Words())

    monkeypatch.setattr(module, "__file__", str(changed))
    other = observer_key(Words())
    monkeypatch.setattr(module, "__file__", str(tmp_path / "absent.py"))

    assert len({usual, other, observer_key(Words())}) == 3
