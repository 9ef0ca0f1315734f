"""What a process gives up: files and capabilities, here in a process that is forked for it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imgscan.cli import confine
from imgscan.cli.confine import missing

# From Python 3.12 on a fork beside other threads, those of pytest-xdist, is warned of.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
confined = pytest.mark.skipif(bool(missing()), reason="the kernel has no Landlock or no seccomp filters")


def in_process(work: Callable[[], str]) -> str:
    """Return what a forked process says; an error by its name."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = work()
        except BaseException as error:  # noqa: BLE001 (nothing of pytest's may run here)
            said = type(error).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def after(readable: list[Path], writable: list[Path], action: Callable[[], object]) -> str:
    def work() -> str:
        confine.confine([str(path) for path in readable], [str(path) for path in writable])
        return str(action())

    return in_process(work)


@confined
def test_a_file_or_a_folder_that_is_named_is_read_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("named", "other", "folder/below"):
        (tmp_path / name).write_text("text")
    named = [tmp_path / "named", tmp_path / "folder", tmp_path / "absent"]

    assert after(named, [], (tmp_path / "named").read_text) == "text"
    assert after(named, [], (tmp_path / "folder/below").read_text) == "text"
    assert after(named, [], (tmp_path / "other").read_text) == "PermissionError"
    assert after(named, [], lambda: os.listdir(tmp_path)) == "PermissionError"
    assert after(named, [], lambda: (tmp_path / "named").write_text("x")) == "PermissionError"


@confined
def test_below_a_writable_folder_files_are_made_and_replaced(tmp_path: Path) -> None:
    def replaced() -> str:
        (tmp_path / "new").write_text("1")
        (tmp_path / "new").replace(tmp_path / "old")
        return (tmp_path / "old").read_text()

    assert after([], [tmp_path], replaced) == "1"
    assert after([], [tmp_path], lambda: os.symlink("/", tmp_path / "link")) == "PermissionError"


@confined
def test_of_capabilities_reading_alone_is_left() -> None:
    status = Path("/proc/self/status")

    held = dict(re.findall(r"Cap(\w+):\s*(\w+)", after([status], [], status.read_text)))

    assert {int(held[name], 16) & ~(1 << 2) for name in ("Eff", "Prm", "Inh", "Amb")} == {0}


def test_a_system_that_is_not_linux_lacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    assert missing() == ("Linux",)


def test_what_a_kernel_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine, "_landlock_version", lambda: -1)
    monkeypatch.setattr(confine, "MACHINES", {})

    assert missing() == ("Landlock", "seccomp filters")
