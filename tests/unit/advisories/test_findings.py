from __future__ import annotations

from imgscan.advisories.findings import findings_of
from imgscan.model.finding import Severity, State
from imgscan.model.image import Descriptor, LayerRef
from imgscan.model.vulnerability import Rating, Vulnerability

LAYERS = (
    LayerRef(
        index=0,
        blob="0",
        descriptor=Descriptor(media_type="", digest="", size=0),
        diff_id="sha256:0",
        created_by="COPY . .",
    ),
)


def vulnerability(identifier: str, package: str = "openssl", **more: object) -> Vulnerability:
    given = {"version": "1", "rating": Rating.HIGH, "fixed_in": "2", "layer": 0, "path": "/var/lib/dpkg/status", **more}
    return Vulnerability(id=identifier, package=package, **given)  # type: ignore[arg-type]  # by name


def test_a_package_is_one_finding_with_layer_and_instruction() -> None:
    (finding,) = findings_of([vulnerability("CVE-1"), vulnerability("CVE-2", rating=Rating.LOW, fixed_in="3")], LAYERS)

    assert finding.rule == "vulnerabilities.fixable"
    assert finding.severity is Severity.HIGH
    assert finding.message == "openssl 1 has 2 known vulnerabilities, the worst of them CVE-1"
    assert finding.layer is not None
    assert (finding.layer.index, finding.layer.created_by) == (0, "COPY . .")
    assert finding.path == "var/lib/dpkg/status"
    assert [item["fixed_in"] for item in finding.evidence["vulnerabilities"]] == ["2", "3"]


def test_each_kind_has_its_rule() -> None:
    findings = findings_of(
        [
            vulnerability("CVE-1", exploited=True, rating=Rating.CRITICAL),
            vulnerability("CVE-2", fixed_in=""),
            vulnerability("CVE-3", deleted=True),
            vulnerability("CVE-4", "bash"),
        ],
        LAYERS,
    )

    assert [(item.rule.partition(".")[2], item.severity.name, item.state) for item in findings] == [
        ("exploited", "CRITICAL", State.VISIBLE),
        ("unfixed", "HIGH", State.VISIBLE),
        ("lower-layer", "INFO", State.DELETED),
        ("fixable", "HIGH", State.VISIBLE),
    ]


def test_what_nobody_rated_counts_as_medium() -> None:
    (finding,) = findings_of([vulnerability("CVE-1", rating=Rating.UNKNOWN)], LAYERS)

    assert finding.severity is Severity.MEDIUM
    assert finding.remediation == "update openssl to 2 or later"


def test_one_fix_that_mends_not_all_is_no_remedy_for_all() -> None:
    (finding,) = findings_of([vulnerability("CVE-1"), vulnerability("CVE-2", fixed_in="3")], LAYERS)

    assert finding.remediation == "update openssl to the newest version: 2 versions mend one or more of them"
    assert next(findings_of([vulnerability("CVE-1", fixed_in="")], ())).remediation == ""


def test_a_new_vulnerability_makes_another_finding() -> None:
    (one,) = findings_of([vulnerability("CVE-1")], LAYERS)
    (other,) = findings_of([vulnerability("CVE-1"), vulnerability("CVE-2")], LAYERS)

    assert one.identity != other.identity
