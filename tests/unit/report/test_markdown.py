from __future__ import annotations

from msgspec.structs import replace

from imgscan.model.finding import Finding, Severity, Suppression
from imgscan.report.document import Report
from imgscan.report.markdown import MAX_CHARACTERS, write, write_markdown
from imgscan.report.writers import Style

from .made import DELETED, DULL, ERROR, EVERY_CONTROL, EVERYTHING, ROOT_USER, SETUID, WARNING, package, report
from .schemas import check_markdown, rendered


def text_of(*reports: Report) -> str:
    data = write(reports, Style(every=len(reports) > 1))
    check_markdown(data)
    return data.decode()


def many(count: int, text: str = "x", severity: Severity = Severity.MEDIUM) -> list[Finding]:
    return [replace(SETUID, path=f"{text}/{n}", severity=severity, identity=str(n)) for n in range(count)]


def test_a_reader_finds_identity_verdict_controls_findings_inventory_and_problems() -> None:
    text = text_of(EVERYTHING)

    places = [
        text.index(part)
        for part in (
            "example.test/app:1 (linux/amd64)",
            "1 failed",
            "images/app.tar",
            "### Controls",
            "4.1 Ensure that 4.1 is kept",
            "### Findings: 1 critical, 1 high, 1 medium, 1 info",
            "a private key",
            "runs as root, mode 4755",
            "Inventory",
            "apk 2",
            "### Problems",
            "a path of two kinds",
        )
    ]
    assert places == sorted(places)
    assert "Left out" not in text


def test_controls_that_need_nobody_are_folded() -> None:
    text = text_of(EVERYTHING)

    table, folded = text[text.index("### Controls") : text.index("### Findings")].split("<details>", 1)
    assert [number in table for number in ("4.1 ", "4.5 ", "4.8 ")] == [True] * 3
    assert "<summary>4 controls passed, or listed for information</summary>" in folded
    assert "<summary>1 control not decided by an image</summary>" in folded
    assert "accepted by ann: a test key" in folded


def test_a_remedy_of_several_lines_keeps_them() -> None:
    item = replace(EVERY_CONTROL[0], remediation="RUN useradd app\nUSER app")

    assert "<code>RUN useradd app</code><br><code>USER app</code>" in text_of(report(controls=(item,)))


def test_the_worst_findings_are_unfolded_the_others_folded() -> None:
    text = text_of(EVERYTHING)

    assert "<details open><summary>critical: 1 finding</summary>" in text
    assert "<details open><summary>high: 1 finding</summary>" in text
    assert "<details><summary>medium: 1 finding</summary>" in text


def test_a_finding_says_where_it_was_and_who_deleted_it() -> None:
    shown = rendered(text_of(report(DELETED))).text

    assert "/root/odd: name [x](y)#1/id_rsa:7 (layer 0), deleted in layer 1" in shown


def test_accepted_and_known_findings_are_marked() -> None:
    accepted = replace(SETUID, suppressed=Suppression("needed", "ann", "2030-01-01"))
    shown = rendered(text_of(report(accepted, replace(DULL, known=True)))).text

    assert "(accepted by ann until 2030-01-01: needed)" in shown
    assert "(known)" in shown


def test_other_findings_have_no_mark() -> None:
    shown = text_of(report(SETUID, replace(DULL, known=False)))

    assert "accepted" not in shown
    assert "known)" not in shown


def test_an_image_read_in_part_says_so_at_the_top_and_why() -> None:
    text = text_of(report(problems=(ERROR, WARNING)))

    assert text.index("IN PART") < text.index("### Problems") < text.index("the layer ends early")


def test_an_image_without_anything_is_a_short_comment() -> None:
    text = text_of(report())

    assert "findings: none" in text
    assert len(text) < 1500
    assert "###" not in text


def test_too_many_findings_are_left_out_and_counted_the_worst_are_shown() -> None:
    found = report(
        ROOT_USER, *many(3000), *many(200, "low", Severity.LOW), controls=EVERY_CONTROL, problems=(WARNING,),
        packages=(package("musl"),),
    )  # fmt: skip

    text = text_of(found)

    shown = text.count("<code>/x/")
    assert 100 < shown < 3000
    assert f"**Left out for length:** {3000 - shown} medium findings, 200 low findings." in text
    assert "the container starts as root" in text
    assert "apk 1" in text
    assert "a path of two kinds" in text


def test_texts_that_grow_when_escaped_stay_within_the_limit() -> None:
    hostile = [replace(item, message="|" * 5000, remediation="@" * 5000) for item in many(300, "<" * 500)]

    assert "Left out" in text_of(report(*hostile, references=("#" * 9000,), source="|" * 9000))


def test_many_images_share_the_room_and_those_without_any_are_counted() -> None:
    images = [report(*many(300), references=(f"example.test/{n}:1",)) for n in range(30)]

    text = text_of(*images)

    shown = text.count("## imgscan: <code>example.test/")
    assert 10 < shown < 30
    assert text.endswith(f"**Left out for length:** {30 - shown} images.\n")


def test_a_little_room_is_not_overrun() -> None:
    assert len(write_markdown([report(*many(50))], 3000)) <= 3000
    assert len(write_markdown([EVERYTHING], MAX_CHARACTERS)) <= MAX_CHARACTERS
