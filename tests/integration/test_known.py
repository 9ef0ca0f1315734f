"""Whole images held against a database: what shows, in which outputs, and what is left open."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from imgscan.advisories.database import import_into
from imgscan.advisories.sources import read_source
from imgscan.compare.side import side_of
from imgscan.compare.vulnerabilities import compare_vulnerabilities
from imgscan.engine import scan
from imgscan.harden.dockerfile import dockerfile
from imgscan.harden.hardening import harden
from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.report.show import shown_report
from imgscan.report.writers import Style, writer_of
from imgscan.testing import ImageBuilder
from tests.unit.advisories.made import TODAY, database, record

CVSS = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
OS_RELEASE = b'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'


def status(**versions: str) -> bytes:
    return "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
        for name, version in versions.items()
    ).encode()


def image(folder: Path, *layers: dict[str, tuple[int, bytes]]) -> str:
    builder = ImageBuilder()
    for layer in layers:
        builder.layer(layer)
    path = folder / "image.tar"
    path.write_bytes(builder.docker_archive())
    return str(path)


def debian(*statuses: bytes) -> list[dict[str, tuple[int, bytes]]]:
    first = {"etc/os-release": (0o644, OS_RELEASE), "usr/bin/apt-get": (0o755, b"\x7fELF apt")}
    return [
        {**(first if number == 0 else {}), "var/lib/dpkg/status": (0o644, text)} for number, text in enumerate(statuses)
    ]


def report_on(path: str, advisories: str, **more: object) -> Report:
    return scan(path, ScanOptions(advisories=advisories, today=TODAY, **more))  # type: ignore[arg-type]  # by name


def control(report: Report) -> tuple[Status, str]:
    return next((item.status, item.reason) for item in report.controls if item.id == "4.4")


@pytest.fixture
def advisories(tmp_path: Path) -> str:
    return database(
        tmp_path,
        record("DSA-1", "Debian:13", "openssl", "3.0.11-1", aliases=["CVE-2026-1"], severity=CVSS),
        record("DEBIAN-CVE-2026-2", "Debian:13", "bash", None, aliases=["CVE-2026-2"]),
    )


def test_the_layer_that_brought_the_package_is_named(tmp_path: Path, advisories: str) -> None:
    path = image(tmp_path, *debian(status(zlib="1"), status(zlib="1", openssl="3.0.9-1")))

    report = report_on(path, advisories)

    (finding,) = [item for item in report.findings if item.rule.startswith("vulnerabilities.")]
    assert (finding.rule, finding.severity) == ("vulnerabilities.fixable", Severity.CRITICAL)
    assert finding.layer is not None
    assert finding.layer.index == 1
    assert control(report)[0] is Status.FAIL
    assert report.exit_code(Severity.CRITICAL) == 1


def test_a_patched_image_passes(tmp_path: Path, advisories: str) -> None:
    report = report_on(image(tmp_path, *debian(status(openssl="3.0.11-1"))), advisories)

    assert not [item for item in report.findings if item.rule.startswith("vulnerabilities.")]
    assert control(report) == (
        Status.PASS,
        f"the advisories of {TODAY} show no vulnerability that newer packages mend",
    )


def test_without_a_database_nothing_is_said(tmp_path: Path) -> None:
    report = scan(image(tmp_path, *debian(status(openssl="3.0.9-1"))))

    assert report.vulnerabilities is None
    assert control(report)[0] is Status.INFO


@pytest.mark.parametrize(
    "extra",
    [
        {"usr/lib/node_modules/left/package.json": (0o644, b'{"name": "left", "version": "1.0.0"}')},
        {"var/lib/rpm/rpmdb.sqlite": (0o644, b"SQLite format 3\0 damaged")},
    ],
    ids=["an ecosystem that the database lacks", "packages that were not read"],
)
def test_what_was_not_matched_takes_the_pass_away(
    tmp_path: Path, advisories: str, extra: dict[str, tuple[int, bytes]]
) -> None:
    report = report_on(image(tmp_path, *debian(status(openssl="3.0.11-1")), extra), advisories)

    assert control(report)[0] is Status.UNKNOWN


def test_no_packages_are_no_pass(tmp_path: Path, advisories: str) -> None:
    report = report_on(image(tmp_path, {"etc/os-release": (0o644, OS_RELEASE)}), advisories)

    assert control(report)[0] is Status.INFO


def test_what_an_upgrade_left_in_a_lower_layer_is_told_and_fails_nothing(tmp_path: Path, advisories: str) -> None:
    path = image(tmp_path, *debian(status(openssl="3.0.9-1"), status(openssl="3.0.11-1")))

    report = report_on(path, advisories)

    (finding,) = [item for item in report.findings if item.rule.startswith("vulnerabilities.")]
    assert (finding.rule, finding.severity) == ("vulnerabilities.lower-layer", Severity.INFO)
    assert finding.layer is not None
    assert finding.layer.index == 0
    assert control(report)[0] is Status.PASS


def test_a_deleted_package_of_a_language_is_in_a_lower_layer(tmp_path: Path) -> None:
    known = database(tmp_path, record("CVE-2026-3", "PyPI", "left", "2"))
    metadata = (0o644, b"Metadata-Version: 2.1\nName: left\nVersion: 1\n")
    path = image(tmp_path, {"site/left-1.dist-info/METADATA": metadata}, {"site/.wh.left-1.dist-info": (0o644, b"")})

    report = report_on(path, known)

    assert [item.rule for item in report.findings if item.analyzer == "vulnerabilities"] == [
        "vulnerabilities.lower-layer"
    ]


@pytest.mark.parametrize("name", ["text", "html", "markdown", "sarif", "cyclonedx", "jsonl", "json"])
def test_each_output_names_the_vulnerability(tmp_path: Path, advisories: str, name: str) -> None:
    report = report_on(image(tmp_path, *debian(status(openssl="3.0.9-1", bash="5"))), advisories)

    text = writer_of(name)((report,), Style()).decode()

    assert "CVE-2026-1" in text
    assert "3.0.11-1" in text


def test_the_bill_names_the_packages_that_are_affected(tmp_path: Path, advisories: str) -> None:
    report = report_on(image(tmp_path, *debian(status(openssl="3.0.9-1", zlib="1"))), advisories)

    bill = json.loads(writer_of("cyclonedx")((report,), Style()))

    (item,) = bill["vulnerabilities"]
    (component,) = [part for part in bill["components"] if part["bom-ref"] == item["affects"][0]["ref"]]
    assert (item["id"], item["ratings"], component["name"]) == ("CVE-2026-1", [{"severity": "critical"}], "openssl")


def test_harden_updates_what_can_be_updated(tmp_path: Path, advisories: str) -> None:
    report = report_on(image(tmp_path, *debian(status(openssl="3.0.9-1", bash="5"))), advisories)

    hardening = harden(report)
    fragment = dockerfile(hardening)

    assert "apt-get install -y --only-upgrade --no-install-recommends openssl &&" in fragment
    assert fragment.count("apt-get update") == 1
    references = [str(item.answers) for item in hardening.advice]
    assert any(text.startswith("vulnerabilities.unfixed") for text in references)
    assert not any(text.startswith("vulnerabilities.fixable") for text in references)


def test_harden_without_a_package_manager_gives_the_words(tmp_path: Path, advisories: str) -> None:
    layers = debian(status(openssl="3.0.9-1"))
    del layers[0]["usr/bin/apt-get"]
    report = report_on(image(tmp_path, *layers), advisories)

    advice = {item.answers.rule: item.text for item in harden(report).advice}

    assert "update openssl to 3.0.11-1" in advice["vulnerabilities.fixable"]


def test_a_report_is_the_same_whatever_the_order_of_import(tmp_path: Path) -> None:
    documents = [
        record(f"GHSA-{number}", "Debian:13", "openssl", "9", aliases=[f"CVE-2026-{number % 3}"]) for number in range(9)
    ]
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    path = image(tmp_path, *debian(status(openssl="3.0.9-1")))

    results = [report_on(path, database(one, *documents)), report_on(path, database(other, *reversed(documents)))]

    assert results[0].vulnerabilities == results[1].vulnerabilities
    assert results[0].findings == results[1].findings


def test_the_real_advisories_are_read_whole(tmp_path: Path) -> None:
    corpus = Path(__file__).parents[2] / "../shared/corpus/osv"
    if not corpus.is_dir():
        pytest.skip("the advisories of the corpus are not beside the checkout")
    path = str(tmp_path / "advisories.db")

    counts = import_into(path, read_source(str(corpus)), TODAY)
    again = import_into(path, read_source(str(corpus)), TODAY)

    assert counts.new > 12_000
    assert (again.new, again.changed, again.same) == (0, 0, counts.new)


def test_diff_tells_what_an_update_mended(tmp_path: Path, advisories: str) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    before.mkdir()
    after.mkdir()
    sides = [
        side_of(
            msgspec.to_builtins(shown_report(report_on(image(folder, *debian(*statuses)), advisories))), folder.name
        )
        for folder, statuses in (
            (before, [status(openssl="3.0.9-1", bash="5")]),
            (after, [status(openssl="3.0.9-1", bash="5"), status(openssl="3.0.11-1", bash="5")]),
        )
    ]

    changes = compare_vulnerabilities(*sides)

    assert changes is not None
    assert ([item.id for item in changes.fixed], changes.new, changes.same) == (["CVE-2026-1"], (), 1)
    assert changes.after is not None
    assert changes.after["total"] == 1
