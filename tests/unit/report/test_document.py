"""Fingerprints, ranking, exit codes."""

from __future__ import annotations

from msgspec.structs import replace

from imgscan.model.control import Control, Status
from imgscan.model.finding import Finding, LayerPoint, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.problem import Level, Problem
from imgscan.report.document import Coverage, Report, Tool, is_complete, ranked

FINDING = Finding(
    rule="setuid.suid-file",
    analyzer="setuid",
    severity=Severity.MEDIUM,
    message="runs as uid 0",
    path="bin/su",
    layer=LayerPoint(1, "sha256:a", "RUN x"),
    evidence={"mode": "4755"},
    identity="content",
)


def report(*findings: Finding, problems: tuple[Problem, ...] = ()) -> Report:
    image = ImageManifest(
        references=(), manifest_digest=None, image_id=None, platform=None, config=ImageConfig(), layers=()
    )
    coverage = Coverage(complete=is_complete(problems), layers=0, entries=0, bytes_read=0, bytes_matched=0)
    return Report(
        source="x",
        format="oci-layout",
        tool=Tool("imgscan", "1", {}),
        image=image,
        layers=(),
        merged_bytes=0,
        files=0,
        findings=findings,
        inventory={},
        problems=problems,
        coverage=coverage,
    )


def test_a_fingerprint_is_this_one_for_ever() -> None:
    assert fingerprint(FINDING) == "710a2b2b44bd4a6dbfe99ab328ca0bff"


def test_a_fingerprint_survives_a_rebuild() -> None:
    rebuilt = replace(
        FINDING,
        layer=LayerPoint(7, "sha256:b", "RUN y"),
        removed_in=LayerPoint(8, "sha256:c", None),
        state=State.DELETED,
        severity=Severity.INFO,
        message="said otherwise",
        evidence={},
        remediation="x",
        line=5,
        suppressed=Suppression("r", "o"),
    )

    assert fingerprint(rebuilt) == fingerprint(FINDING)


def test_rule_path_and_content_make_another_finding() -> None:
    others = [
        replace(FINDING, rule="setuid.sgid-file"),
        replace(FINDING, path="bin/su2"),
        replace(FINDING, path=None),
        replace(FINDING, identity="other"),
        replace(FINDING, path="bin/su\udcff"),
    ]

    assert len({fingerprint(item) for item in (FINDING, *others)}) == 6


def test_findings_are_ranked_the_worst_first_whatever_their_order() -> None:
    high = replace(FINDING, severity=Severity.HIGH, path="z")
    low = replace(FINDING, severity=Severity.LOW)
    nowhere = replace(FINDING, path=None, layer=None)

    assert ranked([low, FINDING, nowhere, high]) == (high, nowhere, FINDING, low)
    assert ranked([high, nowhere, FINDING, low]) == ranked([low, FINDING, nowhere, high])


ERROR = Problem(level=Level.ERROR, stage="layer", code="x", message="m")
WARNING = Problem(level=Level.WARNING, stage="layer", code="x", message="m")


def test_a_report_is_complete_unless_a_problem_is_an_error() -> None:
    assert report().complete
    assert report(problems=(WARNING,)).complete
    assert not report(problems=(WARNING, ERROR)).complete


def test_the_exit_code_is_1_for_findings_4_for_gaps_0_else() -> None:
    suppressed = replace(FINDING, suppressed=Suppression("reviewed", "me"))

    assert report(FINDING).exit_code() == 0
    assert report(FINDING).exit_code(Severity.MEDIUM) == 1
    assert report(FINDING).exit_code(Severity.HIGH) == 0
    assert report(suppressed).exit_code(Severity.LOW) == 0
    assert report(problems=(ERROR,)).exit_code() == 4
    assert report(problems=(ERROR,)).exit_code(Severity.LOW) == 4
    assert report(FINDING, problems=(ERROR,)).exit_code(Severity.LOW) == 1
    assert report(problems=(WARNING,)).exit_code(Severity.INFO) == 0


def failed(*findings: str) -> Control:
    return Control(
        id="4.1",
        title="a user",
        edition="CIS Docker 1.6.0",
        status=Status.FAIL,
        severity=Severity.HIGH,
        reason="root",
        findings=findings,
    )


def test_a_failed_control_counts_as_much_as_it_weighs() -> None:
    assert replace(report(), controls=(failed(),)).exit_code(Severity.HIGH) == 1
    assert replace(report(), controls=(failed(),)).exit_code(Severity.CRITICAL) == 0
    assert replace(report(), controls=(replace(failed(), status=Status.WARN),)).exit_code(Severity.INFO) == 0
    excepted = replace(failed(), suppressed=Suppression("reviewed", "me"))
    assert replace(report(), controls=(excepted,)).exit_code(Severity.INFO) == 0


def test_what_a_baseline_knows_does_not_count() -> None:
    known = replace(FINDING, known=True)
    control = failed(fingerprint(FINDING))

    assert replace(report(known), controls=(control,)).exit_code(Severity.INFO) == 0
    assert replace(report(replace(FINDING, known=False)), controls=(control,)).exit_code(Severity.INFO) == 1
