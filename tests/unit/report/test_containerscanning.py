from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from imgscan.model.vulnerability import Rating, Vulnerabilities, Vulnerability
from imgscan.report.containerscanning import write
from imgscan.report.document import Report
from imgscan.report.summary import Unread
from imgscan.report.writers import Style

from .made import EVERYTHING, report

LISTED = (
    Vulnerability("CVE-2024-1", "openssl", "3.0", Rating.CRITICAL, "3.1", aliases=("GHSA-x-y",), exploited=True),
    Vulnerability("ALSA-2024:1", "zlib", "1.2", Rating.UNKNOWN, note="no DSA"),
)


def known(**changes: Any) -> Report:
    items = Vulnerabilities(tool="imgscan", items=LISTED, **changes)
    alpine = {"id": "alpine", "version_id": "3.19"}
    return replace(report(inventory={"release": (alpine,)}), vulnerabilities=items)


def document(*reports: Report, style: Style | None = None) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(write(reports, style or Style()))
    return result


def messages(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["level"], item["value"]) for item in found["scan"].get("messages", [])]


def test_a_vulnerability_has_its_package_names_severity_and_solution() -> None:
    first, second = document(known())["vulnerabilities"]

    assert (first["severity"], second["severity"]) == ("Critical", "Unknown")
    assert first["location"]["dependency"] == {"package": {"name": "openssl"}, "version": "3.0"}
    assert first["location"]["operating_system"] == "alpine 3.19"
    assert [item["type"] for item in first["identifiers"]] == ["cve", "ghsa"]
    assert second["identifiers"] == [{"type": "alsa", "name": "ALSA-2024:1", "value": "ALSA-2024:1"}]
    assert first["solution"] == "Update openssl to 3.1 or later"
    assert "solution" not in second
    assert first["description"].endswith("; known to be exploited")
    assert second["description"].endswith("; no DSA")
    assert first["id"] != second["id"]


def test_the_scan_has_what_the_schema_asks_for() -> None:
    found = document(known())

    assert found["version"] == "15.0.7"
    scan = found["scan"]
    assert (scan["type"], scan["status"]) == ("container_scanning", "success")
    assert scan["analyzer"] == scan["scanner"]
    assert set(scan["scanner"]) == {"id", "name", "version", "vendor"}
    assert len(scan["start_time"]) == len("2024-01-01T00:00:00")
    assert found["remediations"] == []


def test_the_date_of_the_report_is_the_time_of_the_scan() -> None:
    assert document(replace(known(), date="2026-11-30"))["scan"]["end_time"] == "2026-11-30T00:00:00"


def test_without_a_database_the_empty_list_is_said_to_mean_nothing() -> None:
    found = document(replace(EVERYTHING, vulnerabilities=None))

    assert found["vulnerabilities"] == []
    assert ("warn", True) in [(level, "no database of advisories" in text) for level, text in messages(found)]
    assert messages(document(known())) == []


def test_vulnerabilities_of_another_image_are_left_out_and_told() -> None:
    found = document(known(image_id="sha256:" + "d" * 64))

    assert found["vulnerabilities"] == []
    assert "about another image" in messages(found)[0][1]


def test_what_was_not_read_is_a_failure() -> None:
    part = replace(known(), coverage=replace(known().coverage, complete=False))

    assert document(part)["scan"]["status"] == "failure"
    assert messages(document(part))[0][0] == "fatal"
    unread = document(known(), style=Style(unread=(Unread("b.tar", "no tar\x1b[31m"),)))
    assert unread["scan"]["status"] == "failure"
    assert messages(unread) == [("fatal", "b.tar: no tar\\x1b[31m")]


def test_ids_are_of_one_images_name_alone() -> None:
    first = document(known())["vulnerabilities"][0]["id"]
    renamed = replace(known(), image=replace(known().image, references=("example.test/other:1",)))

    assert document(known())["vulnerabilities"][0]["id"] == first
    assert document(renamed)["vulnerabilities"][0]["id"] != first
