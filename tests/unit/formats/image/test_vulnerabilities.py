"""Reports of Trivy and Grype, and files that only look like one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgscan.errors import ManifestError
from imgscan.formats.image.vulnerabilities import parse_vulnerabilities
from imgscan.model.vulnerability import Rating, Vulnerability

TRIVY = {
    "SchemaVersion": 2,
    "ArtifactName": "app.tar",
    "Metadata": {"ImageID": "sha256:1"},
    "Results": [
        {
            "Target": "app.tar (debian 12)",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2024-1",
                    "PkgName": "curl",
                    "InstalledVersion": "7.1",
                    "FixedVersion": "7.2",
                    "Severity": "MEDIUM",
                },
                {"VulnerabilityID": "CVE-2024-2", "PkgName": "bash", "InstalledVersion": "5", "Severity": "CRITICAL"},
            ],
        },
        {"Target": "no vulnerabilities"},
    ],
}
GRYPE = {
    "matches": [
        {
            "vulnerability": {
                "id": "CVE-2024-1",
                "severity": "Negligible",
                "fix": {"versions": ["7.2", "8.0"], "state": "fixed"},
            },
            "artifact": {"name": "curl", "version": "7.1", "type": "deb"},
        },
        {
            "vulnerability": {"id": "CVE-2024-2", "severity": "High", "fix": {"versions": [], "state": "wont-fix"}},
            "artifact": {"name": "bash", "version": "5"},
        },
    ],
    "source": {"type": "image", "target": {"imageID": "sha256:2"}},
    "descriptor": {"name": "grype"},
}


def parse(document: Any) -> Any:
    return parse_vulnerabilities(json.dumps(document).encode(), "v.json")


def test_a_report_of_trivy_is_read_the_worst_first() -> None:
    found = parse(TRIVY)

    assert (found.tool, found.image_id) == ("trivy", "sha256:1")
    assert found.items == (
        Vulnerability("CVE-2024-2", "bash", "5", Rating.CRITICAL),
        Vulnerability("CVE-2024-1", "curl", "7.1", Rating.MEDIUM, "7.2"),
    )


def test_a_report_of_grype_is_read_the_worst_first() -> None:
    found = parse(GRYPE)

    assert (found.tool, found.image_id) == ("grype", "sha256:2")
    assert found.items == (
        Vulnerability("CVE-2024-2", "bash", "5", Rating.HIGH),
        Vulnerability("CVE-2024-1", "curl", "7.1", Rating.NEGLIGIBLE, "7.2, 8.0"),
    )


def test_counts_are_by_rating_and_of_the_fixable_alone() -> None:
    found = parse(TRIVY)

    assert {name: count for name, count in found.counts().items() if count} == {"CRITICAL": 1, "MEDIUM": 1}
    assert {name: count for name, count in found.counts(fixable=True).items() if count} == {"MEDIUM": 1}
    assert list(found.counts()) == ["CRITICAL", "HIGH", "MEDIUM", "LOW", "NEGLIGIBLE", "UNKNOWN"]


def test_a_report_without_vulnerabilities_has_none() -> None:
    assert parse({"SchemaVersion": 2}).items == ()
    assert parse({"SchemaVersion": 2, "Results": None}).items == ()
    assert parse({"matches": []}).items == ()


def test_a_rating_that_is_not_known_is_unknown() -> None:
    one = {"VulnerabilityID": "x", "PkgName": "y", "Severity": ["odd"]}

    (found,) = parse({"SchemaVersion": 2, "Results": [{"Vulnerabilities": [one]}]}).items

    assert (found.rating, found.version) == (Rating.UNKNOWN, "")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        "x",
        {"SchemaVersion": 1, "Results": []},
        {"SchemaVersion": 2, "Results": {}},
        {"SchemaVersion": 2, "Results": [3]},
        {"SchemaVersion": 2, "Results": [{"Vulnerabilities": "x"}]},
        {"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{}]}]},
        {"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": "x", "PkgName": None}]}]},
        {"matches": {}},
        {"matches": [3]},
        {"matches": [{"vulnerability": {}, "artifact": {}}]},
        {"matches": [{"vulnerability": [], "artifact": {}}]},
    ],
)
def test_a_report_of_another_form_is_refused_rather_than_counted_as_none(document: Any) -> None:
    with pytest.raises(ManifestError, match=r"v\.json"):
        parse(document)
