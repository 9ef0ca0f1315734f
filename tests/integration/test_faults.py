"""What goes wrong around a scan: disks, memory, interrupts, odd files.

Each ends with one line, the right exit code, and nothing half done.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from imgscan.cli import commands
from imgscan.testing import TarBuilder

from .made import as_tar, docker_old, image_of, save
from .support import ALPINE, child, imgscan

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = image_of(TarBuilder().file("app", b"app", mode=0o755).build())
    return save(tmp_path_factory.mktemp("faults") / "small.tar", as_tar(docker_old(image)))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of so many files that they need more than 100 MB."""
    tar = TarBuilder()
    for number in range(80_000):
        tar.file(f"srv/{number}", b"")
    return save(tmp_path_factory.mktemp("faults") / "large.tar", as_tar(docker_old(image_of(tar.build()))))


def limited(words: list[str | Path], limit: int, most: int) -> subprocess.CompletedProcess[bytes]:
    """Run the command line under a limit of the system."""
    command = [sys.executable, "-m", "imgscan", *map(str, words)]
    return subprocess.run(
        command,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(limit, (most, most)),
    )


# Outputs


@pytest.mark.parametrize("command", ["scan", "diff", "harden"])
def test_a_report_that_does_not_fit_leaves_the_old_one(command: str, small: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.write_text("old")
    words: list[str | Path] = [command, small, *([small] if command == "diff" else []), "-f", f"json={target}"]

    run = limited([*words, "--no-cache"], resource.RLIMIT_FSIZE, 100)

    assert (run.returncode, run.stderr) == (2, f"imgscan: {target} cannot be written (File too large)\n".encode())
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_of_several_reports_none_is_replaced_where_one_cannot_be_written(small: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.write_text("old")

    run = imgscan(small, "-f", f"json={first}", "-f", f"sarif={tmp_path}/none/second", "-f", "text")

    assert (run.code, run.out) == (2, b"")
    assert run.err == f"imgscan: {tmp_path}/none/second cannot be written (No such file or directory)\n"
    assert first.read_text() == "old"


def test_reports_that_fit_replace_the_old_ones(small: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.write_text("old")

    assert imgscan(small, "-f", f"json={first}", "-f", f"sarif={tmp_path}/second").code == 0

    assert first.read_text().startswith("{")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["scan", "--help"], ["rules", "list"], ["explain"]])
def test_help_that_cannot_be_written_is_an_error(words: list[str | Path]) -> None:
    run = child(words, shell="> /dev/full")

    assert (run.code, run.err) == (2, "imgscan: standard output cannot be written (No space left on device)\n")


# Files that are none


@pytest.mark.parametrize("option", ["--config", "--rules", "--baseline", "--exceptions", "--vulnerabilities"])
def test_a_fifo_is_no_file_of_settings(option: str, small: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    run = imgscan(small, option, tmp_path / "fifo")

    assert (run.code, run.err) == (2, f"imgscan: {tmp_path}/fifo: cannot be read (not a regular file)\n")


def test_a_fifo_in_the_cache_is_replaced(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert imgscan(ALPINE, "--cache", cache, "-q").code == 0
    for path in cache.iterdir():
        path.unlink()
        os.mkfifo(path)

    assert imgscan(ALPINE, "--cache", cache, "-q").code == 0

    assert cache.iterdir()
    assert all(path.is_file() for path in cache.iterdir())


@pytest.mark.parametrize("name", ["fifo", "file", "device"])
def test_what_is_no_folder_keeps_nothing(name: str, small: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "device").symlink_to("/dev/null")

    assert imgscan(small, "--cache", tmp_path / name, "-q").code == 0


def test_a_source_that_the_system_cannot_read_is_no_fault_of_the_output() -> None:
    run = imgscan("/proc/self/mem")

    assert (run.code, run.out) == (3, b"")
    assert "/proc/self/mem" in run.err
    assert "standard output" not in run.err


# Faults of imgscan


def raising(error: BaseException) -> object:
    def run(_: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyError("a secret"), 70, "internal fault, KeyError at cli/main.py"),
        (RecursionError(), 70, "internal fault, RecursionError"),
        (MemoryError(), 70, ""),
        (RuntimeError("can't start new thread"), 70, ""),
        (OSError(12, "Cannot allocate memory"), 70, "Cannot allocate memory"),
        (OSError(5, "Input/output error"), 3, "Input/output error"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_nobody_expected_is_one_line(
    error: BaseException, code: int, text: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(commands.RUN, "explain", raising(error))

    run = imgscan("explain")

    err = run.err + capfd.readouterr().err
    assert (run.code, run.out) == (code, b"")
    assert err.count("\n") == 1
    assert err.startswith("imgscan: ")
    assert text in err
    assert "a secret" not in err


# Memory


@linux
@pytest.mark.parametrize("most", [60, 75, 90, 95, 100, 105, 110, 120, 130, 160, 200])
def test_want_of_memory_is_neither_findings_nor_a_hang(most: int, large: Path) -> None:
    words: list[str | Path] = [
        large,
        "--fail-on",
        "critical",
        "-f",
        "json",
        "--no-config",
        "--no-cache",
        "--skip",
        "secrets",
    ]

    run = limited(words, resource.RLIMIT_AS, most * MEGABYTE)

    if run.returncode == 0:
        assert run.stdout
        assert not run.stderr
    else:
        assert run.returncode == 70
        assert not run.stdout
        assert run.stderr.startswith(b"imgscan: ")
        assert run.stderr.count(b"\n") == 1


@linux
def test_a_small_image_needs_little_memory(small: Path) -> None:
    run = limited([small, "-f", "json", "--no-config"], resource.RLIMIT_AS, 250 * MEGABYTE)

    assert (run.returncode, run.stderr) == (0, b"")


# Interrupts

STARTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
signal.signal(signal.SIGALRM, lambda number, frame: os.killpg(0, signal.SIGINT))
from imgscan.cli.main import main
signal.setitimer(signal.ITIMER_REAL, float(sys.argv.pop(1)))
sys.exit(main())
"""


def interrupted(after: float, words: list[str | Path]) -> subprocess.CompletedProcess[bytes]:
    """Run the command line, which interrupts itself as a terminal would."""
    command = [sys.executable, "-c", STARTED, str(after), *map(str, words), "--no-cache", "--no-config"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, start_new_session=True)


@linux
@pytest.mark.parametrize("after", [0.001, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8])
def test_an_interrupt_is_130_at_any_moment(after: float, large: Path) -> None:
    run = interrupted(after, [large, "-f", "json"])

    # The program may have ended by then, on a machine that is quick.
    assert (run.returncode, run.stderr) in ((130, b"imgscan: interrupted\n"), (0, b""))
    assert run.returncode == 0 or not run.stdout


@linux
def test_an_interrupt_leaves_the_old_report(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.write_text("old")

    run = interrupted(0.4, [large, "-f", f"json={target}"])

    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert target.read_text() == "old" or run.returncode == 0
