"""Layers read by an executor and by the command line's own processes: the report is the same, whatever befalls them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest

import imgscan as library
from imgscan import ScanOptions
from imgscan.report.json import write_json
from imgscan.testing import TarBuilder

from .made import as_tar, image_of, oci, save
from .support import ALPINE, imgscan

LAYERS = (
    TarBuilder().file("bin/su", b"su", mode=0o4755).file("etc/a", b"AWS_SECRET_ACCESS_KEY=x").file("gone", b"1"),
    TarBuilder().file("bin/ping", b"ping", mode=0o4755).file(".wh.gone", b""),
    TarBuilder().file("etc/b", b"password = 'Kd83-jfLq2-ppw9'\n"),
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

FORKED = """
import os, signal, sys
from imgscan.cli import forked, main, processes
signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
processes._LEAST = 0
if "--kill" in sys.argv:
    sys.argv.remove("--kill")
    forked._run = lambda *_arguments, **_named: os._exit(9)
if "--hang" in sys.argv:
    at = sys.argv.index("--hang")
    pipe = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    def _run(task, *_arguments, **_named):
        os.write(pipe, b"begun ")
        signal.pause()
    forked._run = _run
if "--one" in sys.argv:  # the second process cannot be made
    sys.argv.remove("--one")
    def fork(made=[], fork=os.fork):
        if made:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        made.append(1)
        return fork()
    os.fork = fork
if "--none" in sys.argv:
    sys.argv.remove("--none")
    import multiprocessing.context
    def value(*_arguments):
        raise OSError(38, "Function not implemented")
    multiprocessing.context.BaseContext.RawArray = value
if "--threads" in sys.argv:
    sys.argv.remove("--threads")
    import threading
    threading.Thread(target=threading.Event().wait, daemon=True).start()
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    return save(folder / "image.tar", as_tar(oci(image_of(*(layer.build() for layer in LAYERS), pack="gzip"))))


@contextmanager
def executor_of(kind: str) -> Iterator[Executor]:
    with ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


def command(archive: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", FORKED, str(archive), "-q", "-f", "json", *words]


@pytest.mark.parametrize("kind", ["threads", "spawn"])
def test_an_executor_gives_the_same_report(archive: Path, kind: str) -> None:
    told: list[int] = []

    with executor_of(kind) as executor:
        report = library.scan(archive, ScanOptions(skip=("secrets",)), told.append, executor)

    assert write_json((report,)) == write_json((library.scan(archive, ScanOptions(skip=("secrets",))),))
    assert sum(told) == sum(layer.stored_bytes for layer in report.layers)


@linux
def test_the_command_lines_processes_give_the_same_report(archive: Path) -> None:
    here = imgscan(archive, "-q", "-f", "json", "--jobs", "1")

    forked = subprocess.run(command(archive, "--jobs", "2"), capture_output=True, timeout=120, check=False)

    assert (forked.returncode, forked.stderr) == (here.code, b"")
    assert forked.stdout == here.out


@linux
@pytest.mark.parametrize("way", ["--kill", "--threads", "--one", "--none"])
def test_what_processes_do_not_do_is_done_here(archive: Path, way: str) -> None:
    here = imgscan(archive, "-q", "-f", "json", "--jobs", "1")

    forked = subprocess.run(command(archive, "--jobs", "2", way), capture_output=True, timeout=120, check=False)

    assert (forked.returncode, forked.stderr) == (here.code, b"")
    assert forked.stdout == here.out


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
            command(archive, "--jobs", "2", "--hang", str(writing)),
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
