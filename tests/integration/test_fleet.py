"""Fleets: each unique layer is surveyed once, and reports are those of plain scans."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import imgscan
from imgscan import Cancelled, ScanOptions, Severity, UsageError
from imgscan.cli.confine import missing
from imgscan.errors import ImgscanError
from imgscan.fleet import FleetReport, scan_fleet
from imgscan.fleet.driver import FleetProgress
from imgscan.fleet.session import session_of
from imgscan.fleet.sources import all_sources
from imgscan.fleet.state import only_one
from imgscan.fleet.tasks import report_on_share, survey_layer
from imgscan.fleet.values import Claim
from imgscan.testing import ImageBuilder, TarBuilder, docker_archive, oci_archive, oci_files, write_files
from tests.unit.report.html.structure import Page

from .fleets import Here, base_layer, image, reports_of, save_fleet, unique_layers
from .support import imgscan as run_imgscan
from .test_store import PASSWORD, TOKEN, secret_image, unfolded

COUNT = 12
FORKED = ("--sandbox", "auto", "--jobs", "1")
"""Words for a process that is forked from this one, which has loaded all that it needs."""


def scanned(*sources: Path, out: Path, **settings: Any) -> FleetReport:
    return scan_fleet(sources, out, workers=settings.pop("workers", None) or Here(), **settings)


def plain(source: str) -> bytes:
    """Return the report of a plain scan."""
    return imgscan.write(imgscan.scan(source))


def assert_as_plain_scans(report: FleetReport, out: Path) -> None:
    for item in report.summary.images:
        assert (out / item.reports["json"]).read_bytes() == plain(item.source), item.source


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    save_fleet(folder, COUNT)
    return folder


def test_reports_are_those_of_plain_scans_and_each_unique_layer_is_surveyed_once(fleet: Path, tmp_path: Path) -> None:
    report = scanned(fleet, out=tmp_path)

    assert len(report.summary.images) == COUNT
    assert report.run.surveyed == unique_layers(COUNT)
    assert report.run.surveyed_again == 0
    assert report.exit_code == 0
    assert_as_plain_scans(report, tmp_path)


def test_a_second_run_skips_what_is_finished_and_says_the_same(fleet: Path, tmp_path: Path) -> None:
    first = scanned(fleet, out=tmp_path)
    before = (tmp_path / "fleet.json").read_bytes()

    second = scanned(fleet, out=tmp_path)

    assert (second.run.sources, second.run.kept) == (0, COUNT)
    assert second.summary == first.summary
    assert (tmp_path / "fleet.json").read_bytes() == before


def test_what_was_changed_lost_or_damaged_is_scanned_again_and_nothing_else(tmp_path: Path) -> None:
    changed, lost, damaged, _ = paths = save_fleet(tmp_path / "in", 4)
    out = tmp_path / "out"
    first = scanned(*paths, out=out)
    changed.write_bytes(image(7).docker_archive())
    by_source = {item.source: item for item in first.summary.images}
    (out / by_source[str(lost)].reports["json"]).unlink()
    state = next(path for path in (out / "state").rglob("*.json") if str(damaged) in path.read_text())
    state.write_bytes(state.read_bytes()[:50])

    second = scanned(*paths, out=out)

    assert (second.run.sources, second.run.kept) == (3, 1)
    assert_as_plain_scans(second, out)


def test_other_settings_report_anew_and_survey_nothing_that_they_do_not_concern(fleet: Path, tmp_path: Path) -> None:
    scanned(fleet, out=tmp_path)

    second = scanned(fleet, out=tmp_path, fail_on=Severity.HIGH)

    assert (second.run.sources, second.run.surveyed) == (COUNT, 0)
    assert second.run.hashed_bytes > 0  # what a manifest promises is held against the bytes all the same
    assert second.exit_code == 1
    assert_as_plain_scans(second, tmp_path)


def test_an_image_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    paths = save_fleet(tmp_path / "in", 3)
    (tmp_path / "in/broken.tar").write_bytes(b"\x01" * 2000)

    report = scanned(tmp_path / "in", tmp_path / "none.tar", out=tmp_path / "out")

    assert len(report.summary.images) == len(paths)
    assert [Path(item.source).name for item in report.summary.unread] == ["broken.tar", "none.tar"]
    assert report.exit_code == 3


def test_an_image_read_in_part_gives_the_exit_code_and_is_reported_as_by_a_plain_scan(tmp_path: Path) -> None:
    cut = TarBuilder().file("x", b"x" * 3000).build()[:1500]
    (tmp_path / "cut.tar").write_bytes(ImageBuilder().layer(base_layer(0)).layer(cut).docker_archive())

    report = scanned(tmp_path / "cut.tar", *save_fleet(tmp_path / "in", 2), out=tmp_path / "out")

    assert report.exit_code == 4
    assert report.run.surveyed_again == 1  # a damaged layer's facts are not kept
    assert_as_plain_scans(report, tmp_path / "out")


def test_facts_of_a_machine_with_other_libraries_are_not_taken(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scanned(fleet, out=tmp_path)
    session_of.cache_clear()
    monkeypatch.setattr("imgscan.fleet.session.facts_digest", lambda options: "0" * 64)
    (tmp_path / "state").rename(tmp_path / "gone")

    second = scanned(fleet, out=tmp_path)

    session_of.cache_clear()
    assert second.run.surveyed == unique_layers(COUNT)
    assert second.summary == first.summary


@pytest.mark.parametrize("order", [1, -1])
def test_a_forged_layer_borrows_nothing_and_takes_nothing_from_others(order: int, tmp_path: Path) -> None:
    true = ImageBuilder().layer(base_layer(1))
    layer = true.layers[0]
    hidden = TarBuilder().file("bin/evil", b"\x7fELF", mode=0o4755).build()
    lie = hidden + bytes(len(layer.blob) - len(hidden))  # of the same size, and said to have the same digest
    forged = ImageBuilder().layer(base_layer(1), blob=lie)
    paths = [tmp_path / "forged.tar", tmp_path / "true.tar", tmp_path / "true-too.tar"]
    for path, made in zip(paths, (forged, true, true), strict=True):
        path.write_bytes(made.docker_archive())

    report = scanned(*paths[::order], out=tmp_path / "out")

    assert_as_plain_scans(report, tmp_path / "out")
    complete = {Path(item.source).name: item.complete for item in report.summary.images}
    assert complete == {"forged.tar": False, "true.tar": True, "true-too.tar": True}


def test_no_secret_of_an_image_lies_in_the_folder_and_layers_with_one_are_reported_on_all_the_same(
    tmp_path: Path,
) -> None:
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.tar")
        paths[-1].write_bytes(docker_archive(secret_image().layer({f"srv/{number}": b"x"})))

    first = scanned(*paths, out=tmp_path / "out")
    second = scanned(*paths, out=tmp_path / "out", fail_on=Severity.LOW)  # reports anew

    assert second.run.kept == 0
    assert 0 < second.run.surveyed < first.run.surveyed  # those alone whose facts would quote a secret
    assert_as_plain_scans(first, tmp_path / "out")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    kept = [data for path in files for data in unfolded(path.read_bytes())]
    assert any(b"etc/environment" in data for data in kept), "nothing was looked at"
    assert [data for data in kept if TOKEN.encode() in data or PASSWORD.encode() in data] == []


def test_an_archive_that_is_compressed_as_a_whole_is_read_once_and_reported_on(tmp_path: Path) -> None:
    (tmp_path / "app.tar.gz").write_bytes(gzip.compress(image(0).docker_archive()))

    report = scanned(tmp_path / "app.tar.gz", out=tmp_path / "out")

    assert report.run.surveyed == 0
    assert report.run.surveyed_again == 0
    assert_as_plain_scans(report, tmp_path / "out")


def test_all_images_of_a_layout_are_reported_on_and_blobs_that_they_share_are_read_once(tmp_path: Path) -> None:
    images = [image(number) for number in range(1, 31, 3)]
    layout = write_files(oci_files(*images), tmp_path / "layout")
    expected = imgscan.scan_all(layout)

    report = scanned(layout, out=tmp_path / "out")

    assert report.run.hashed_bytes == 0
    assert report.run.surveyed == len({layer.digest for item in images for layer in item.layers})
    written = [(tmp_path / "out" / item.reports["json"]).read_bytes() for item in report.summary.images]
    assert written == [imgscan.write(item) for item in expected]


def test_of_images_for_several_platforms_one_can_be_chosen(tmp_path: Path) -> None:
    arm = ImageBuilder(("app:arm",), platform="linux/arm64").layer(base_layer(0))
    (tmp_path / "both.tar").write_bytes(docker_archive(image(0), arm))

    report = scanned(tmp_path / "both.tar", out=tmp_path / "out", options=ScanOptions(platform="linux/arm64"))

    assert [item.name for item in report.summary.images] == ["app:arm (linux/arm64)"]


def test_the_summary_says_which_layer_brings_what_to_how_many_images(tmp_path: Path) -> None:
    report = scanned(*save_fleet(tmp_path / "in", 8), out=tmp_path / "out")

    diff_id = image(0).layers[0].diff_id
    (layer,) = (item for item in report.summary.layers if item.diff_id == diff_id)
    assert layer.images == 4  # 0, 3, 4 and 7 have the first base
    (suid,) = (item for item in layer.findings if item.rule == "setuid.suid-file")
    assert (suid.images, suid.path) == (4, "/bin/base-0")
    assert layer.created_by == "RUN base 0"
    (command,) = (item for item in report.summary.config if item.rule == "config.no-command")
    assert command.images == 8


def test_what_an_exception_covers_is_brought_by_no_layer(tmp_path: Path) -> None:
    settings = tmp_path / "imgscan.toml"
    settings.write_text('exceptions = ["known.toml"]\n')
    (tmp_path / "known.toml").write_text('[[exception]]\nrule = "setuid.*"\nreason = "known"\nowner = "me"\n')
    options = ScanOptions(policy=imgscan.load_policy(settings))

    report = scanned(*save_fleet(tmp_path / "in", 2), out=tmp_path / "out", options=options)

    assert "setuid.suid-file" not in {item.rule for layer in report.summary.layers for item in layer.findings}


def test_the_page_links_to_every_report_and_runs_no_script(fleet: Path, tmp_path: Path) -> None:
    report = scanned(fleet, out=tmp_path, formats=("json", "html"))
    page = Page((tmp_path / "index.html").read_bytes())

    links = [link for link in page.links if not link.startswith("#")]
    assert links == [item.reports["html"] for item in report.summary.images]
    assert all((tmp_path / link).is_file() for link in links)
    assert page.raw["script"] == []
    assert [fault for fault in page.faults if not fault.startswith("link")] == []


def test_sources_of_one_name_and_odd_ones_have_reports_of_their_own_in_the_folder(tmp_path: Path) -> None:
    names = ("a/app.tar", "b/app.tar", "app..tar", "-rf", "\x1b[31m.tar", "\udcff.tar", "<script>.tar", "x" * 200)
    paths = [tmp_path / "in" / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image(0).docker_archive())
    out = tmp_path / "out"

    report = scanned(tmp_path / "in", out=out)

    files = [path.relative_to(out) for path in reports_of(out)]
    assert len(files) == len(report.summary.images) == len(names)
    assert all(part.isascii() and part[0] not in "-." for path in files for part in path.parts)
    page = Page((out / "index.html").read_bytes())
    assert [fault for fault in page.faults if not fault.startswith("link")] == []


def test_an_image_that_is_named_twice_or_linked_to_is_scanned_once(tmp_path: Path) -> None:
    (path,) = save_fleet(tmp_path / "in", 1)
    (tmp_path / "link.tar").symlink_to(path)

    report = scanned(path, path, tmp_path / "link.tar", tmp_path / "in", out=tmp_path / "out")

    assert len(report.summary.images) == 1


def test_every_format_can_be_had_of_each_image(tmp_path: Path) -> None:
    (path,) = save_fleet(tmp_path / "in", 1)
    formats = ("text", "json", "jsonl", "sarif", "junit", "codequality", "html", "markdown", "cyclonedx", "spdx")

    report = scanned(path, out=tmp_path / "out", formats=formats)

    (item,) = report.summary.images
    assert tuple(item.reports) == formats
    assert len({os.path.splitext(name)[0] + os.path.splitext(name)[1] for name in item.reports.values()}) == len(
        formats
    )


def test_details_are_in_the_reports_and_what_is_left_out_of_them_still_fails(tmp_path: Path) -> None:
    (path,) = save_fleet(tmp_path / "in", 1)
    settings: dict[str, Any] = {"date": "2026-12-01", "details": {"ticket": "A-1"}, "least": Severity.CRITICAL}

    report = scanned(path, out=tmp_path / "out", fail_on=Severity.MEDIUM, **settings)

    (item,) = report.summary.images
    document = json.loads((tmp_path / "out" / item.reports["json"]).read_bytes())
    assert "A-1" in json.dumps(document)
    assert {row["severity"] for row in document["findings"]} <= {"CRITICAL"}
    assert report.exit_code == 1


# How it is run


class Counting(Here):
    """Keeps what it was given, and how many tasks waited at most."""

    def __init__(self) -> None:
        self.slots = 2
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self.most = 0
        self.tasks: list[tuple[str, Any]] = []

    def submit(self, key: str, function: Any, /, *arguments: Any) -> Future[Any]:  # type: ignore[override]
        future: Future[Any] = Future()
        self.waiting.append((future, function, arguments))
        self.tasks.append((function.__name__, arguments[1:]))
        self.most = max(self.most, len(self.waiting))
        return future

    def wait(self, seconds: float | None) -> None:
        """Do the last one: whatever the order, the outcome is the same."""
        future, function, arguments = self.waiting.pop()
        future.set_result(function(*arguments))

    def renew(self) -> bool:
        return True

    def close(self) -> None:
        assert self.waiting == []


class Crew:
    """Counting as workers, not as an executor."""

    def __init__(self) -> None:
        self.inner = Counting()
        self.slots = 2

    def submit(self, key: str, function: Any, /, *arguments: Any) -> Future[Any]:
        return self.inner.submit(key, function, *arguments)

    def wait(self, seconds: float | None) -> None:
        self.inner.wait(seconds)

    def renew(self) -> bool:
        return True

    def close(self) -> None:
        self.inner.close()


def test_few_tasks_are_handed_in_at_a_time_and_sources_are_taken_as_they_are_needed(
    fleet: Path, tmp_path: Path
) -> None:
    crew = Crew()
    taken: list[str] = []
    ahead: list[int] = []

    def sources() -> Any:
        for source in all_sources(iter([str(fleet)])):
            taken.append(source)
            yield source

    report = scan_fleet(
        sources(),
        tmp_path,
        workers=crew,
        progress=lambda at: ahead.append(len(taken) - at.done),
    )

    assert len(report.summary.images) == COUNT
    assert crew.inner.most <= 2 * crew.slots
    assert max(ahead) <= 4 * crew.slots + 1


def test_in_whatever_order_tasks_are_done_the_summary_is_the_same(fleet: Path, tmp_path: Path) -> None:
    last_first = scanned(fleet, out=tmp_path / "a", workers=Crew())
    first_first = scanned(fleet, out=tmp_path / "b")

    assert last_first.summary == first_first.summary
    assert last_first.run.surveyed == first_first.run.surveyed == unique_layers(COUNT)


class Breaking(Crew):
    """Loses what runs a task, and all beside it, as a pool does: when a task of a source first comes, or always."""

    def __init__(self, breaks: Callable[[str, tuple[Any, ...]], bool], times: int) -> None:
        super().__init__()
        self.breaks = breaks
        self.times = times
        self.renewed = 0
        self.broken = False

    def submit(self, key: str, function: Any, /, *arguments: Any) -> Future[Any]:
        if self.broken:
            raise BrokenExecutor("broken")
        return super().submit(key, function, *arguments)

    def wait(self, seconds: float | None) -> None:
        future, function, arguments = self.inner.waiting.pop()
        if self.times and self.breaks(function.__name__, arguments):
            self.times -= 1
            self.broken = True
            lost = [future, *(item[0] for item in self.inner.waiting)]
            self.inner.waiting.clear()
            for item in lost:
                item.set_exception(BrokenExecutor("lost"))
        else:
            future.set_result(function(*arguments))

    def renew(self) -> bool:
        self.renewed += 1
        self.broken = False
        return True


@pytest.mark.parametrize("task", [survey_layer.__name__, report_on_share.__name__, "plan_source"])
def test_nothing_is_lost_where_a_process_is(task: str, fleet: Path, tmp_path: Path) -> None:
    lost: set[str] = set()

    def breaks(name: str, arguments: tuple[Any, ...]) -> bool:
        first = name == task and arguments[1] not in lost
        lost.add(arguments[1] if name == task else "")
        return first

    crew = Breaking(breaks, times=3)

    report = scanned(fleet, out=tmp_path, workers=crew)

    assert crew.renewed == 3
    assert len(report.summary.images) == COUNT
    assert report.summary.unread == ()
    assert report.run.surveyed == unique_layers(COUNT)


@pytest.mark.parametrize("task", [survey_layer.__name__, report_on_share.__name__, "plan_source"])
def test_an_image_that_ends_every_process_that_reads_it_costs_itself_alone(
    task: str, fleet: Path, tmp_path: Path
) -> None:
    bad = str(fleet / "app-5.tar")
    crew = Breaking(lambda name, arguments: name == task and arguments[1] == bad, times=1000)

    report = scanned(fleet, out=tmp_path, workers=crew)

    assert len(report.summary.images) == COUNT - 1
    (unread,) = report.summary.unread
    assert unread.source == bad
    assert "was lost" in unread.reason


def test_workers_that_are_gone_for_good_end_the_run_and_another_goes_on(fleet: Path, tmp_path: Path) -> None:
    crew = Breaking(lambda name, _: name == report_on_share.__name__ and len(list(reports_of(tmp_path))) > 3, times=1)
    crew.renew = lambda: False  # type: ignore[method-assign]

    with pytest.raises(ImgscanError, match="another run goes on"):
        scanned(fleet, out=tmp_path, workers=crew)
    report = scanned(fleet, out=tmp_path)

    assert report.run.kept > 0
    assert report.run.kept + report.run.sources == COUNT
    assert_as_plain_scans(report, tmp_path)


def test_workers_that_take_no_task_at_all_are_not_waited_for(fleet: Path, tmp_path: Path) -> None:
    crew = Breaking(lambda *_: False, times=0)

    def refuse(key: str, function: Any, /, *arguments: Any) -> Future[Any]:
        raise RuntimeError("no more processes")

    crew.submit = refuse  # type: ignore[method-assign]
    with pytest.raises(ImgscanError, match="the workers are gone"):
        scanned(fleet, out=tmp_path, workers=crew)


def test_a_run_can_be_cancelled_and_what_is_finished_stays_so(fleet: Path, tmp_path: Path) -> None:
    cancel = Event()

    def progress(at: FleetProgress) -> None:
        if at.images >= 3:
            cancel.set()

    with pytest.raises(Cancelled):
        scanned(fleet, out=tmp_path, progress=progress, cancel=cancel)
    assert not (tmp_path / "fleet.json").exists()

    assert scanned(fleet, out=tmp_path).run.kept >= 3


def test_two_runs_do_not_write_into_one_folder(fleet: Path, tmp_path: Path) -> None:
    with only_one(str(tmp_path)), pytest.raises(UsageError, match="another run"):
        scanned(fleet, out=tmp_path)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (ScanOptions(image="app:1"), "cannot be chosen for a whole fleet"),
        (ScanOptions(analyzers=("none",)), "no analyzer none"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_read(
    options: ScanOptions, text: str, fleet: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=text):
        scanned(fleet, out=tmp_path, options=options)
    with pytest.raises(UsageError, match="no format"):
        scanned(fleet, out=tmp_path, formats=("none",))


def test_an_error_of_nobody_s_expecting_costs_one_image(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imgscan.engine.conclude import report_on as real

    def raising(archive: Any, *rest: Any) -> Any:
        if archive.source.endswith("app-2.tar"):
            raise ZeroDivisionError("odd")
        return real(archive, *rest)

    monkeypatch.setattr("imgscan.fleet.tasks.report_on", raising)
    report = scanned(fleet, out=tmp_path)

    assert [item.reason for item in report.summary.unread] == ["ZeroDivisionError: odd"]
    assert len(report.summary.images) == COUNT - 1


# The command line


@pytest.mark.skipif(bool(missing()), reason="this system lacks what the sandbox needs")
def test_the_command_line_writes_reports_by_confined_processes_and_tells_the_outcome(
    fleet: Path, tmp_path: Path
) -> None:
    run = run_imgscan("fleet", fleet, "--out", tmp_path, "--fail-on", "high", "--sandbox", "require")

    assert run.code == 1
    assert run.text.startswith(f"FLEET ({COUNT} images)\n")
    assert len(list(reports_of(tmp_path))) == COUNT


def test_a_list_names_images_relative_to_itself(tmp_path: Path) -> None:
    save_fleet(tmp_path / "in", 2)
    (tmp_path / "list.txt").write_text("# all\nin/app-0.tar\n\nin/app-1.tar\nin/none.tar\n")

    run = run_imgscan("fleet", tmp_path / "list.txt", "--out", tmp_path / "out", "--jobs", "1")

    assert run.code == 3
    assert "2 images, 1 not read" in run.text
    assert "none.tar: No such file or directory" in run.err


def test_standard_input_is_refused_since_one_process_alone_could_read_it(tmp_path: Path) -> None:
    run = run_imgscan("fleet", "-", "--out", tmp_path)

    assert run.code == 2
    assert "name files, folders or addresses" in run.err


def test_quiet_tells_nothing(tmp_path: Path) -> None:
    run = run_imgscan("fleet", *save_fleet(tmp_path / "in", 1), "--out", tmp_path / "out", "-q", *FORKED)

    assert (run.code, run.out, run.err) == (0, b"", "")


def test_where_none_can_be_read_that_is_told(tmp_path: Path) -> None:
    run = run_imgscan("fleet", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out")

    assert run.code == 3
    assert run.out == b""
    assert run.err.endswith("imgscan: none of 2 images could be read\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--engine", "ray"), "--engine takes local, dask or dask:ADDRESS"),
        (("--engine", "local:x"), "--engine takes local, dask or dask:ADDRESS"),
        (("-f", "json=x"), "-f names a format"),
        (("-f", "none"), "no format none"),
        (("--store", "off"), "a fleet keeps the facts on its layers in --out"),
        (("--engine", "dask:tcp://127.0.0.1:1", "--sandbox", "require"), "not confined"),
    ],
)
def test_words_that_make_no_sense_are_refused(words: tuple[str, ...], text: str, fleet: Path, tmp_path: Path) -> None:
    run = run_imgscan("fleet", fleet, "--out", tmp_path, *words)

    assert run.code == 2
    assert text in run.err


def test_claims_are_digest_and_size() -> None:
    assert Claim("sha256:a", 1) != Claim("sha256:a", 2)


def test_an_archive_in_two_forms_shares_no_stored_layer_and_both_are_reported_on(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(image(1).docker_archive())
    (tmp_path / "b.tar").write_bytes(oci_archive(image(1)))

    report = scanned(tmp_path / "a.tar", tmp_path / "b.tar", out=tmp_path / "out")

    assert_as_plain_scans(report, tmp_path / "out")
