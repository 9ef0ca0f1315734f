"""Each section: what it tells, what it leaves out, and what it says where there is nothing."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from imgscan.model.control import Control, Status
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Severity, Suppression
from imgscan.model.ledger import Cause, Gap
from imgscan.model.usage import PathUsage
from imgscan.model.vulnerability import Rating, Vulnerabilities, Vulnerability
from imgscan.report.document import LayerReport, Report
from imgscan.report.html.controls import controls
from imgscan.report.html.coverage import coverage
from imgscan.report.html.evidence import in_words
from imgscan.report.html.findings import findings
from imgscan.report.html.identity import identity, verification
from imgscan.report.html.inventory import inventory
from imgscan.report.html.layers import layers
from imgscan.report.html.markup import Markup
from imgscan.report.html.scope import Scope
from imgscan.report.html.steps import steps
from imgscan.report.html.usage import usage
from imgscan.report.html.verdict import verdict
from imgscan.report.html.vulnerabilities import vulnerabilities
from imgscan.report.html.waste import waste
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownReport, ShownVerified
from tests.unit.report.html.structure import Page
from tests.unit.report.made import DULL, EVERYTHING, ROOT_USER, SETUID, WARNING, control, report

PLACE = Scope(layers=1)


def told(section: Markup | None) -> str:
    """Return the text of a section, its blanks as one."""
    assert section is not None
    return " ".join(Page(f"<h1></h1>{section}".encode()).text.split())


def plain(*found: Finding, **more: Any) -> ShownReport:
    return shown_report(report(*found, **more))


def test_the_verdict_counts_what_is_not_accepted_and_names_the_worst() -> None:
    accepted = replace(SETUID, suppressed=Suppression("reviewed", "ann"))
    text = told(verdict(plain(ROOT_USER, accepted, controls=(control("4.1", Status.FAIL, ROOT_USER),)), PLACE))

    assert "1 check fails; 1 high finding: the container starts as root" in text
    assert "1High" in text
    assert "0Medium" in text
    assert "1 accepted by exception" in text


def test_the_verdict_of_an_image_without_faults_says_so() -> None:
    assert "no finding that is more than information" in told(verdict(plain(DULL), PLACE))


def test_identity_shows_names_digests_and_what_runs() -> None:
    text = told(identity(shown_report(EVERYTHING), PLACE))

    for part in ("example.test/app:1", "sha256:" + "c" * 64, "linux/amd64", "images/app.tar", "root (no USER)"):
        assert part in text


def test_a_bare_root_filesystem_has_no_config_to_show() -> None:
    bare = replace(EVERYTHING, image=replace(EVERYTHING.image, config=replace(EVERYTHING.image.config, present=False)))

    assert "a bare root filesystem" in told(identity(shown_report(bare), PLACE))


def test_verification_is_told_as_it_came_out() -> None:
    def said(*answers: bool | None) -> str:
        layer = plain().layers[0]
        return verification([replace(layer, verified=ShownVerified(None, answer)) for answer in answers])

    assert said(True, True).startswith("every layer has the digest")
    assert said(True, None) == "layer digests verified in part"
    assert said(True, False) == "layer digests do NOT match"
    assert said(None) == said() == "no digests to verify with"


def test_controls_are_told_with_reason_evidence_and_links_to_findings() -> None:
    rows = (control("4.8", Status.WARN, SETUID), control("5.1", Status.NOT_EVALUABLE))
    made = plain(SETUID, controls=rows)
    section = controls(made, PLACE, {row.fingerprint: row.path or "" for row in made.findings})
    text = told(section)

    assert "WARN4.8 Ensure that 4.8 is kept" in text.replace("WARN 4.8", "WARN4.8")
    assert "/usr/bin/su in layer 0" in text
    assert "1 that no image can decide" in text
    assert f'href="#f-{made.findings[0].fingerprint}"' in str(section)


def test_no_controls_make_no_section() -> None:
    assert controls(plain(), PLACE, {}) is None


def test_a_control_does_not_link_to_findings_that_the_page_has_not() -> None:
    made = plain(SETUID, controls=(control("4.8", Status.WARN, SETUID),))

    assert "href" not in str(controls(made, PLACE, {}))


def test_a_controls_remedy_keeps_its_lines() -> None:
    row = replace(control("4.1", Status.FAIL), remediation="RUN useradd app\nUSER 10001")

    assert "RUN useradd app\nUSER 10001" in str(controls(plain(controls=(row,)), PLACE, {}))


def test_findings_stand_by_severity_and_cause_with_the_rules_words() -> None:
    text = told(findings(plain(SETUID, replace(SETUID, path="usr/bin/mount"), ROOT_USER), PLACE))

    assert text.index("The container starts as root") < text.index("A file runs with its owner's rights (SUID)")
    assert "/usr/bin/mount" in text
    assert "RUN chmod u-s /usr/bin/su" in text


def test_what_all_findings_of_a_cause_say_is_said_once() -> None:
    text = told(findings(plain(SETUID, replace(SETUID, path="usr/bin/mount")), PLACE))

    assert text.count(SETUID.message) == 1


def test_accepted_and_known_findings_are_marked() -> None:
    marked = replace(SETUID, suppressed=Suppression("reviewed", "ann", "2030-01-01"), known=True)
    text = told(findings(plain(marked), PLACE))

    assert "known before" in text
    assert "accepted reviewed (ann, until 2030-01-01)" in text


def test_no_findings_are_told_as_none() -> None:
    assert told(findings(plain(), PLACE)) == "FindingsNone."


def test_steps_are_the_remedies_the_worst_first_with_the_controls_they_answer() -> None:
    made = plain(SETUID, ROOT_USER, controls=(control("4.1", Status.FAIL, ROOT_USER),))
    text = told(steps(made, PLACE))

    assert text.index("USER 10001:10001") < text.index("RUN chmod u-s /usr/bin/su")
    assert "for 4.1" in text


def test_a_failed_control_without_findings_is_a_step_of_its_own() -> None:
    text = told(steps(plain(controls=(control("4.6", Status.FAIL), control("4.7", Status.PASS))), PLACE))

    assert "mend 4.6" in text
    assert "4.7" not in text


def test_what_is_accepted_or_for_information_calls_for_no_step() -> None:
    accepted = replace(SETUID, suppressed=Suppression("reviewed", "ann"))

    assert steps(plain(accepted, replace(DULL, remediation="RUN rm /bin/sh")), PLACE) is None


def test_layers_show_sizes_instructions_and_whether_they_verify() -> None:
    text = told(layers(shown_report(EVERYTHING), PLACE))

    for part in ("RUN apt-get install passwd", "2.0 kB unpacked, 100.0 % of all", "verified", "sha256:" + "a" * 64):
        assert part in text


def test_a_layer_that_does_not_verify_or_was_not_read_whole_stands_out() -> None:
    layer: LayerReport = replace(EVERYTHING.layers[0], verified={"digest": False, "diff_id": True}, complete=False)
    text = told(layers(shown_report(replace(EVERYTHING, layers=(layer,))), PLACE))

    assert "digest does not match" in text
    assert "not read whole" in text


def kind_of(path: str) -> EntryKind:
    """Return what a name of a test is: one with a star is a file."""
    return EntryKind.FILE if path.endswith("*") else EntryKind.DIRECTORY


def used(*rows: tuple[str, int]) -> Report:
    made = (
        PathUsage(path=path.rstrip("*"), kind=kind_of(path), size=size, files=1, layer=0, layer_size=size)
        for path, size in rows
    )
    return replace(EVERYTHING, usage=tuple(made))


def test_the_treemap_has_a_tile_for_each_directory_and_what_is_left() -> None:
    made = shown_report(used(("", 1000), ("opt", 100), ("usr", 800), ("usr/lib", 300), ("usr/big*", 200)))
    text = told(usage(made, Scope(layers=1)))

    for part in (
        "usr 800 B",
        "lib",
        "other files below /usr/",
        "/usr/big: 200 B, 20.0 % from layer 0",
        "300 B, 30.0 %",
        "/opt: 100 B, 10.0 %, 1 file, most",
    ):
        assert part in text


def test_an_image_without_bytes_has_no_treemap() -> None:
    assert usage(shown_report(used(("", 0))), PLACE) is None
    assert usage(shown_report(EVERYTHING), PLACE) is None


def test_wasted_files_are_listed_with_who_carries_and_who_hides_them() -> None:
    score = {"file_bytes": 1000, "wasted_bytes": 300, "wasted_files": 2, "efficiency": 0.7}
    item = {"path": "/a", "bytes": 200, "layer": 0, "removed_in": 1, "state": "deleted"}
    text = told(waste(plain(inventory={"efficiency": (score,), "waste": (item,)}), PLACE))

    assert "2 files of 300 B" in text
    assert "/a200 Blayer 0deleted in layer 1" in text
    assert "and 1 smaller files" in text


def test_an_image_that_wastes_nothing_says_so_and_one_not_asked_says_nothing() -> None:
    score = {"file_bytes": 1000, "wasted_bytes": 0, "wasted_files": 0, "efficiency": 1.0}

    assert "No layer carries" in told(waste(plain(inventory={"efficiency": (score,)}), PLACE))
    assert waste(plain(), PLACE) is None


def test_inventory_shows_sections_that_nobody_knows_too() -> None:
    item = {"path": "/x", "colour": "red", "created_by": "RUN x", "names": ["/x"]}
    text = told(inventory(plain(inventory={"crown_jewels": (item,)}), PLACE))

    assert "Crown jewels 1" in text.replace("jewels1", "jewels 1")
    assert "/xred" in text


def test_inventory_says_what_was_looked_for_and_not_found() -> None:
    assert "SUID files" in told(inventory(plain(), PLACE)).split("None found: ")[1]


def test_elf_files_are_counted_where_a_property_means_something() -> None:
    table = {"files": 3, "languages": {"c": {"programs": 1, "libraries": 2, "pie": {"yes": 1, "n/a": 2}}}}

    assert "c121 of 1" in told(inventory(plain(inventory={"elf": (table,)}), PLACE))


def test_coverage_lists_problems_and_what_was_not_looked_at() -> None:
    made = replace(
        EVERYTHING,
        coverage=replace(EVERYTHING.coverage, skipped=(Gap(cause=Cause.LIMIT, what="x", count=7, why="big"),)),
    )
    text = told(coverage(shown_report(made), PLACE))

    assert WARNING.message in text
    assert "x7big" in text


def test_evidence_is_told_in_words_within_bounds() -> None:
    assert in_words({"a": True, "b": [1, 2], "some_bytes": 2000}) == "a yes, b 1, 2, some bytes 2.0 kB"
    assert in_words(list(range(15))).endswith("11 and 3 more")
    assert in_words([{"path": "/a"}, {"path": "/b"}]) == "path /a; path /b"
    deep: list[Any] = []
    for _ in range(50):
        deep = [deep, 1]
    assert "\u2026" in in_words(deep)
    assert len(in_words("x" * 10_000)) == 300


def folded_in(image_id: str | None) -> Report:
    items = (
        Vulnerability("CVE-1", "openssl", "3.0", Rating.CRITICAL, "3.1"),
        *(Vulnerability(f"CVE-{n}", "zlib", "1.2", Rating.LOW) for n in range(2, 40)),
    )
    return replace(EVERYTHING, vulnerabilities=Vulnerabilities(tool="trivy", items=items, image_id=image_id))


def test_vulnerabilities_of_another_program_are_counted_and_listed() -> None:
    text = told(vulnerabilities(shown_report(folded_in("sha256:" + "c" * 64)), PLACE))

    assert "Told by trivy: 1 critical, 38 low. 1 can be mended" in text
    assert "CVE-1Criticalopenssl3.03.1" in text
    assert "19 more" in text
    assert "another image" not in text


def test_vulnerabilities_of_another_image_are_marked() -> None:
    assert "about another image" in told(vulnerabilities(shown_report(folded_in("sha256:" + "d" * 64)), PLACE))


def test_each_row_says_what_the_filter_asks_for() -> None:
    page = str(vulnerabilities(shown_report(folded_in(None)), PLACE))

    assert '<tr data-severity="CRITICAL" data-mended="yes" data-exploited="no">' in page
    assert page.count('data-severity="LOW" data-mended="no"') == 38
    assert "data-filter-rows" in page
    assert 'value="CRITICAL" checked' in page
    assert 'value="HIGH"' not in page  # none to be chosen


def test_one_vulnerability_needs_no_filter() -> None:
    one = Vulnerabilities(tool="trivy", items=(Vulnerability("CVE-1", "openssl", "3.0", Rating.LOW),), image_id=None)

    assert "data-filter-rows" not in str(vulnerabilities(shown_report(replace(EVERYTHING, vulnerabilities=one)), PLACE))


def test_without_that_report_nothing_is_said_of_vulnerabilities() -> None:
    assert vulnerabilities(plain(), PLACE) is None


def test_a_layer_that_the_page_lacks_is_named_without_a_link() -> None:
    assert "href" in PLACE.layer(0)
    assert "href" not in PLACE.layer(1)
    assert "href" not in PLACE.layer("0")


def test_every_status_of_a_control_is_counted() -> None:
    rows: tuple[Control, ...] = tuple(control(f"4.{n}", status) for n, status in enumerate(Status))
    text = told(verdict(plain(controls=rows), PLACE))

    assert "6 checks" in text
    for word in ("FAIL 1", "WARN 1", "PASS 1", "INFO 1", "UNKNOWN 1", "N/A 1"):
        assert word in text


def test_severities_that_have_findings_lead_to_them() -> None:
    section = str(verdict(plain(replace(SETUID, severity=Severity.CRITICAL)), PLACE))

    assert 'href="#severity-critical"' in section
    assert 'href="#severity-high"' not in section
