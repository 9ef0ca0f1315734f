from __future__ import annotations

import base64
import hashlib

import pytest
from msgspec.structs import replace

import imgscan
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Severity
from imgscan.model.usage import PathUsage
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.html import write
from imgscan.report.html.findings import MAX_ROWS
from imgscan.report.html.page import SECTIONS, asset
from imgscan.report.writers import Style
from tests.unit.report.html.hostile import TEXTS, hostile
from tests.unit.report.html.structure import Page
from tests.unit.report.made import EVERYTHING, ROOT, SETUID, report


def page(*reports: Report) -> Page:
    return Page(write(reports, Style()))


@pytest.fixture(scope="module")
def alpine() -> Page:
    return page(imgscan.scan(ROOT / "testdata/alpine-3.10.tar.gz"))


def test_a_real_image_gives_a_sound_page_with_every_section(alpine: Page) -> None:
    assert alpine.faults == []
    assert {name for name, _ in SECTIONS} - {"vulnerabilities"} <= set(alpine.ids)


def test_a_real_image_is_told_in_full(alpine: Page) -> None:
    for text in ("alpine:3.10", "linux/amd64", "Alpine Linux v3.10", "/bin/busybox", "musl", "Read whole", "/lib"):
        assert text in alpine.text


def test_made_up_reports_give_sound_pages() -> None:
    assert page(EVERYTHING).faults == []
    assert page(report()).faults == []


def test_the_same_report_gives_the_same_bytes() -> None:
    assert write((EVERYTHING,), Style()) == write((EVERYTHING,), Style())


def test_several_images_are_one_page_each_with_its_own_ids() -> None:
    other = replace(EVERYTHING, source="other.tar")
    found = page(EVERYTHING, other)

    assert found.faults == []
    assert {"image-0-findings", "image-1-findings"} <= set(found.ids)
    assert "2 images" in found.text


def test_nothing_is_loaded_and_style_and_script_are_allowed_by_their_digests_alone() -> None:
    found = page(EVERYTHING)
    policy = dict(part.split(" ", 1) for part in found.metas["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    for kind in ("style", "script"):
        ((text,),) = (found.raw[kind],)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy[f"{kind}-src"] == f"'sha256-{digest}'"


def test_style_and_script_name_no_address_and_end_no_element() -> None:
    for name in ("report.css", "report.js"):
        assert not any(word in asset(name) for word in ("://", "url(", "@import", "</", "<!--", "innerHTML", "eval("))


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_is_shown_neutralised_and_makes_no_element(text: str) -> None:
    found = page(hostile(text))

    assert found.faults == []
    assert printable(text) in found.text
    assert not any(char in found.text for char in "\x1b\x07\x00\u202e\u2066\u200b")


def test_all_hostile_texts_together_over_several_images_make_no_element() -> None:
    assert page(*map(hostile, TEXTS)).faults == []


def test_findings_beyond_the_most_are_counted() -> None:
    many = [
        replace(SETUID, path=f"usr/bin/f{n}", rule=f"made.r{n // 50}", identity=str(n)) for n in range(MAX_ROWS + 7)
    ]
    found = page(report(*many))

    assert found.faults == []
    assert "and 7 more findings" in found.text


def test_the_page_of_a_report_that_is_long_in_everything_stays_small() -> None:
    path = "very-long-name-" * 270
    many = tuple(
        Finding(rule=f"made.rule-{n % 40}", analyzer="made", severity=Severity(n % 5), message=path, path=f"{n}{path}")
        for n in range(3000)
    )
    items = tuple({"path": f"/{n}/{path}", "names": [path] * 5, "layer": 0} for n in range(2000))
    layers = tuple(replace(EVERYTHING.layers[0], index=n, created_by=path) for n in range(500))
    usage = tuple(
        PathUsage(path=path[:n], kind=EntryKind.FILE, size=1000 - n, files=1, layer=0, layer_size=1) for n in range(300)
    )
    long = replace(
        report(*many, labels={str(n): path for n in range(500)}, inventory={"setuid": items, "packages": items}),
        layers=layers,
        usage=usage,
    )

    assert len(write((long,), Style())) < 5_000_000


def test_findings_of_one_fingerprint_have_one_anchor() -> None:
    assert page(report(SETUID, replace(SETUID, message="again"))).faults == []


def test_an_incomplete_report_says_so_first() -> None:
    from tests.unit.report.made import ERROR

    found = page(report(problems=(ERROR,)))

    assert "Read in part" in found.text
    assert "the layer ends early" in found.text
