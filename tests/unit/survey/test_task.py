"""The survey of one layer as a task that any process can do."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import pytest

from imgscan.analyzers.registry import choose_observers
from imgscan.archive.blobs.location import BlobLocation, stamp_of
from imgscan.errors import ArchiveError, LimitError, UsageError
from imgscan.model.fact import LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.survey.survey import Surveyor
from imgscan.survey.task import LayerTask, SurveySettings, shared_surveyor, survey_layer
from imgscan.testing import TarBuilder

TAR = TarBuilder().file("bin/su", b"su", mode=0o4755).file("f", b"abc").build()
SHA256 = ("sha256", "sha256")


def task(stored: bytes, folder: Path, options: ScanOptions | None = None) -> LayerTask:
    path = folder / "archive"
    path.write_bytes(b"before" + stored + b"behind")
    place = BlobLocation(str(path), 6, len(stored), "archive:layer", stamp_of(path.stat()))
    return LayerTask(
        place,
        SHA256,
        shared_surveyor(SurveySettings.of(options or ScanOptions(analyzers=("setuid",)), choose_observers)),
    )


def test_a_task_gives_what_the_surveyor_gives_in_this_process(tmp_path: Path) -> None:
    given = task(TAR, tmp_path)

    found = survey_layer(given).facts

    assert found == Surveyor(given.shared.surveyor.observers, Limits()).survey([TAR])
    assert [entry.path for entry in found.entries] == ["bin/su", "f"]
    assert [fact.entry for fact in found.facts["setuid"]] == [0]


def test_task_and_result_can_be_sent(tmp_path: Path) -> None:
    given = task(TAR, tmp_path)

    sent = pickle.loads(pickle.dumps(given))
    result = survey_layer(sent)
    back = pickle.loads(pickle.dumps(result))

    assert sent == given
    assert isinstance(back.facts, LayerFacts)
    assert back == result
    assert result.cpu_seconds > 0


def test_read_bytes_are_told(tmp_path: Path) -> None:
    told: list[int] = []

    survey_layer(task(TAR, tmp_path), told.append)

    assert sum(told) == len(TAR)


def test_progress_that_raises_ends_the_reading(tmp_path: Path) -> None:
    def stop(_count: int) -> None:
        raise ArchiveError("reading was stopped")

    facts = survey_layer(task(TAR, tmp_path), stop).facts

    assert not facts.complete
    assert [problem.message for problem in facts.problems] == ["reading was stopped"]


def test_a_layer_that_grows_too_much_is_left_to_who_knows_the_budget(tmp_path: Path) -> None:
    stored = gzip.compress(TarBuilder().file("zeros", bytes(1 << 20)).build())

    assert survey_layer(
        task(stored, tmp_path, ScanOptions(analyzers=(), limits=Limits(layer_ratio=2000)))
    ).facts.complete
    with pytest.raises(LimitError, match="layer_ratio"):
        survey_layer(task(stored, tmp_path, ScanOptions(analyzers=(), limits=Limits(layer_ratio=100))))


def test_a_file_that_took_the_name_of_another_is_an_error(tmp_path: Path) -> None:
    given = task(TAR, tmp_path)
    path = tmp_path / "archive"
    path.rename(tmp_path / "elsewhere")
    path.write_bytes(b"before" + TAR + b"behind.")

    with pytest.raises(ArchiveError, match="another file"):
        survey_layer(given)


@pytest.mark.parametrize("kind", ["nothing", "folder", "symlink"])
def test_a_place_without_a_regular_file_is_an_error(tmp_path: Path, kind: str) -> None:
    given = task(TAR, tmp_path)
    path = tmp_path / "archive"
    path.rename(tmp_path / "elsewhere")
    if kind == "folder":
        path.mkdir()
    elif kind == "symlink":
        path.symlink_to("elsewhere")

    with pytest.raises(ArchiveError) as raised:
        survey_layer(given)

    assert raised.value.position.source == "archive:layer"


@pytest.mark.parametrize(("bound", "digests"), [(3, {"md5", "sha1", "sha256"}), (2, set())])
def test_the_limits_of_a_scan_hold_for_its_analyzers(tmp_path: Path, bound: int, digests: set[str]) -> None:
    tar = TarBuilder().file("usr/bin/f", b"#!x", mode=0o755).build()
    options = ScanOptions(analyzers=("integrity",), limits=Limits(hashed_bytes=bound))

    (fact,) = survey_layer(task(tar, tmp_path, options)).facts.facts["program-digests"]

    assert {name for name in ("md5", "sha1", "sha256") if fact.data.digests.get(name)} == digests


def test_a_file_of_rules_that_changed_since_is_not_searched_by(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    settings = SurveySettings.of(ScanOptions(analyzers=("setuid",), rules=(str(rules),)), choose_observers)

    assert settings.surveyor().observers
    rules.write_text("# other rules")
    with pytest.raises(UsageError, match="has changed"):
        settings.surveyor()
