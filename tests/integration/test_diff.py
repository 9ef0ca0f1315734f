"""imgscan diff at the command line, and vulnerability reports folded into scans and comparisons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from imgscan.compare.plain import comparison_schema
from imgscan.report.jsonl import line_schema
from imgscan.testing import ImageBuilder, TarBuilder, oci_archive, program
from tests.unit.formats.image.test_vulnerabilities import GRYPE, TRIVY

from .made import save
from .support import ALPINE, Run, imgscan

SU = program()
BASE = TarBuilder().file("bin/su", SU, mode=0o4755).file("usr/bin/nc", program(), mode=0o755)
AFTER = TarBuilder().whiteout("bin/su").whiteout("usr/bin/nc")
SETTINGS: dict[str, Any] = {"Cmd": ["/app"]}


def image(*layers: TarBuilder, reference: str, **settings: Any) -> ImageBuilder:
    found = ImageBuilder(references=(reference,), settings={**SETTINGS, **settings})
    for layer in layers:
        found.layer(layer.build(), created_by="RUN make")
    return found


BEFORE_IMAGE = image(BASE, reference="app:1", ExposedPorts={"80/tcp": {}})
AFTER_IMAGE = image(BASE, AFTER, reference="app:2", User="10001", ExposedPorts={"8080/tcp": {}})
REBUILT = image(TarBuilder().file("app", program(), mode=0o755), reference="app:3", User="10001")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "a.tar", BEFORE_IMAGE.docker_archive())
    save(tmp_path / "b.tar", AFTER_IMAGE.docker_archive())
    save(tmp_path / "c.oci", oci_archive(REBUILT))
    return tmp_path


def comparison(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.out)
    validator_for(comparison_schema()).validate(found)
    return found


def test_a_hardened_image_against_the_one_before(place: Path) -> None:
    found = comparison(imgscan("diff", "a.tar", "b.tar", "-f", "json"))

    changed = {
        (item["after"]["rule"], item["before"]["state"], item["after"]["state"])
        for item in found["findings"]["changed"]
    }
    assert ("setuid.suid-file", "visible", "deleted") in changed
    assert "config.root-user" in {item["rule"] for item in found["findings"]["fixed"]}
    assert "programs.network-tool" in {item["rule"] for item in found["findings"]["fixed"]}
    lists = {item["section"]: (item["removed"], item["added"]) for item in found["inventory"]}
    assert lists["setuid"] == (["/bin/su"], [])
    assert lists["ports"] == (["80/tcp"], ["8080/tcp"])
    assert lists["network_tools"] == (["/usr/bin/nc"], [])
    assert (found["layers"]["shared"], found["layers"]["at_the_bottom"]) == (1, 1)
    better = {item["id"] for item in found["controls"]["changed"] if item["direction"] == "better"}
    assert {"4.1", "4.8"} <= better


def test_an_image_against_itself_has_no_differences(place: Path) -> None:
    run = imgscan("diff", "a.tar", "a.tar", "-f", "json", "--fail-on", "new:info")
    found = comparison(run)

    assert run.code == 0
    assert (found["findings"]["fixed"], found["findings"]["new"], found["findings"]["changed"]) == ([], [], [])
    assert found["controls"]["changed"] == []
    assert [item for item in found["inventory"] if item["added"] or item["removed"]] == []
    assert {item["change"] for item in found["sizes"]} == {0}


def test_sources_may_be_of_different_forms_and_saved_reports(place: Path) -> None:
    imgscan("a.tar", "-f", "json", "-o", "a.json")
    imgscan("c.oci", "-f", "json", "--all-images", "-o", "c.json")

    of_images = imgscan("diff", "a.tar", "c.oci", "-f", "json")
    of_reports = imgscan("diff", "a.json", "c.json", "-f", "json")

    assert of_images.code == of_reports.code == 0
    assert comparison(of_reports) == comparison(of_images)


def test_one_side_may_come_from_standard_input(place: Path) -> None:
    run = imgscan("diff", "-", "b.tar", "-f", "json", stdin=BEFORE_IMAGE.docker_archive())

    assert comparison(run)["before"]["name"] == "app:1"
    assert imgscan("diff", "-", "-").code == 2


def test_one_of_several_images_is_chosen(place: Path) -> None:
    save(place / "both.tar", oci_archive(BEFORE_IMAGE, AFTER_IMAGE))

    run = imgscan("diff", "both.tar", "both.tar", "--image-a", "app:1", "--image-b", "app:2", "-f", "json")

    found = comparison(run)
    assert (found["before"]["name"], found["after"]["name"]) == ("app:1", "app:2")
    assert imgscan("diff", "both.tar", "a.tar").code == 2


@pytest.mark.parametrize(
    ("a", "b", "level", "code"),
    [
        ("a.tar", "b.tar", "new:info", 1),
        ("b.tar", "a.tar", "new:medium", 1),
        ("a.tar", "b.tar", "new:medium", 0),
        ("a.tar", "c.oci", "new:critical", 0),
        ("b.tar", "a.tar", "medium", 1),
        ("a.tar", "a.tar", "medium", 1),
        ("a.tar", "a.tar", "new:info", 0),
    ],
)
def test_the_exit_code_says_whether_what_counts_is_there(place: Path, a: str, b: str, level: str, code: int) -> None:
    assert imgscan("diff", a, b, "-q", "--fail-on", level).code == code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fail-on", "old:low"], "--fail-on takes LEVEL or new:LEVEL"),
        (["--fail-on", "new:"], "--fail-on takes LEVEL or new:LEVEL"),
        (["-f", "sarif"], "no format sarif for a comparison; there are: text, json, markdown"),
        (["-f", "text=a.tar"], "the report would overwrite the image"),
        (["--vulnerabilities", "C=x"], "--vulnerabilities takes A=FILE or B=FILE"),
        (["--vulnerabilities", "A=x", "--vulnerabilities-a", "y"], "two reports of vulnerabilities for A"),
        (["--vulnerabilities-a", "gone"], "gone: cannot be read"),
        (["--vulnerabilities-a", "a.tar"], "a.tar, offset 0: not JSON"),
    ],
)
def test_what_makes_no_sense_is_refused(place: Path, words: list[str], message: str) -> None:
    run = imgscan("diff", "a.tar", "b.tar", *words)

    assert run.code == 2
    assert message in run.err


def test_a_source_that_is_not_there_is_not_readable(place: Path) -> None:
    assert imgscan("diff", "a.tar", "gone.tar").code == 3
    (place / "odd.json").write_text("{}")
    assert imgscan("diff", "a.tar", "odd.json").code == 2


def test_a_report_of_an_image_read_in_part_is_exit_code_4(place: Path) -> None:
    damaged = bytearray(BEFORE_IMAGE.docker_archive())
    at = damaged.index(SU)
    damaged[at : at + 4] = b"\0\0\0\0"
    save(place / "damaged.tar", bytes(damaged))

    run = imgscan("diff", "damaged.tar", "b.tar")

    assert run.code == 4
    assert "READ IN PART" in run.text


def test_exceptions_count_on_both_sides(place: Path) -> None:
    (place / "e.toml").write_text('[[exception]]\nrule = "*"\nreason = "r"\nowner = "o"\n')

    run = imgscan("diff", "b.tar", "a.tar", "-q", "--exceptions", "e.toml", "--fail-on", "new:low")

    assert run.code == 0


def test_formats_go_to_files_of_their_own(place: Path) -> None:
    run = imgscan("diff", "a.tar", "b.tar", "-f", "text", "-f", "json=d.json", "-f", "markdown=d.md")

    assert run.text.startswith("BEFORE     app:1 (a.tar)")
    assert json.loads((place / "d.json").read_bytes())["schema"] == "imgscan.comparison/1"
    assert (place / "d.md").read_text().startswith("# app:1 and app:2 compared")


def test_real_images_compare(place: Path) -> None:
    run = imgscan("diff", ALPINE, "b.tar", "-f", "json")

    assert comparison(run)["packages"]["before"] == 14


# Vulnerabilities

FORCED = "--force-vulnerabilities"


@pytest.mark.parametrize("words", [("a.tar", "--vulnerabilities"), ("diff", "a.tar", "b.tar", "--vulnerabilities-a")])
def test_a_report_on_another_image_is_refused_unless_forced(words: tuple[str, ...], place: Path) -> None:
    (place / "t.json").write_text(json.dumps(TRIVY))

    refused, forced = imgscan(*words, "t.json"), imgscan(*words, "t.json", FORCED)

    assert (refused.code, refused.text, forced.code) == (2, "", 0)
    assert "is about the image sha256:" in refused.err
    assert "--force-vulnerabilities" in refused.err


def of_this_image(place: Path, *found: tuple[str, str]) -> tuple[str, ...]:
    image_id = imgscan("a.tar", "-f", "json").report["image"]["image_id"]
    items = [
        {"VulnerabilityID": f"CVE-{number}", "PkgName": "a", "InstalledVersion": "1", "Severity": rating}
        | ({"FixedVersion": fixed} if fixed else {})
        for number, (rating, fixed) in enumerate(found)
    ]
    document = {"SchemaVersion": 2, "Results": [{"Vulnerabilities": items}], "Metadata": {"ImageID": image_id}}
    (place / "t.json").write_text(json.dumps(document))
    return "a.tar", "--vulnerabilities", "t.json", "-f", "json"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ((), "INFO"),
        ((("CRITICAL", ""),), "INFO"),
        ((("LOW", "2"), ("CRITICAL", "")), "WARN"),
        ((("HIGH", "2"),), "FAIL"),
        ((("LOW", "2"), ("CRITICAL", "2")), "FAIL"),
    ],
)
def test_a_vulnerability_with_a_fix_shows_that_the_image_was_not_rebuilt(
    found: tuple[tuple[str, str], ...], status: str, place: Path
) -> None:
    report = imgscan(*of_this_image(place, *found)).report

    control = next(item for item in report["controls"] if item["id"] == "4.4")
    assert control["status"] == status
    assert any("fixed in 2" in line for line in control["evidence"]) is any(fixed for _, fixed in found)
    assert control["severity"] == ("CRITICAL" if ("CRITICAL", "2") in found else "HIGH")


def test_vulnerabilities_count_against_fail_on(place: Path) -> None:
    clean = of_this_image(place)
    assert imgscan(*clean, "--skip", "all", "--fail-on", "critical").code == 0

    found = of_this_image(place, ("CRITICAL", ""))
    assert imgscan(*found, "--skip", "all", "--fail-on", "critical").code == 1
    assert imgscan(*found).code == 0

    lesser = of_this_image(place, ("MEDIUM", ""), ("UNKNOWN", ""))
    assert imgscan(*lesser, "--skip", "all", "--fail-on", "critical").code == 0


def test_a_vulnerability_report_is_folded_into_a_scan(place: Path) -> None:
    (place / "t.json").write_text(json.dumps(TRIVY))

    run = imgscan("a.tar", "-f", "json", "--vulnerabilities", "t.json", FORCED)

    found = run.report["vulnerabilities"]
    assert (found["tool"], found["counts"]["CRITICAL"], found["fixable"]["MEDIUM"]) == ("trivy", 1, 1)
    assert found["same_image"] is False
    assert found["items"][0]["id"] == "CVE-2024-2"
    assert imgscan("a.tar", "-f", "json").report["vulnerabilities"] is None


def test_the_other_report_is_known_to_be_about_this_image(place: Path) -> None:
    image_id = imgscan("a.tar", "-f", "json").report["image"]["image_id"]
    (place / "t.json").write_text(json.dumps({**TRIVY, "Metadata": {"ImageID": image_id}}))
    (place / "n.json").write_text(json.dumps({**TRIVY, "Metadata": {}}))

    assert imgscan("a.tar", "-f", "json", "--vulnerabilities", "t.json").report["vulnerabilities"]["same_image"] is True
    assert imgscan("a.tar", "-f", "json", "--vulnerabilities", "n.json").report["vulnerabilities"]["same_image"] is None


def test_text_and_json_lines_tell_of_vulnerabilities(place: Path) -> None:
    (place / "t.json").write_text(json.dumps(TRIVY))

    text = imgscan("a.tar", "--vulnerabilities", "t.json", FORCED).text
    rows = imgscan("a.tar", "-f", "jsonl", "--vulnerabilities", "t.json", FORCED).rows

    assert "2 vulnerabilities by trivy: 1 critical, 1 medium; 1 fixable" in " ".join(text.split())
    assert "THAT REPORT IS ABOUT ANOTHER IMAGE" in " ".join(text.split())
    for row in rows:
        validator_for(line_schema()).validate(row)
    assert [row["vulnerabilities"]["tool"] for row in rows if row["type"] == "vulnerabilities"] == ["trivy"]


def test_one_vulnerability_report_is_not_about_several_images(place: Path) -> None:
    (place / "t.json").write_text(json.dumps(TRIVY))
    save(place / "both.tar", oci_archive(BEFORE_IMAGE, AFTER_IMAGE))

    run = imgscan("both.tar", "--all-images", "--vulnerabilities", "t.json")

    assert run.code == 2
    assert "--vulnerabilities is about one image, and there are 2" in run.err


def test_hostile_texts_of_a_vulnerability_report_are_made_safe(place: Path) -> None:
    odd = {"VulnerabilityID": "CVE\x1b[31m", "PkgName": "a\nb", "Severity": "HIGH"}
    (place / "t.json").write_text(json.dumps({"SchemaVersion": 2, "Results": [{"Vulnerabilities": [odd]}]}))

    scanned = imgscan("a.tar", "-f", "json", "--vulnerabilities", "t.json").report["vulnerabilities"]["items"][0]
    imgscan("a.tar", "-f", "json", "-o", "a.json")
    saved = comparison(imgscan("diff", "a.json", "a.tar", "-f", "json", "--vulnerabilities", "A=t.json"))

    assert (scanned["id"], scanned["package"]) == ("CVE\\x1b[31m", "a\\x0ab")
    assert saved["vulnerabilities"]["before"]["HIGH"] == 1


def test_vulnerabilities_before_and_after_are_counted(place: Path) -> None:
    (place / "t.json").write_text(json.dumps(TRIVY))
    (place / "g.json").write_text(json.dumps(GRYPE))

    words = ("diff", "a.tar", "b.tar", "-f", "json", "--vulnerabilities-a", "t.json", "--vulnerabilities", "B=g.json")
    found = comparison(imgscan(*words, FORCED))["vulnerabilities"]

    assert found["tools"] == ["trivy", "grype"]
    assert (found["before"]["CRITICAL"], found["after"]["CRITICAL"]) == (1, 0)
    assert {item["name"]: item["percent"] for item in found["amounts"]}["CRITICAL"] == -100.0


def test_vulnerabilities_of_a_saved_report_are_compared(place: Path) -> None:
    (place / "t.json").write_text(json.dumps(TRIVY))
    imgscan("a.tar", "-f", "json", "-o", "a.json", "--vulnerabilities", "t.json", FORCED)

    found = comparison(imgscan("diff", "a.json", "b.tar", "-f", "json"))["vulnerabilities"]

    assert (found["tools"], found["before"]["total"], found["after"]) == (["trivy", None], 2, None)
