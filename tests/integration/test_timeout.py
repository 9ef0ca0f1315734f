"""--timeout: what was read in time is reported, and the report says what was not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import imgscan as library
from imgscan.cli.timeout import watchdog
from imgscan.model.options import ScanOptions
from imgscan.testing import TarBuilder

from .made import as_tar, docker_old, image_of, save
from .support import ALPINE, child, codes, imgscan

LONG_AGO = "0.000001"


def test_a_scan_in_time_says_nothing_of_it() -> None:
    run = imgscan(ALPINE, "-f", "json", "--no-config", "--timeout", "600")

    assert run.code == 0
    assert run.out == imgscan(ALPINE, "-f", "json", "--no-config").out


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tar = TarBuilder().file("app", b"app", mode=0o4755).file("etc/passwd", b"root:x:0:0::/:/bin/sh\n").build()
    image = image_of(tar, TarBuilder().file("b", b"b").build())
    return save(tmp_path_factory.mktemp("timeout") / "image.tar", as_tar(docker_old(image)))


def test_a_stream_out_of_time_is_refused_or_read_in_part(archive: Path) -> None:
    run = imgscan("scan", "-", "-f", "json", "--timeout", LONG_AGO, stdin=archive.read_bytes())

    assert run.code in (3, 4)
    assert "timeout" in (run.err if run.code == 3 else run.text)


def test_the_library_takes_a_timeout(archive: Path) -> None:
    report = library.scan(archive, ScanOptions(timeout=1e-6))

    assert not report.complete
    assert {"limit"} <= {problem.code for problem in report.problems}
    assert any("timeout" in problem.message for problem in report.problems)


@pytest.mark.parametrize("words", [["ls"], ["layers"], ["diff"], ["harden"]])
def test_other_commands_heed_it(words: list[str | Path], archive: Path) -> None:
    sources: list[str | Path] = [archive, archive] if words == ["diff"] else [archive]

    assert imgscan(*words, *sources, "--timeout", LONG_AGO).code == 4


def test_findings_of_a_scan_out_of_time_are_none_that_count_as_clean(archive: Path) -> None:
    run = imgscan(archive, "-f", "json", "--timeout", LONG_AGO)

    assert run.code == 4
    assert "limit" in codes(run.report)
    assert [item["status"] for item in run.report["controls"] if item["status"] == "PASS"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="timers of POSIX")
def test_a_scan_that_does_not_heed_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    monkeypatch.setattr("imgscan.cli.timeout._LEAST_GRACE", 0.001)

    with watchdog(0.001, lambda: ended.append("overdue")):
        while not ended:
            pass

    assert ended[0] == "overdue"


def test_limits_are_given_by_name(archive: Path) -> None:
    run = imgscan(archive, "-f", "json", "--limit", "layers=1")

    assert run.code == 3
    assert "an image of 2 layers, over limits.layers" in run.err
    assert imgscan("ls", archive, "--limit", "layers=1").code == 3
    assert imgscan(archive, "--limit", "layer=2").err == ("imgscan: --limit: no limit 'layer'; did you mean layers?\n")


def test_the_command_line_comes_before_the_settings(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "imgscan.toml").write_text("[limits]\nlayers = 1\n")
    words: list[str | Path] = [archive, "-q", "--config", tmp_path / "imgscan.toml"]

    assert imgscan(*words).code == 3
    assert imgscan(*words, "--limit", "layers=1000").code == 0
    assert child([archive, "-q", "--limit", "layers=1000"]).code == 0
