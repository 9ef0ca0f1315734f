"""Which analyzers run."""

from __future__ import annotations

import importlib.metadata

import pytest

from imgscan.analyzers import registry
from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.registry import choose_analyzers, hiders
from imgscan.analyzers.setuid.analyzer import Setuid
from imgscan.errors import UsageError
from imgscan.model.options import ScanOptions


class Offered(Setuid):
    """An analyzer of another package."""

    id = "offered"


def offer(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = importlib.metadata.EntryPoint("offered", value, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: importlib.metadata.EntryPoints([point]))


def ids(**options: tuple[str, ...]) -> list[str]:
    return [analyzer.id for analyzer in choose_analyzers(ScanOptions(**options))]  # type: ignore[arg-type]  # by name


def test_all_run_in_the_reports_order_unless_chosen() -> None:
    known = [*(analyzer.id for analyzer in BUILTIN), "secrets"]

    assert ids() == known
    assert ids(analyzers=("programs", "setuid")) == [name for name in known if name in ("programs", "setuid")]
    assert ids(skip=("setuid",)) == [name for name in known if name != "setuid"]
    assert ids(analyzers=("setuid",), skip=("setuid",)) == []
    assert ids(analyzers=()) == []


@pytest.mark.parametrize("options", [{"analyzers": ("nosuch",)}, {"skip": ("nosuch",)}])
def test_an_unknown_id_is_the_callers_error_and_the_known_are_listed(options: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(UsageError, match=r"nosuch.*setuid"):
        ids(**options)


def test_ids_are_unique_and_versions_whole() -> None:
    assert len({analyzer.id for analyzer in BUILTIN}) == len(BUILTIN)
    assert all(isinstance(analyzer.version, int) and analyzer.version > 0 for analyzer in BUILTIN)


def test_another_packages_analyzer_runs_after_the_built_in_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, f"{__name__}:Offered")

    assert ids()[-1] == "offered"
    assert ids(skip=("offered", "secrets")) == [analyzer.id for analyzer in BUILTIN]


@pytest.mark.parametrize("taken", ["setuid", "secrets"])
def test_two_of_one_id_are_the_callers_error(monkeypatch: pytest.MonkeyPatch, taken: str) -> None:
    monkeypatch.setattr(Offered, "id", taken)
    offer(monkeypatch, f"{__name__}:Offered")

    with pytest.raises(UsageError, match=f"two analyzers are called {taken}"):
        ids()


def test_who_hides_secrets_is_there_whether_or_not_their_analyzer_runs() -> None:
    without, with_it = choose_analyzers(ScanOptions(skip=("secrets",))), choose_analyzers(ScanOptions())

    assert [hider.id for hider in hiders(without)] == ["secrets"]
    assert hiders(with_it) == ()


@pytest.mark.parametrize("value", ["no.such.module:Thing", f"{__name__}:NoSuchClass"])
def test_one_that_cannot_be_loaded_is_the_callers_error_where_it_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    offer(monkeypatch, value)

    with pytest.raises(UsageError, match="offered cannot be loaded"):
        ids(analyzers=("offered",))
    assert ids()[-1] == "offered"  # there it says itself, as a problem, that it could not be loaded
