"""Unix's rules are not for the files of a Windows image; secrets, history, config and ports are judged as ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imgscan import ScanOptions, scan
from imgscan.analyzers.windows import UNIX, is_of_windows
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Item, Severity
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder, TarBuilder, elf

SETTINGS: dict[str, Any] = {
    "User": "ContainerUser",
    "Cmd": ["cmd"],
    "Env": ["PATH=C:\\Windows\\system32;C:\\Windows", "NODE_TLS_REJECT_UNAUTHORIZED=0"],
    "ExposedPorts": {"22/tcp": {}},
    "Healthcheck": {"Test": ["CMD", "powershell", "exit 0"]},
    "WorkingDir": "C:\\app",
    "Volumes": {"C:\\data": {}},
}


def layer(top: str = "Files/") -> TarBuilder:
    tar = TarBuilder().directory("Hives").directory(f"{top}app", mode=0o777)
    tar.file(f"{top}app/run.sh", b"#!/bin/sh\n", mode=0o4777).file(f"{top}etc/shadow", b"root::0:::::\n", mode=0o666)
    return tar.file(f"{top}bin/sh", elf(), mode=0o6755).file(f"{top}ssh/ssh_host_rsa_key", b"key", mode=0o644)


def report(path: Path, system: str = "windows", top: str = "Files/") -> Report:
    built = ImageBuilder(platform=f"{system}/amd64", settings=SETTINGS)
    built.layer(layer(top), created_by="cmd /S /C copy").step("ADD https://x.test/a C:\\a # buildkit")
    (path / "image.tar").write_bytes(built.docker_archive())
    return scan(str(path / "image.tar"), ScanOptions(skip=("secrets",)))


def said(found: Report) -> set[str]:
    return {item.analyzer for item in found.findings if item.severity > Severity.INFO}


@pytest.mark.parametrize("system", ["windows", "Windows"])
def test_nothing_of_unix_is_said_of_files_of_windows(system: str, tmp_path: Path) -> None:
    found = report(tmp_path, system)

    assert said(found).isdisjoint(UNIX)
    assert {"config.port-ssh", "config.env-risky", "history.add-url"} <= {item.rule for item in found.findings}
    assert "config.path-relative" not in {item.rule for item in found.findings}


def test_the_controls_that_rest_on_files_say_why_they_are_open(tmp_path: Path) -> None:
    controls = {item.id: item for item in report(tmp_path).controls}

    for number in ("4.1", "4.3", "4.6", "4.8", "no-shell", "no-setuid", "no-writable-directories"):
        assert controls[number].status is Status.UNKNOWN, number
        assert "of Windows are not judged" in controls[number].reason, number
    assert controls["5.8"].status is Status.WARN
    assert controls["4.9"].status is Status.WARN


def test_the_same_files_on_linux_are_judged(tmp_path: Path) -> None:
    found = report(tmp_path, "linux")

    assert {"setuid", "permissions", "programs"} <= said(found)
    assert "config.path-relative" in {item.rule for item in found.findings}


def test_a_word_in_the_config_switches_nothing_off_for_linux_folders(tmp_path: Path) -> None:
    found = report(tmp_path, "windows", top="")

    assert {"setuid", "permissions", "programs", "accounts"} <= said(found)
    assert next(item for item in found.controls if item.id == "4.8").status is Status.FAIL


def test_items_without_a_path_and_other_analyzers_stay() -> None:
    finding = Finding(rule="a.b", analyzer="a", severity=Severity.LOW, message="m", path="Files/x")

    assert is_of_windows("setuid", finding)
    assert not is_of_windows("secrets", finding)
    assert is_of_windows("programs", Item("shells", {"path": "/files/sh"}))
    assert not is_of_windows("programs", Item("shells", {"path": "/bin/sh"}))
    assert not is_of_windows("elf", Item("elf", {"files": 1}))
