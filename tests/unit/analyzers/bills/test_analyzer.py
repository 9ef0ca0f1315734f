"""Bills in an image, held against its packages."""

from __future__ import annotations

import json
from pathlib import Path

from imgscan.engine import scan
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder

STATUS = "".join(
    f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.0\n\n"
    for name in ("bash", "curl")
).encode()


def bill(*purls: str) -> bytes:
    return json.dumps(
        {"bomFormat": "CycloneDX", "components": [{"type": "library", "purl": purl} for purl in purls]}
    ).encode()


def report_on(folder: Path, *layers: dict[str, bytes]) -> Report:
    builder = ImageBuilder()
    for layer in layers:
        builder.layer({name: (0o644, data) for name, data in layer.items()})
    path = folder / "image.tar"
    path.write_bytes(builder.docker_archive())
    return scan(path)


def differences(report: Report) -> dict[str, list[str]]:
    return {item.rule: item.evidence["packages"] for item in report.findings if item.analyzer == "bills"}


def test_a_bill_that_says_what_is_there_is_listed_without_a_finding(tmp_path: Path) -> None:
    whole = bill("pkg:deb/debian/bash@1:1.0", "pkg:deb/debian/curl@1%3A1.0?arch=amd64", "pkg:golang/x@1", "pkg:odd/y@1")

    report = report_on(tmp_path, {"var/lib/dpkg/status": STATUS, "sbom.cdx.json": whole})

    assert differences(report) == {}
    (item,) = report.inventory["bills"]
    assert {name: item[name] for name in ("path", "form", "packages", "others", "absent", "layer")} == {
        "path": "/sbom.cdx.json",
        "form": "CycloneDX",
        "packages": 3,
        "others": 1,
        "absent": 0,
        "layer": 0,
    }


def test_what_is_listed_and_absent_and_what_is_not_listed_is_told(tmp_path: Path) -> None:
    wrong = bill("pkg:deb/debian/bash@2.0", "pkg:npm/left@1")

    report = report_on(tmp_path, {"var/lib/dpkg/status": STATUS, "usr/share/sbom/app.json": wrong})

    assert differences(report) == {
        "bills.listed-and-absent": ["deb bash 2.0", "npm left 1"],
        "bills.present-and-not-listed": ["deb curl"],
    }
    lines = next(item.evidence for item in report.controls if item.id == "4.12")
    assert "/usr/share/sbom/app.json: a bill (CycloneDX) of 2 packages, 2 of them not installed" in lines


def test_several_bills_list_together(tmp_path: Path) -> None:
    files = {
        "var/lib/dpkg/status": STATUS,
        "var/lib/db/sbom/bash.spdx.json": bill("pkg:deb/debian/bash@1:1.0"),
        "var/lib/db/sbom/curl.spdx.json": bill("pkg:deb/debian/curl@1:1.0"),
    }

    assert differences(report_on(tmp_path, files)) == {}


def test_types_that_no_bill_lists_are_not_missed(tmp_path: Path) -> None:
    files = {
        "var/lib/dpkg/status": STATUS,
        "sbom.json": bill("pkg:pypi/a@1"),
        "site/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n",
    }

    assert differences(report_on(tmp_path, files)) == {}


def test_a_damaged_bill_is_in_the_ledger_and_another_json_is_not(tmp_path: Path) -> None:
    files = {
        "sbom.json": b'{"bomFormat": "CycloneDX", ',
        "bom.json": b'{"name": "not a bill"}',
        "x.spdx": b"SPDXVersion: SPDX-2.3",
    }

    report = report_on(tmp_path, files)

    assert [gap.path for gap in report.coverage.skipped if gap.what == "a bill of materials"] == ["sbom.json"]
    assert "bills" not in report.inventory


def test_a_deleted_bill_says_nothing(tmp_path: Path) -> None:
    report = report_on(
        tmp_path, {"var/lib/dpkg/status": STATUS, "sbom.json": bill("pkg:npm/left@1")}, {".wh.sbom.json": b""}
    )

    assert differences(report) == {}
    assert "bills" not in report.inventory
