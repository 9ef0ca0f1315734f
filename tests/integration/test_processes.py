"""Layers read by an executor and by the command line's own processes: the report is the same, whatever befalls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import imgscan as library
from imgscan import ScanOptions
from imgscan.archive.blobs.location import BlobLocation
from imgscan.archive.blobs.store import DirectoryStore
from imgscan.report.json import write_json
from imgscan.survey import layers
from imgscan.testing import TarBuilder

from .made import as_folder, as_tar, image_of, oci, save
from .support import ALPINE

LAYERS = (
    TarBuilder().file("bin/su", b"su", mode=0o4755).file("etc/a", b"AWS_SECRET_ACCESS_KEY=x").file("gone", b"1"),
    TarBuilder().file("bin/ping", b"ping", mode=0o4755).file(".wh.gone", b""),
    TarBuilder().file("etc/b", b"password = 'Kd83-jfLq2-ppw9'\n"),
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

FORKED = """
import os, signal, sys
from imgscan.cli import forked, main, processes
from imgscan.survey import layers, remote_survey
signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
processes._MIN_SIZE = layers.SMALL = 0
way, pipe, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]

def die(task, progress):
    os._exit(9)

def die_between(pipe, data, send=forked._send):
    os.write(pipe, forked._LENGTH.pack(len(data)) + data[: len(data) // 2])
    os._exit(9)

def hang(task, progress):
    os.write(pipe, b"begun ")
    while True:
        progress(0)

def fork(made=[], fork=os.fork):
    if made:
        raise BlockingIOError(11, "Resource temporarily unavailable")
    made.append(1)
    return fork()

def nothing(*arguments):
    raise OSError(38, "Function not implemented")

if way == "die":
    remote_survey.survey_layer = die
elif way == "die-sending":
    forked._send = die_between
elif way == "hang":
    remote_survey.survey_layer = hang
elif way == "one":  # the second process cannot be made
    os.fork = fork
elif way == "none":
    forked.mmap = nothing
elif way == "threads":
    import threading
    threading.Thread(target=threading.Event().wait, daemon=True).start()
elif way == "slow":
    sys.modules["hyperscan"] = None
sys.exit(main.main(words))
"""


@pytest.fixture(autouse=True)
def no_layer_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "SMALL", 0)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    return save(folder / "image.tar", as_tar(oci(image_of(*(layer.build() for layer in LAYERS), pack="gzip"))))


@contextmanager
def executor_of(kind: str) -> Iterator[Executor]:
    with ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


def command(archive: Path, way: str, jobs: int = 2, pipe: int = 0) -> list[str]:
    words = ["--no-progress", "--no-cache", "-f", "json", "--jobs", str(jobs)]
    return [sys.executable, "-c", FORKED, way, str(pipe), str(archive), *words]


def run(archive: Path, way: str, jobs: int = 2) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command(archive, way, jobs), capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("kind", ["threads", "spawn"])
def test_an_executor_gives_the_same_report(archive: Path, kind: str) -> None:
    told: list[library.Progress] = []

    with executor_of(kind) as executor:
        report = library.scan(archive, ScanOptions(skip=("secrets",)), told.append, executor)

    assert write_json((report,)) == write_json((library.scan(archive, ScanOptions(skip=("secrets",))),))
    read = max(news.done for news in told if news.stage is library.Stage.READ)
    assert read == sum(layer.stored_bytes for layer in report.layers)


@linux
@pytest.mark.parametrize("way", ["as it is", "die", "die-sending", "one", "none", "threads", "slow"])
def test_processes_give_the_same_report_whatever_becomes_of_them(archive: Path, way: str) -> None:
    here = run(archive, way, jobs=1)

    forked = run(archive, way)

    assert b'"findings"' in here.stdout
    assert (b"slow-patterns" in here.stdout) == (way == "slow")
    assert (forked.returncode, forked.stdout, forked.stderr) == (here.returncode, here.stdout, here.stderr)


@linux
def test_an_interrupt_ends_the_processes(archive: Path) -> None:
    with hanging(archive) as (started, pipe):
        os.killpg(started.pid, signal.SIGINT)
        out, err = started.communicate(timeout=60)

        assert (started.returncode, out, err) == (130, b"", b"imgscan: interrupted\n")
        assert os.read(pipe, 100) == b""  # nobody holds the other end any more


@linux
def test_processes_end_with_a_parent_that_is_killed(archive: Path) -> None:
    with hanging(archive) as (started, pipe):
        started.kill()
        started.wait(60)

        assert os.read(pipe, 100) == b""


def test_small_sources_and_one_job_make_no_processes(tmp_path: Path) -> None:
    from imgscan.cli.processes import layer_processes

    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 30)

    for source, jobs in ((str(ALPINE), 0), (str(large), 1), ("-", 0), (str(tmp_path / "nothing"), 0)):
        with layer_processes(source, ScanOptions(jobs=jobs)) as executor:
            assert executor is None


@contextmanager
def hanging(archive: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Give a command whose two processes have begun their tasks, and a pipe that they hold the other end of."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb"):
        started = subprocess.Popen(
            command(archive, "hang", pipe=writing),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=(writing,),
        )
        os.close(writing)
        said = b""
        while said != b"begun begun ":
            said += os.read(reading, 1) or pytest.fail("no processes were made")
        with started:
            yield started, reading


@linux
@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_layers_that_grow_too_much_share_one_budget_whoever_reads_them(tmp_path: Path, jobs: int) -> None:
    zeros = TarBuilder().file("zeros", bytes(3 << 20)).build()
    other = TarBuilder().file("other", bytes(2 << 20)).build()
    bombs = save(tmp_path / "bombs.tar", as_tar(oci(image_of(zeros, other, pack="gzip"))))

    report = json.loads(run(bombs, "as it is", jobs).stdout)

    assert [layer["complete"] for layer in report["layers"]] == [True, True]
    assert report["coverage"]["complete"]


def test_a_source_that_another_takes_the_name_of_is_read_to_its_end(archive: Path, tmp_path: Path) -> None:
    source, other = tmp_path / "image.tar", tmp_path / "other.tar"
    source.write_bytes(archive.read_bytes())
    options = ScanOptions(skip=("secrets",))
    wanted = library.scan(source, options)

    class Replacing(ThreadPoolExecutor):
        def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
            if source.exists() and not other.exists():
                other.write_bytes(bytes(1024))
                other.replace(source)
                other.touch()
            return super().submit(task, *arguments, **named)

    with Replacing(1) as executor:
        found = library.scan(source, options, executor=executor)

    assert write_json((found,)) == write_json((wanted,))


def test_small_layers_are_read_here(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(ThreadPoolExecutor):
        def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
            raise AssertionError("asked")

    monkeypatch.setattr(layers, "SMALL", 1 << 20)
    with Refusing(1) as executor:
        report = library.scan(archive, ScanOptions(skip=("secrets",)), executor=executor)

    assert report.complete


def test_rules_that_changed_between_two_scans_are_read_again(archive: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    digests = []
    with ThreadPoolExecutor(1) as executor:
        for name in ("one", "two"):
            rules.write_text(
                f'[[rule]]\nid = "acme.{name}"\ntitle = "T"\nfind = "acme_{name}"\nexpression = "acme_{name}"\n'
            )
            report = library.scan(archive, ScanOptions(rules=(str(rules),)), executor=executor)
            digests.append(report.tool.rules_digest)

    assert digests[0] != digests[1]


def test_a_layer_of_a_folder_that_is_gone_is_a_problem_of_that_layer(archive: Path, tmp_path: Path) -> None:
    folder = as_folder(oci(image_of(*(layer.build() for layer in LAYERS))), tmp_path / "layout")
    gone = max((folder / "blobs" / "sha256").iterdir(), key=lambda blob: (blob.stat().st_size, blob.name))
    place = DirectoryStore.locate

    def vanishing(store: DirectoryStore, key: str) -> BlobLocation:
        gone.unlink(missing_ok=True)
        return place(store, key)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as executor:
        patch.setattr(DirectoryStore, "locate", vanishing)
        report = library.scan(folder, ScanOptions(skip=("secrets",)), executor=executor)

    assert sorted(layer.complete for layer in report.layers) == [False, True, True]
