from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgscan.cli.folded import read_vulnerabilities, vulnerability_files
from imgscan.errors import UsageError

from .support import parsed

TRIVY = {
    "SchemaVersion": 2,
    "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "a\u202e", "Severity": "HIGH"}]}],
}


def test_a_report_is_read_and_safe_to_show(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps(TRIVY))

    folded = read_vulnerabilities(str(tmp_path / "r.json"))

    assert [item.id for item in folded.content.items] == ["CVE-1"]
    assert folded.side().items[0].package == "a\\xe2\\x80\\xae"


def test_what_is_no_report_is_an_error_of_usage(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{}")
    with pytest.raises(UsageError, match="no report of Trivy"):
        read_vulnerabilities(str(tmp_path / "r.json"))
    with pytest.raises(UsageError):
        read_vulnerabilities(str(tmp_path / "none"))


def test_each_side_has_its_file() -> None:
    words = ("diff", "x", "y", "--vulnerabilities-a", "one", "--vulnerabilities", "b=two")

    assert vulnerability_files(parsed(*words)) == {"A": "one", "B": "two"}


@pytest.mark.parametrize("words", [("--vulnerabilities", text) for text in ("x", "c=x", "a=")])
def test_a_file_without_a_side_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="takes A=FILE or B=FILE"):
        vulnerability_files(parsed("diff", "x", "y", *words))


def test_two_files_for_one_side_are_refused() -> None:
    with pytest.raises(UsageError, match="two reports"):
        vulnerability_files(parsed("diff", "x", "y", "--vulnerabilities-a", "1", "--vulnerabilities", "A=2"))
