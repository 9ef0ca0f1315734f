"""A saved report as one side: whole, hostile, or something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgscan.compare.side import parse_side, side_of
from imgscan.compare.sources import looks_like_json
from imgscan.errors import UsageError

from .sides import finding, plain


def parse(document: Any, select: str | None = None) -> Any:
    return parse_side(json.dumps(document).encode(), "r.json", select)


def test_a_saved_report_is_a_side() -> None:
    assert parse(plain((finding("1"),))).name == "app:1"


def test_texts_of_a_saved_report_are_made_safe_to_show() -> None:
    found = parse(plain((finding("1", message="a\x1b[31m"),), references=["b\u202ec"]))

    assert found.findings[0].message == "a\\x1b[31m"
    assert found.name == "b\\xe2\\x80\\xaec"


def test_of_a_collection_one_report_is_chosen() -> None:
    collection = {"schema": "imgscan.reports/1", "reports": [plain(), plain(references=["app:2"], image_id="sha256:2")]}

    assert parse(collection, "app:2").name == "app:2"
    assert parse(collection, "sha256:1").name == "app:1"
    assert parse(collection, "@2").name == "app:2"
    with pytest.raises(UsageError, match=r"2 reports fit; there are: @1 app:1, @2 app:2"):
        parse(collection)
    with pytest.raises(UsageError, match="0 reports fit"):
        parse(collection, "app:3")


@pytest.mark.parametrize(
    "document",
    [[], "x", None, {}, {"schema": "imgscan.report/2"}, {"schema": "imgscan.reports/1"}, {"schema": {"a": 1}}],
)
def test_another_document_is_refused(document: Any) -> None:
    with pytest.raises(UsageError, match=r"r\.json: JSON, but not a report of imgscan"):
        parse(document)


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("findings", 3, "findings"),
        ("findings", [{"rule": "x"}], r"findings\[0\]|findings\[...\]"),
        ("image", {}, "image"),
        ("layers", [3], "layers"),
        ("inventory", [], "inventory"),
        ("coverage", {"complete": "yes"}, "coverage.complete"),
        ("vulnerabilities", {"tool": "x"}, "vulnerabilities"),
    ],
)
def test_a_report_of_another_shape_is_refused_with_the_place(key: str, value: Any, where: str) -> None:
    with pytest.raises(UsageError, match=rf"r\.json: not a whole report of imgscan \(.*({where})"):
        parse({**plain(), key: value})


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="not JSON"):
        parse_side(data, "r.json")


def test_a_report_of_before_vulnerabilities_were_known_is_a_side() -> None:
    older = plain()
    del older["vulnerabilities"]

    assert side_of(older, "x").vulnerabilities is None


def test_an_image_that_nobody_named_has_its_id_or_source_as_name() -> None:
    assert side_of(plain(references=[]), "x").name == "sha256:1"
    assert side_of(plain(references=[], image_id=None), "x").name == "image.tar"


@pytest.mark.parametrize(
    ("head", "answer"), [(b' \n{"a"', True), (b"{" + b"\0" * 511, False), (b"[", False), (b"", False)]
)
def test_a_report_is_told_from_an_archive_by_its_first_bytes(head: bytes, answer: bool) -> None:
    assert looks_like_json(head) is answer
