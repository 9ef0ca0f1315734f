"""The library: reports, events, opened images, analyzers of third parties, several threads."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import imgscan as library
from imgscan import (
    Content,
    Entry,
    Finding,
    ImageView,
    Interest,
    Item,
    LayerDone,
    Problem,
    Report,
    ScanOptions,
    Severity,
    UsageError,
)
from imgscan.analyzers import registry
from imgscan.model.finding import State
from imgscan.testing import TarBuilder

from .made import as_folder, as_tar, docker_old, image_of, oci, save
from .support import ALPINE, codes, imgscan

LAYERS = (
    TarBuilder()
    .directory("bin", mode=0o750)
    .file("bin/su", b"su", mode=0o4755)
    .file("bin/old", b"old", mode=0o4755)
    .symlink("sbin", "bin")
    .hardlink("bin/su2", "bin/su", mode=0o4755)
    .symlink("loop", "loop")
    .build(),
    TarBuilder().whiteout("bin/old").file("bin/new", b"new").file("bin/su", b"other", mode=0o755).build(),
    TarBuilder().file("bin/old", b"again").build(),
)
IMAGE = image_of(*LAYERS)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return save(tmp_path / "image.tar", as_tar(docker_old(IMAGE)))


# Reports and events


def test_scan_returns_a_report(archive: Path) -> None:
    report = library.scan(archive)
    assert isinstance(report, Report)
    assert report.complete
    assert report.exit_code() == 0
    assert report.exit_code(Severity.MEDIUM) == 1
    found = [item for item in report.findings if item.state is State.VISIBLE and item.analyzer == "setuid"]
    assert [finding.path for finding in found] == ["bin/su2"]
    assert report == library.scan(str(archive))


def test_events_come_layer_by_layer_then_findings_then_the_report(archive: Path) -> None:
    events = list(library.iter_scan(archive))
    kinds = [type(event) for event in events]
    assert kinds == sorted(kinds, key=[LayerDone, Finding, Problem, Report].index)
    done = [event for event in events if isinstance(event, LayerDone)]
    assert [(event.done, event.total, event.complete) for event in done] == [(1, 3, True), (2, 3, True), (3, 3, True)]
    report = events[-1]
    assert isinstance(report, Report)
    assert tuple(event for event in events if isinstance(event, Finding)) == report.findings
    assert tuple(event for event in events if isinstance(event, Problem)) == report.problems
    assert report == library.scan(archive)


def test_an_iteration_left_early_leaves_nothing_open(archive: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    events = library.iter_scan(archive)
    next(events)
    events.close()  # type: ignore[attr-defined]  # a generator, as iterators of the library are
    after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    assert after == before


def test_progress_is_told_every_stored_byte(archive: Path) -> None:
    told: list[library.Progress] = []
    library.scan(archive, progress=told.append)
    read = [news for news in told if news.stage is library.Stage.READ]
    assert read[-1] == library.Progress(library.Stage.READ, sum(map(len, LAYERS)), sum(map(len, LAYERS)), 3, 3)
    assert [news.done for news in read] == sorted(news.done for news in read)


def test_progress_of_a_compressed_archive_is_its_own_bytes() -> None:
    told: list[library.Progress] = []
    library.scan(ALPINE, progress=told.append)
    read = [news for news in told if news.stage is library.Stage.READ]
    assert {(news.done, news.total) for news in read[-1:]} == {(ALPINE.stat().st_size,) * 2}


@pytest.mark.parametrize("form", ["path", "bytes", "file", "pipe"])
def test_progress_goes_through_the_stages_in_their_order_whatever_the_source(archive: Path, form: str) -> None:
    told: list[library.Progress] = []
    data = archive.read_bytes()
    with io.BytesIO(data) as file:
        sources: dict[str, library.SourceLike] = {"path": archive, "bytes": data, "file": file, "pipe": Pipe(data)}
        source = sources[form]
        report = library.scan(source, ScanOptions(analyzers=("setuid", "programs")), told.append)
    stages = [news.stage for news in told]
    assert stages == sorted(stages, key=list(library.Stage).index)
    concluded = [(news.done, news.total) for news in told if news.stage is library.Stage.CONCLUDE]
    assert concluded == [(1, 2), (2, 2)]
    assert (told[-1].stage, told[-1].done, told[-1].layer, told[-1].layers) == (library.Stage.JUDGE, 1, 3, 3)
    (last,) = [news for news in told if news.stage is library.Stage.READ][-1:]
    assert last.total == (None if form == "pipe" else sum(map(len, LAYERS)))
    assert report.complete


def test_what_a_callback_raises_ends_the_scan(archive: Path) -> None:
    def refuse(news: library.Progress) -> None:
        raise RuntimeError("the window was closed")

    with pytest.raises(RuntimeError, match="the window was closed"):
        library.scan(archive, progress=refuse)


def test_opening_an_image_tells_the_same_progress(archive: Path) -> None:
    told: list[library.Progress] = []
    with library.open_image(archive, progress=told.append) as image:
        image.filesystem()
    assert told[-1] == library.Progress(library.Stage.READ, sum(map(len, LAYERS)), sum(map(len, LAYERS)), 3, 3)


class Pipe:
    """A file object that comes once."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)


def test_scan_all_reports_on_every_image(tmp_path: Path) -> None:
    other = image_of(LAYERS[0], references=("example.test/other:1",))
    archive = save(tmp_path / "two.tar", as_tar(docker_old(IMAGE, other)))
    reports = library.scan_all(archive)
    assert [report.image.references for report in reports] == [IMAGE.references, other.references]
    assert reports[1].layers[0].diff_id == reports[0].layers[0].diff_id


@pytest.mark.parametrize("call", [library.scan, library.scan_all, library.open_image])
def test_a_source_that_cannot_be_read_raises_an_input_error_with_its_place(call: Any, tmp_path: Path) -> None:
    with pytest.raises(library.InputError) as caught:
        call(tmp_path / "nothing.tar")
    assert caught.value.position.source == str(tmp_path / "nothing.tar")
    assert str(caught.value) == f"{tmp_path / 'nothing.tar'}: No such file or directory"


def test_nothing_is_printed(archive: Path, capfd: pytest.CaptureFixture[str]) -> None:
    library.scan(archive)
    with library.open_image(archive) as image:
        image.filesystem()
    assert capfd.readouterr() == ("", "")


def test_every_public_name_is_there() -> None:
    for name in library.__all__:
        assert getattr(library, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        library.nonesuch  # noqa: B018 (asking is the test)


# Opened images


@pytest.fixture(params=["docker-archive", "oci-archive.gz", "oci-layout"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    import gzip

    if request.param == "oci-layout":
        return as_folder(oci(IMAGE), tmp_path / "layout")
    if request.param == "docker-archive":
        return save(tmp_path / "image.tar", as_tar(docker_old(IMAGE)))
    return save(tmp_path / "image.tar.gz", gzip.compress(as_tar(oci(IMAGE))))


def test_an_opened_image_says_what_it_is(source: Path) -> None:
    with library.open_image(source) as image:
        assert image.source == str(source)
        assert image.manifest.references == IMAGE.references
        assert [layer.index for layer in image.manifest.layers] == [0, 1, 2]
        assert image.manifest.config.user == "app"


def test_a_merged_filesystem_is_walked_and_asked(source: Path) -> None:
    with library.open_image(source) as image:
        fs = image.filesystem()
        assert fs is image.filesystem()  # read once
        paths = [node.path for node in fs.walk()]
        su, old = fs.stat("/bin/su"), fs.stat("bin/old")
        assert su is not None
        assert old is not None
        assert paths == sorted(paths)
        assert paths == ["", "bin", "bin/new", "bin/old", "bin/su", "bin/su2", "loop", "sbin"]
        assert (su.entry.mode, su.layer, old.layer) == (0o755, 1, 2)
        assert fs.problems == ()


def test_links_are_read_and_resolved(source: Path) -> None:
    with library.open_image(source) as image:
        fs = image.filesystem()
        assert fs.readlink("/sbin") == "bin"
        assert fs.readlink("/bin") is None
        assert fs.readlink("/nonesuch") is None
        assert fs.resolve("/sbin/../sbin/su") == "bin/su"
        assert fs.resolve("/loop") is None
        assert fs.resolve("/nonesuch") is None
        assert fs.stat("/sbin/su") == fs.stat("/bin/su")
        link = fs.stat("/sbin", follow=False)
        assert link is not None
        assert link.entry.link_target == "bin"


def test_content_is_read_from_the_merged_filesystem_and_from_any_layer(source: Path) -> None:
    with library.open_image(source) as image:
        fs = image.filesystem()

        def content(path: str, layer: int | None = None) -> bytes:
            return b"".join(fs.open(path, layer))

        assert content("/sbin/su") == b"other"
        assert content("/bin/su2") == b"su"  # bound to what it was linked to
        assert content("bin/old") == b"again"
        assert content("/bin/old", 0) == b"old"
        assert content("/bin/su", 0) == b"su"
        assert content("/bin/su2", 0) == b"su"
        for path, layer in (("/bin", None), ("/nonesuch", None), ("/loop", None), ("/bin/new", 0), ("/bin", 0)):
            with pytest.raises(UsageError):
                content(path, layer)
        with pytest.raises(UsageError, match="no layer 3; there are 3"):
            content("/bin/su", 3)


def test_a_timeline_says_what_each_layer_did(source: Path) -> None:
    with library.open_image(source) as image:
        fs = image.filesystem()

        def steps(path: str) -> list[tuple[int, str]]:
            return [(event.layer, event.action) for event in fs.timeline(path)]

        assert steps("/bin/old") == [(0, "added"), (1, "removed"), (2, "added")]
        assert steps("bin/su") == [(0, "added"), (1, "changed")]
        assert steps("/bin/new") == [(1, "added")]
        assert steps("/nonesuch") == []


# Analyzers of third parties


class Marked:
    """Finds files called marked."""

    id = "marked"
    version = 3
    interest = Interest(names=frozenset({"marked"}), max_content_bytes=4, sha256=True)

    def observe(self, entry: Entry, content: Content) -> Iterator[dict[str, object]]:
        yield {"start": content.data.decode(), "size": content.size}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        for fact in view.facts(self):
            yield Item("marked", {"path": "/" + fact.path, **fact.data, "state": str(fact.state)})
            yield Finding(
                rule="marked.found",
                analyzer=self.id,
                severity=Severity.CRITICAL,
                message=f"starts with {fact.data['start']}",
                path=fact.path,
                state=fact.state,
                evidence={"bytes": b"\x1b", "set": {1}, "big": 1 << 70, "float": 0.5, "none": None},
            )


class RaisesOnEntries(Marked):
    """Raises while it observes."""

    id = "raises-on-entries"

    def observe(self, entry: Entry, content: Content) -> Iterator[dict[str, object]]:
        yield {"start": "", "size": 0}
        raise ValueError("secret-in-the-message")


class RaisesAtTheEnd(Marked):
    """Raises while it concludes, after one finding."""

    id = "raises-at-the-end"

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        yield Finding(rule="a.b", analyzer=self.id, severity=Severity.LOW, message="before")
        raise RuntimeError("secret-in-the-message")


class Nonsense(Marked):
    """Yields what is no finding."""

    id = "nonsense"

    def __init__(self, what: object) -> None:
        self._what = what

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        yield self._what  # type: ignore[misc]  # on purpose


class ReturnsNothing(Marked):
    """Forgets to return anything."""

    id = "returns-nothing"

    def observe(self, entry: Entry, content: Content) -> Iterable[dict[str, object]]:  # type: ignore[override]
        return None  # type: ignore[return-value]  # on purpose


def offer(monkeypatch: pytest.MonkeyPatch, *offered: object) -> None:
    """Install analyzers as other packages do, by entry points."""

    class Point(EntryPoint):
        def load(self) -> object:
            found = offered[int(self.value)]
            if isinstance(found, Exception):
                raise found
            return found

    points = [Point(f"point{number}", str(number), registry.GROUP) for number in range(len(offered))]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: points if group == registry.GROUP else [])


MARKED = (
    TarBuilder().file("marked", b"content").file("bin/su", mode=0o4755).build(),
    TarBuilder().whiteout("marked").build(),
)


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    return save(tmp_path / "image.tar", as_tar(docker_old(image_of(*MARKED))))


def test_an_analyzer_of_another_package_runs_with_the_others(marked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, Marked)
    report = imgscan(marked, "-f", "json").report
    assert report["tool"]["analyzers"]["marked"] == 3
    assert report["findings"][0]["rule"] == "marked.found"  # the gravest first
    assert report["findings"][0]["state"] == "deleted"
    assert report["findings"][0]["message"] == "starts with cont"
    assert report["inventory"]["marked"] == [{"path": "/marked", "start": "cont", "size": 7, "state": "deleted"}]
    assert {"marked.found", "setuid.suid-file"} <= {finding["rule"] for finding in report["findings"]}


def test_evidence_of_any_type_is_written_safely(marked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, Marked())
    evidence = imgscan(marked, "-f", "json", "-a", "marked").report["findings"][0]["evidence"]
    assert evidence == {"bytes": r"b'\x1b'", "set": "{1}", "big": str(1 << 70), "float": 0.5, "none": None}
    assert "marked.found" in imgscan(marked, "-v").text


def test_an_analyzer_of_another_package_is_chosen_and_left_out_by_its_id(
    marked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, Marked)
    assert list(imgscan(marked, "-f", "json", "-a", "marked").report["tool"]["analyzers"]) == ["marked"]
    assert "marked" not in imgscan(marked, "-f", "json", "--skip", "marked").report["tool"]["analyzers"]


@pytest.mark.parametrize(
    ("analyzer", "findings"),
    [
        (RaisesOnEntries, {"marked.found"}),
        (RaisesAtTheEnd, {"a.b"}),
        (ReturnsNothing, set()),
        (Nonsense("text"), set()),
        (Nonsense(None), set()),
        (Nonsense(Item("x", [])), set()),  # type: ignore[arg-type]  # on purpose
        (Nonsense(Finding(rule="x", analyzer="x", severity="HIGH", message="x")), set()),  # type: ignore[arg-type]
        (Nonsense(Finding(rule="x", analyzer="x", severity=Severity.LOW, message=1)), set()),  # type: ignore[arg-type]
    ],
    ids=lambda value: getattr(value, "id", ""),
)
def test_an_analyzer_that_raises_is_a_problem_and_the_others_go_on(
    analyzer: object, findings: set[str], marked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, analyzer)
    run = imgscan(marked, "-f", "json")
    assert run.code == 4
    assert codes(run.report) == ["analyzer"]
    problem = run.report["problems"][0]
    assert f"the analyzer {analyzer.id} raised" in problem["message"]  # type: ignore[attr-defined]  # all have one
    assert findings | {"setuid.suid-file"} <= {finding["rule"] for finding in run.report["findings"]}
    assert b"secret-in-the-message" not in run.out
    assert imgscan(marked).code == 4


def test_an_analyzer_that_cannot_be_loaded_stops_itself_alone(marked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, ImportError("no module"))
    run = imgscan(marked, "-f", "json")
    assert run.code == 4
    messages = [problem["message"] for problem in run.report["problems"]]
    assert messages == ["the analyzer point0 cannot be loaded (ImportError: no module)"]
    assert "setuid.suid-file" in {finding["rule"] for finding in run.report["findings"]}


def test_an_analyzer_that_cannot_be_loaded_is_left_out_like_any_other(
    marked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, ImportError("no module"))
    assert imgscan(marked, "--skip", "point0").code == 0
    assert imgscan(marked, "-a", "setuid").code == 0


def test_an_analyzer_that_is_asked_for_and_cannot_be_loaded_is_named(
    marked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, ImportError("no module"))
    run = imgscan(marked, "-a", "point0")
    assert run.code == 2
    assert run.err == "imgscan: the analyzer point0 cannot be loaded (ImportError: no module)\n"


def test_an_analyzer_may_not_take_the_place_of_another(marked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Marked):
        id = "setuid"

    offer(monkeypatch, Silent)
    with pytest.raises(UsageError, match="two analyzers are called setuid"):
        library.scan(marked)


# Threads


def test_several_threads_scan_at_once(archive: Path, marked: Path, tmp_path: Path) -> None:
    layout = as_folder(oci(IMAGE), tmp_path / "layout")
    sources = [archive, marked, layout, ALPINE]
    alone = [library.scan(source) for source in sources]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(library.scan, sources * 4))
    assert together == alone * 4


def test_one_opened_image_is_read_by_several_threads(archive: Path) -> None:
    with library.open_image(archive) as image, ThreadPoolExecutor(8) as pool:
        fs = image.filesystem()
        found = list(pool.map(lambda _: b"".join(fs.open("/bin/su")), range(40)))
    assert set(found) == {b"other"}


def test_options_are_no_shared_state(archive: Path) -> None:
    options = ScanOptions(analyzers=("setuid",))
    first = library.scan(archive, options)
    everything = library.scan(archive)
    assert library.scan(archive, options) == first
    assert {finding.analyzer for finding in first.findings} == {"setuid"}
    assert set(first.tool.analyzers) < set(everything.tool.analyzers)


# What a caller may do wrong


def test_nothing_is_read_by_an_image_that_was_closed(source: Path) -> None:
    with library.open_image(source) as image:
        files = image.filesystem()
        node = next(node for node in files.walk() if node.kind is library.EntryKind.FILE)
        begun = files.open(node.path)
    # The descriptor's number is now another file's.
    with Path(__file__).open("rb"):
        for read in (lambda: [*files.open(node.path)], lambda: [*begun], image.filesystem):
            with pytest.raises(UsageError, match="was closed"):
                read()


def test_a_filesystem_is_not_merged_after_its_image_was_closed(source: Path) -> None:
    image = library.open_image(source)
    image.close()
    with pytest.raises(UsageError, match="was closed"):
        image.filesystem()


def test_a_text_in_place_of_a_tuple_is_refused() -> None:
    with pytest.raises(TypeError, match="analyzers is a tuple of texts"):
        library.ScanOptions(analyzers="setuid")  # type: ignore[arg-type]  # on purpose


def test_a_selection_error_has_the_images_to_choose_from(tmp_path: Path) -> None:
    other = image_of(LAYERS[0], references=("example.test/other:1",))
    archive = save(tmp_path / "two.tar", as_tar(docker_old(IMAGE, other)))
    with pytest.raises(library.SelectionError) as caught:
        library.scan(archive)
    assert [candidate.number for candidate in caught.value.candidates] == [0, 1]
    assert all(candidate.digest for candidate in caught.value.candidates)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.candidates == caught.value.candidates


def test_what_an_analyzer_raises_is_logged_for_its_author(
    marked: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    offer(monkeypatch, RaisesAtTheEnd)
    with caplog.at_level("DEBUG", logger="imgscan"):
        library.scan(marked)
    (record,) = [record for record in caplog.records if record.exc_info is not None]
    assert record.exc_info is not None
