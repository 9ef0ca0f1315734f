from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from imgscan.cli.db import database_file, database_of, is_advisory
from imgscan.cli.main import main
from imgscan.errors import UsageError
from imgscan.testing import ImageBuilder
from tests.unit.advisories.made import record

CVSS = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
PACKAGE = "usr/lib/node_modules/left/package.json"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an image, advisories, and a data folder of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("IMGSCAN_DB", raising=False)
    image = ImageBuilder().layer({PACKAGE: (0o644, b'{"name": "left", "version": "1.0.0"}')})
    (tmp_path / "image.tar").write_bytes(image.docker_archive())
    document = record("GHSA-1", "npm", "left", "2.0.0", aliases=["CVE-2026-1"], severity=CVSS, summary="a flaw")
    (tmp_path / "GHSA-1.json").write_text(json.dumps(document))
    return tmp_path


def scanned(folder: Path, capsysbinary: pytest.CaptureFixture[bytes], *options: str) -> tuple[int, dict[str, object]]:
    code = main(["scan", str(folder / "image.tar"), "-f", "json", *options])
    return code, json.loads(capsysbinary.readouterr().out)


def test_an_import_is_used_by_the_scans_that_follow(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    before = scanned(folder, capsysbinary)
    assert main(["db", "import", str(folder / "GHSA-1.json")]) == 0
    assert b"1 new" in capsysbinary.readouterr().out
    code, report = scanned(folder, capsysbinary, "--fail-on", "critical")

    assert before[1]["vulnerabilities"] is None
    known = report["vulnerabilities"]
    assert isinstance(known, dict)
    assert [(item["id"], item["fixed_in"], item["layer"]) for item in known["items"]] == [("CVE-2026-1", "2.0.0", 0)]
    assert code == 1
    findings = report["findings"]
    assert isinstance(findings, list)
    assert [item["path"] for item in findings if item["rule"] == "vulnerabilities.fixable"] == ["/" + PACKAGE]
    assert scanned(folder, capsysbinary, "--no-db")[1]["vulnerabilities"] is None


def test_the_database_is_told_and_checked(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["db", "import", str(folder / "GHSA-1.json"), "--db", str(folder / "own.db")])
    capsysbinary.readouterr()

    assert main(["db", "info", "--db", str(folder / "own.db")]) == 0
    assert b"OSV npm" in capsysbinary.readouterr().out
    assert main(["db", "--db", str(folder / "own.db"), "check"]) == 0
    assert b"sound" in capsysbinary.readouterr().out
    assert not (folder / "data").exists()


def test_what_cannot_be_imported_leaves_the_database(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["db", "import", str(folder / "GHSA-1.json")])
    path = Path(database_file() or "")
    before = path.read_bytes()
    (folder / "bad.json").write_text('{"id": "X", "affected": 7}')

    assert main(["db", "import", str(folder / "bad.json")]) == 2

    assert b"bad.json" in capsysbinary.readouterr().err
    assert path.read_bytes() == before


def test_without_a_database_each_action_says_so(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    for arguments in (["db"], ["db", "check"], ["explain", "CVE-2026-1"]):
        assert main(arguments) == 2
        assert b"imgscan db import" in capsysbinary.readouterr().err


def test_a_vulnerability_is_explained(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["db", "import", str(folder / "GHSA-1.json")])
    capsysbinary.readouterr()

    assert main(["explain", "CVE-2026-1"]) == 0
    text = capsysbinary.readouterr().out.decode()
    assert text.startswith("CVE-2026-1 (GHSA-1)\na flaw\n")
    assert "fixed in 2.0.0" in text
    assert main(["explain", "CVE-2026-2"]) == 2
    assert b"says nothing of CVE-2026-2" in capsysbinary.readouterr().err


def test_exceptions_vex_and_missing_fixes_take_vulnerabilities_out(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "more.json").write_text(json.dumps(record("CVE-2026-9", "npm", "left", None)))
    main(["db", "import", str(folder / "GHSA-1.json"), str(folder / "more.json")])
    vex = {
        "statements": [{"vulnerability": {"name": "GHSA-1"}, "status": "not_affected", "impact_statement": "unused"}]
    }
    (folder / "vex.json").write_text(json.dumps(vex))
    (folder / "exceptions.toml").write_text(
        '[[exception]]\nrule = "vulnerabilities.CVE-2026-1"\nreason = "not reached"\nowner = "ops"\n'
    )
    capsysbinary.readouterr()

    for option, reason in (
        (("--vex", str(folder / "vex.json")), "not affected: unused"),
        (("--exceptions", str(folder / "exceptions.toml")), "not reached (ops)"),
    ):
        known = scanned(folder, capsysbinary, *option)[1]["vulnerabilities"]
        assert isinstance(known, dict)
        assert [item["id"] for item in known["items"]] == ["CVE-2026-9"]
        assert [(item["id"], item["reason"]) for item in known["excused"]] == [("CVE-2026-1", reason)]
    known = scanned(folder, capsysbinary, "--ignore-unfixed")[1]["vulnerabilities"]
    assert isinstance(known, dict)
    assert [item["id"] for item in known["items"]] == ["CVE-2026-1"]
    assert known["unfixed_left_out"] == 1


def test_a_database_that_is_named_must_be_there(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["scan", str(folder / "image.tar"), "--db", str(folder / "absent.db")]) == 2
    assert b"absent.db: no such database" in capsysbinary.readouterr().err
    with pytest.raises(UsageError):
        database_of(argparse.Namespace(db=None, no_db=False), {"IMGSCAN_DB": str(folder / "absent.db")})
    assert database_of(argparse.Namespace(db=None, no_db=False), {}) is None


@pytest.mark.parametrize("name", ["CVE-2024-3094", "GHSA-x84v-xcm2-53pg", "PYSEC-2018-28", "ALSA-2025:10073"])
def test_ids_of_advisories_are_known_by_their_form(name: str) -> None:
    assert is_advisory(name)


@pytest.mark.parametrize("name", ["4.8", "setuid.suid-file", "secrets", "non-root-user", "vulnerabilities.fixable"])
def test_rules_and_controls_are_no_advisories(name: str) -> None:
    assert not is_advisory(name)
