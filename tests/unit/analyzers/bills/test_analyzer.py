"""Bills in an image, held against its packages."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from imgscan.engine import scan
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder
from imgscan.testing.layout import oci_archive

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


def statement(predicate: dict[str, object], kind: str = "https://spdx.dev/Document") -> bytes:
    return json.dumps(
        {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": kind, "predicate": predicate}
    ).encode()


def spdx(*purls: str) -> dict[str, object]:
    references = ([{"referenceType": "purl", "referenceLocator": purl}] for purl in purls)
    return {"spdxVersion": "SPDX-2.3", "packages": [{"name": "x", "externalRefs": item} for item in references]}


def attested(folder: Path, attestation: bytes) -> Report:
    image = ImageBuilder(attestation=attestation).layer({"var/lib/dpkg/status": (0o644, STATUS)})
    path = folder / "image.tar"
    path.write_bytes(oci_archive(image))
    return scan(path)


def test_the_bill_that_buildkit_attests_is_held_against_the_image(tmp_path: Path) -> None:
    report = attested(tmp_path, statement(spdx("pkg:deb/debian/bash@1:1.0", "pkg:deb/debian/gone@1")))

    assert differences(report) == {
        "bills.listed-and-absent": ["deb gone 1"],
        "bills.present-and-not-listed": ["deb curl"],
    }
    (item,) = report.inventory["bills"]
    assert (item["form"], item["packages"], item["absent"], item["layer"]) == ("SPDX", 2, 1, None)
    assert str(item["path"]).endswith(" (beside the image)")
    lines = next(item.evidence for item in report.controls if item.id == "4.12")
    assert any("a bill (SPDX) of 2 packages, 1 of them not installed" in line for line in lines)


@pytest.mark.parametrize(
    "content",
    [
        statement(spdx("pkg:deb/debian/bash@1:1.0", "pkg:deb/debian/curl@1:1.0")),
        statement({"Data": spdx("pkg:deb/debian/bash@1:1.0", "pkg:deb/debian/curl@1:1.0")}),
        json.dumps(
            {
                "payloadType": "application/vnd.in-toto+json",
                "payload": base64.b64encode(
                    statement(spdx("pkg:deb/debian/bash@1:1.0", "pkg:deb/debian/curl@1:1.0"))
                ).decode(),
            }
        ).encode(),
        statement(
            {
                "bomFormat": "CycloneDX",
                "components": [{"purl": f"pkg:deb/x/{name}@1:1.0"} for name in ("bash", "curl")],
            },
            "https://cyclonedx.org/bom/v1.5",
        ),
    ],
    ids=["BuildKit", "cosign", "an envelope", "CycloneDX"],
)
def test_an_attested_bill_that_says_what_is_there_gives_no_finding(tmp_path: Path, content: bytes) -> None:
    report = attested(tmp_path, content)

    assert differences(report) == {}
    assert [item["packages"] for item in report.inventory["bills"]] == [2]


def test_an_attestation_of_something_else_is_no_bill(tmp_path: Path) -> None:
    report = attested(tmp_path, statement({"buildType": "x"}, "https://slsa.dev/provenance/v0.2"))

    assert "bills" not in report.inventory
    assert [gap.what for gap in report.coverage.skipped if "beside" in gap.what] == []


@pytest.mark.parametrize(
    "content",
    [
        b"not JSON",
        statement({"other": 1}),
        json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": "no base64!"}).encode(),
        b'{"predicateType": "https://spdx.dev/Document", "predicate": 1}',
    ],
)
def test_an_attestation_that_cannot_be_read_is_in_the_ledger(tmp_path: Path, content: bytes) -> None:
    report = attested(tmp_path, content)

    assert [gap.what for gap in report.coverage.skipped if "beside" in gap.what] == ["a document beside the image"]
    assert "bills" not in report.inventory
