"""A comparison in each format."""

from __future__ import annotations

import orjson
import pytest
from jsonschema_rs import validator_for

from imgscan.compare.comparison import compare
from imgscan.compare.plain import comparison_schema
from imgscan.compare.writers import comparison_writer
from imgscan.errors import UsageError
from imgscan.report.writers import Style

from .sides import control, finding, side
from .test_comparison import SUPPRESSED, known, packages

HOSTILE = "/x|<b>`*[a](b)\x1b[31m\n# @me =1+1"
A = side(
    finding("1"),
    finding("2", severity="HIGH", message=HOSTILE),
    controls=(control("FAIL"),),
    layers=(("sha256:a", 10),),
    vulnerabilities=known(("CVE-1", "a", "HIGH", "2")),
)
B = side(
    finding("1", state="deleted", severity="INFO"),
    finding("3", path=HOSTILE, suppressed=SUPPRESSED),
    finding("4", path=None, state="config", severity="CRITICAL"),
    controls=(control("PASS"),),
    layers=(("sha256:a", 10), ("sha256:b", 5)),
    references=[HOSTILE],
    exposed_ports=["80/tcp"],
    inventory={
        "setuid": [{"path": HOSTILE, "names": []}],
        "packages": [{"type": "deb", "name": HOSTILE, "version": "1"}],
    },
    stored_bytes=40,
    complete=False,
)
COMPARISON = compare(A, B)


def test_json_is_what_its_schema_says() -> None:
    written = orjson.loads(comparison_writer("json")(COMPARISON, Style()))

    validator_for(comparison_schema()).validate(written)
    assert written["sizes"][0]["percent"] == -60.0
    assert written["controls"]["changed"][0]["direction"] == "better"
    assert [item["fingerprint"][0] for item in written["findings"]["new"]] == ["4", "3"]
    assert written["vulnerabilities"]["tools"] == ["trivy", None]


def test_a_comparison_of_nothing_is_what_its_schema_says() -> None:
    validator_for(comparison_schema()).validate(
        orjson.loads(comparison_writer("json")(compare(side(), side()), Style()))
    )


def test_text_says_what_changed() -> None:
    text = comparison_writer("text")(COMPARISON, Style()).decode()

    for part in (
        "SIZE COMPARISON",
        "  stored                    100 B        40 B       -60 B    -60.0%",
        "CONTROLS   1 better, 0 the same",
        "4.8 FAIL -> PASS: no SUID files; there are some",
        "FINDINGS   1 fixed, 2 new, 1 changed, 0 the same",
        "new       CRITICAL config: runs as uid 0",
        "changed   visible -> deleted, MEDIUM -> INFO  ".rstrip(),
        "SUID files              0 -> 1",
        "READ IN PART",
        "VULNERABILITIES",
        "  before    1 (1 high), 1 fixable, by trivy",
        "  after     unknown: no report of this side",
        "LAYERS     1 of 2 layers shared with the image before (10 B stored), 1 at the",
    ):
        assert part in text, part


def test_text_fits_80_columns_and_has_no_control_characters() -> None:
    text = comparison_writer("text")(COMPARISON, Style()).decode()

    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_lists_are_cut_unless_all_is_asked_for() -> None:
    many = compare(side(), side(*(finding(f"{number:x}") for number in range(16))))

    short, whole = (comparison_writer("text")(many, Style(verbose=verbose)).decode() for verbose in (False, True))

    assert "and 8 more new (-v shows all)" in short
    assert whole.count("  new ") == 16


def test_markdown_shows_every_text_and_acts_on_none() -> None:
    text = comparison_writer("markdown")(COMPARISON, Style()).decode()

    assert "| stored | 100 B | 40 B | -60 B | -60.0% |" in text
    assert "<b>" not in text
    assert "@me" not in text
    assert "`*" not in text
    assert "\x1b" not in text
    assert all(line.count("|") in (0, 3, 4, 5, 6) for line in text.splitlines())


def test_markdown_says_how_much_it_left_out() -> None:
    many = compare(side(), packages(*(("deb", f"p{number}", "1") for number in range(60))))

    assert "and 10 more (`-v` shows all)" in comparison_writer("markdown")(many, Style()).decode()
    assert "more (`-v`" not in comparison_writer("markdown")(many, Style(verbose=True)).decode()


@pytest.mark.parametrize("name", ["text", "json", "markdown"])
def test_the_same_reports_give_the_same_bytes(name: str) -> None:
    write = comparison_writer(name)

    assert write(compare(A, B), Style()) == write(COMPARISON, Style())


def test_a_format_that_a_comparison_has_not_is_refused() -> None:
    with pytest.raises(UsageError, match="no format sarif for a comparison; there are: text, json, markdown"):
        comparison_writer("sarif")
