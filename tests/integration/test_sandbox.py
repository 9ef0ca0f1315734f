"""The sandbox: what reads an image can neither write, nor use the network, nor start programs.

An analyzer is planted that tries, as a parser would that an image has taken over.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

import pytest

from imgscan.cli import confine, sandbox
from imgscan.survey.layers import SMALL
from imgscan.testing import TarBuilder

from .made import as_folder, as_tar, docker_old, image_of, oci, save
from .support import imgscan

confined = pytest.mark.skipif(bool(confine.missing()), reason="the kernel has no Landlock or no seccomp filters")

PLANTED = Path(__file__).parent / "planted.py"
METADATA = "Metadata-Version: 2.1\nName: planted\nVersion: 1\n"
POINTS = "[imgscan.analyzers]\nplanted = planted:Planted\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = image_of(TarBuilder().file("app", b"app", mode=0o755).build())
    return save(tmp_path_factory.mktemp("sandbox") / "image.tar", as_tar(docker_old(built)))


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installed distribution that offers the analyzer."""
    folder = tmp_path_factory.mktemp("plant")
    shutil.copy(PLANTED, folder)
    (folder / "planted-1.dist-info").mkdir()
    (folder / "planted-1.dist-info" / "METADATA").write_text(METADATA)
    (folder / "planted-1.dist-info" / "entry_points.txt").write_text(POINTS)
    return folder


Done: TypeAlias = subprocess.CompletedProcess[bytes]


def process(*words: str) -> Done:
    """Run the program as its users do, in a process of its own."""
    command = [sys.executable, "-m", "imgscan", *words]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False)


def run(image: Path, plant: Path, precious: Path, *words: str, **environment: str) -> Done:
    """Scan with the planted analyzer: it knows a file to change, one to read, this process, a pipe that is open."""
    secret = precious.parent / "ssh" / "id_ed25519"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("secret")
    reading, writing = os.pipe()
    known = {"PRECIOUS": precious, "SECRET": secret, "IMAGE": image, "INHERITED": writing, "OUTSIDE": os.getpid()}
    variables = {"PYTHONPATH": str(plant), **{name: str(value) for name, value in known.items()}, **environment}
    command = [sys.executable, "-m", "imgscan", str(image), "-f", "json", "--no-config", "--no-cache", *words]
    try:
        return subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
            pass_fds=(writing,),
        )
    finally:
        os.close(writing)
        left = os.read(reading, 1)
        os.close(reading)
        assert left == b"" or environment.get("IMGSCAN_SANDBOX") == "off"


def attempts(done: Done) -> list[dict[str, str]]:
    """Return what came of each attempt, for each time that all of them were tried."""
    return [item["results"] for item in json.loads(done.stdout)["inventory"]["planted"]]


REFUSED = frozenset({"EPERM", "EACCES"})
OTHERWISE = {
    "clone3": "ENOSYS",  # said not to exist
    "openat2": "ENOSYS",
    "inherited descriptor": "EBADF",  # closed
}


def assert_refused(tried: dict[str, str]) -> None:
    assert len(tried) == 52
    answers = {name: result for name, result in tried.items() if result not in REFUSED}
    assert answers == OTHERWISE


@confined
@pytest.mark.parametrize("words", [[], ["--sandbox", "require"], ["--sandbox", "auto"]])
def test_what_reads_an_image_is_refused_all_that_reading_does_not_need(
    words: list[str], image: Path, plant: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    before = precious.stat()
    content = image.read_bytes()

    done = run(image, plant, precious, *words)

    (tried,) = attempts(done)
    assert done.returncode == 0
    assert_refused(tried)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious", "ssh"]
    assert precious.read_text() == "precious"
    assert precious.stat().st_mtime_ns == before.st_mtime_ns
    assert image.read_bytes() == content


@confined
def test_a_process_for_a_layer_is_refused_the_same(image: Path, plant: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    folders = [TarBuilder().file(f"{n}/app", bytes([n]), mode=0o755).file(f"{n}/large", bytes(SMALL)) for n in range(2)]
    as_folder(oci(image_of(*(folder.build() for folder in folders))), layout)
    with (layout / "blobs" / "sha256" / ("0" * 64)).open("wb") as file:  # so large that processes are worth it
        file.truncate(65 << 20)
    precious = tmp_path / "precious"
    precious.write_text("precious")

    done = run(layout, plant, precious, "--jobs", "2", IN_LAYERS="1")

    items = json.loads(done.stdout)["inventory"]["planted"]
    assert len({item["process"] for item in items}) == len(items) == 3, done.stderr
    for tried in attempts(done):
        assert_refused(tried)


def test_without_it_the_same_is_done(image: Path, plant: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")

    done = run(image, plant, precious, "--sandbox", "off", "-a", "config")  # the planted one is not among these
    assert (done.returncode, precious.read_text()) == (0, "precious")

    harmless = ("socket", "create", "overwrite", "spawn", "read a file of the user", "signal to the parent", "clone3")
    (tried,) = attempts(run(image, plant, precious, IMGSCAN_SANDBOX="off", ONLY=",".join(harmless[:-1])))
    assert tried == dict.fromkeys(harmless[:-1], "done")


@confined
def test_what_is_left_running_is_ended_with_the_work(image: Path, plant: Path, tmp_path: Path) -> None:
    done = run(image, plant, tmp_path / "precious", ONLY="socket", DAEMON="1")  # ends when nobody has its streams open

    assert (done.returncode, attempts(done)) == (0, [{"socket": "EPERM"}])


@confined
@pytest.mark.parametrize(("signal", "name"), [(11, "SIGSEGV"), (9, "SIGKILL (out of memory, perhaps)")])
def test_a_process_that_is_ended_is_a_fault_of_one_line(
    signal: int, name: str, image: Path, plant: Path, tmp_path: Path
) -> None:
    target = tmp_path / "report"
    target.write_text("old")

    done = run(image, plant, tmp_path / "precious", "-f", f"sarif={target}", DIE=str(signal))

    assert (done.returncode, done.stdout) == (70, b"")
    told = f"imgscan: the process that reads the image was ended by {name}: nothing was reported\n"
    assert done.stderr.decode() == told
    assert target.read_text() == "old"


@confined
@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif", "html", "junit", "markdown", "cyclonedx", "spdx"])
def test_every_format_is_the_same_with_and_without(form: str, image: Path, tmp_path: Path) -> None:
    written = []
    for choice in ("require", "off"):
        target = tmp_path / choice
        done = process(str(image), "--no-config", "--sandbox", choice, "-f", f"{form}={target}")
        assert (done.returncode, done.stderr) == (0, b"")
        written.append(target.read_bytes())

    assert written[0] == written[1]


@confined
@pytest.mark.parametrize("words", ["ls IMAGE", "cat IMAGE app", "layers IMAGE", "diff IMAGE IMAGE", "harden IMAGE"])
def test_every_command_works_inside(words: str, image: Path) -> None:
    command = [str(image) if word == "IMAGE" else word for word in words.split()]

    done = [process(*command, "--sandbox", choice) for choice in ("require", "off")]

    assert (done[0].returncode, done[0].stderr) == (0, b"")
    assert done[0].stdout == done[1].stdout != b""


@confined
def test_compiled_patterns_are_kept_all_the_same(image: Path, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "cache"
    assert process(str(image), "-q", "--no-config", "--cache", str(cache), "--sandbox", "require").returncode == 0
    assert list(cache.glob("patterns-*"))


def test_a_kernel_without_it_is_told_once_or_refused(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "missing", lambda: ("Landlock",))

    warned = imgscan(image, "-q", "--sandbox", "auto")
    refused = imgscan(image, "-q", "--sandbox", "require")

    assert (warned.code, warned.err) == (
        0,
        "imgscan: no sandbox: this system lacks Landlock (--sandbox=off if that is meant)\n",
    )
    assert (refused.code, refused.err) == (2, "imgscan: --sandbox=require: this system lacks Landlock\n")
    assert imgscan(image, "-q", "--sandbox", "off").err == ""


def _without_landlock() -> None:
    """Have the kernel say to this process and what it starts that it knows no Landlock."""
    lines = ((0x20, 0, 0, 0), (0x35, 0, 2, 444), (0x35, 1, 0, 447), (0x06, 0, 0, 0x00050026), (0x06, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("=HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)
    libc.prctl(22, 2, ctypes.c_void_p(ctypes.addressof(header)), 0, 0)


@confined
@pytest.mark.parametrize(
    ("choice", "code", "said"),
    [
        ("require", 2, "imgscan: --sandbox=require: this system lacks Landlock\n"),
        ("auto", 0, "imgscan: no sandbox: this system lacks Landlock (--sandbox=off if that is meant)\n"),
        ("off", 0, ""),
    ],
)
def test_where_the_kernel_has_no_landlock_nothing_is_read_unless_it_may_be(
    choice: str, code: int, said: str, image: Path
) -> None:
    command = [sys.executable, "-m", "imgscan", str(image), "--no-config", "-f", "json", "--sandbox", choice]

    done = subprocess.run(
        command,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
        preexec_fn=_without_landlock,
    )

    assert (done.returncode, done.stderr.decode()) == (code, said)
    assert bool(done.stdout) is (code == 0)


def test_an_environment_that_makes_no_sense_is_refused(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSCAN_SANDBOX", "maybe")

    assert imgscan(image, "-q").err == "imgscan: IMGSCAN_SANDBOX takes one of auto, require, off\n"
