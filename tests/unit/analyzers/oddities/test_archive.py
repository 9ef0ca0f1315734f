"""What readers of the archive's documents take in different ways becomes findings."""

from __future__ import annotations

import pytest

from imgscan.analyzers.oddities.archive import document_findings
from imgscan.model.finding import Severity, State
from imgscan.model.image import Disagreement, DisagreementClass, ImageConfig, ImageManifest


def image(*disagreements: Disagreement) -> ImageManifest:
    return ImageManifest(
        references=(),
        manifest_digest=None,
        image_id=None,
        platform=None,
        config=ImageConfig(),
        layers=(),
        disagreements=disagreements,
    )


def test_documents_that_all_read_alike_are_no_finding() -> None:
    assert list(document_findings(image())) == []


@pytest.mark.parametrize(
    ("type_", "severity"),
    [
        (DisagreementClass.AMBIGUOUS_KEY, Severity.HIGH),
        (DisagreementClass.FOLDED_KEY, Severity.MEDIUM),
        (DisagreementClass.TWO_MANIFESTS, Severity.HIGH),
        (DisagreementClass.DESCRIPTOR, Severity.MEDIUM),
    ],
)
def test_each_way_to_disagree_is_a_rule_of_its_own(type_: DisagreementClass, severity: Severity) -> None:
    (finding,) = document_findings(image(Disagreement(type_, "index.json", "two readings")))

    assert (finding.rule, finding.severity, finding.state) == (f"oddities.{type_}", severity, State.ARCHIVE)
    assert finding.message == "index.json: two readings"


def test_one_document_gives_one_finding_a_rule() -> None:
    key = DisagreementClass.AMBIGUOUS_KEY

    findings = list(
        document_findings(image(Disagreement(key, "a", "1"), Disagreement(key, "a", "2"), Disagreement(key, "b", "1")))
    )

    assert [finding.message for finding in findings] == ["a: 1 (and 1 other like it)", "b: 1"]
    assert findings[0].evidence == {"document": "a", "texts": ["1", "2"]}
