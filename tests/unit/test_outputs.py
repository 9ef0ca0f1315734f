from __future__ import annotations

import json
from pathlib import Path

import pytest

import imgscan
from imgscan.testing import ImageBuilder
from tests.unit.report.made import report


@pytest.fixture
def scanned(tmp_path: Path) -> imgscan.Report:
    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder().layer({"bin/su": (0o4755, b"\x7fELF")}).docker_archive())
    return imgscan.scan(path)


@pytest.mark.parametrize("form", ["text", "json", "jsonl", "sarif", "junit", "html", "markdown", "cyclonedx", "spdx"])
def test_a_report_is_written_in_each_format(form: str) -> None:
    assert imgscan.write(report(), form)


def test_several_reports_are_written_together() -> None:
    assert json.loads(imgscan.write([report(), report()]))["schema"] == "imgscan.reports/1"


def test_comparisons_and_remedies_are_written_in_theirs(scanned: imgscan.Report) -> None:
    changes = imgscan.diff(scanned, scanned)

    assert b"the same" in imgscan.write(changes, "text")
    assert json.loads(imgscan.write(changes))["schema"] == "imgscan.comparison/1"
    assert b"chmod" in imgscan.write(imgscan.hardening(scanned), "dockerfile")


@pytest.mark.parametrize("form", ["pdf", "dockerfile", ""])
def test_a_format_that_is_none_is_refused(form: str, scanned: imgscan.Report) -> None:
    with pytest.raises(imgscan.UsageError):
        imgscan.write(scanned, form)
    with pytest.raises(imgscan.UsageError):
        imgscan.write(imgscan.hardening(scanned), "sarif")


def test_a_saved_report_stands_for_the_report(tmp_path: Path, scanned: imgscan.Report) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(imgscan.write(scanned))

    saved = imgscan.read_report(path)

    assert imgscan.diff(saved, scanned).findings.new == ()
    assert imgscan.write(imgscan.hardening(saved), "dockerfile") == imgscan.write(
        imgscan.hardening(scanned), "dockerfile"
    )
    assert imgscan.read_report(path.read_bytes()).findings == saved.findings


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"schema": "imgscan.report/1"}', b"\xff"])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(imgscan.UsageError):
        imgscan.read_report(data)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(imgscan.UsageError, match=r"absent\.json"):
        imgscan.read_report(tmp_path / "absent.json")


def test_a_policy_is_read_for_the_options(tmp_path: Path) -> None:
    path = tmp_path / "imgscan.toml"
    path.write_text('[severities]\n"setuid.suid-file" = "low"\n')

    assert imgscan.load_policy(path).severities == {"setuid.suid-file": imgscan.Severity.LOW}
    path.write_text("[nonsense]\n")
    with pytest.raises(imgscan.UsageError, match="nonsense"):
        imgscan.load_policy(path)


def test_the_images_of_an_archive_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder().layer({"a": (0o644, b"")}).docker_archive())

    (image,) = imgscan.list_images(path)

    assert (image.number, image.references) == (0, ("example.test/app:1",))
    with pytest.raises(imgscan.InputError):
        imgscan.list_images(tmp_path / "absent.tar")


def test_a_finding_knows_its_fingerprint(scanned: imgscan.Report) -> None:
    written = {item["fingerprint"] for item in json.loads(imgscan.write(scanned))["findings"]}

    assert {item.fingerprint for item in scanned.findings} == written
